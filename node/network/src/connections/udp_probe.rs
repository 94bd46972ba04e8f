//! Probe for UDP: a packet that a QUIC server answers without a connection.
//!
//! A QUIC server answers a packet of a version that nobody has with the versions that it knows (RFC 9000 section 6), and keeps nothing of
//! it. So this tells of UDP alone, without a connection that would take the place of another.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;
use rand::RngExt as _;
use tokio::net::UdpSocket;
use tokio::time::timeout;

/// Bytes of a packet that a server answers: the least that a first one has (RFC 9000 section 14.1).
const PACKET_BYTES: usize = 1_200;
/// A version that is kept for this (RFC 9000 section 15).
const NOBODYS_VERSION: [u8; 4] = [0x1a, 0x2a, 0x3a, 0x4a];
/// Bytes of a connection's name.
const NAME_BYTES: usize = 8;
/// A packet may be lost.
const TRIES: u32 = 3;
const WITHIN: Duration = Duration::from_millis(700);

/// Whether whoever listens by QUIC at this address answers; `false` also where the address is none of QUIC's.
pub async fn udp_probe(at: &Multiaddr) -> bool {
    match quic_socket(at) {
        Some(at) => probe_at(at).await.unwrap_or(false),
        None => false,
    }
}

/// The socket of a direct QUIC address.
fn quic_socket(address: &Multiaddr) -> Option<SocketAddr> {
    let parts: Vec<Protocol<'_>> = address.iter().take(4).collect();
    match parts.as_slice() {
        [Protocol::Ip4(ip), Protocol::Udp(port), Protocol::QuicV1] => Some((*ip, *port).into()),
        [Protocol::Ip6(ip), Protocol::Udp(port), Protocol::QuicV1] => Some((*ip, *port).into()),
        _ => None,
    }
}

async fn probe_at(at: SocketAddr) -> std::io::Result<bool> {
    let any: SocketAddr =
        if at.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(at).await?;
    let ours: [u8; NAME_BYTES] = rand::rng().random();
    let mut answer = [0; PACKET_BYTES];
    for _ in 0..TRIES {
        socket.send(&packet(ours)).await?;
        if let Ok(Ok(size)) = timeout(WITHIN, socket.recv(&mut answer)).await
            && is_answer(&answer[..size], ours)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn packet(ours: [u8; NAME_BYTES]) -> Vec<u8> {
    let mut packet = vec![0xc0];
    packet.extend(NOBODYS_VERSION);
    packet.push(NAME_BYTES as u8);
    packet.extend(rand::rng().random::<[u8; NAME_BYTES]>());
    packet.push(NAME_BYTES as u8);
    packet.extend(ours);
    packet.resize(PACKET_BYTES, 0);
    packet
}

/// Whether it is a version negotiation packet for us: a long header, version 0, our name.
fn is_answer(bytes: &[u8], ours: [u8; NAME_BYTES]) -> bool {
    let name = bytes.get(6..6 + NAME_BYTES);
    bytes.first().is_some_and(|first| first & 0x80 != 0) && bytes.get(1..5) == Some(&[0; 4]) && name == Some(&ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_to_us_counts() {
        let ours = [7; NAME_BYTES];
        let answer = |version: u8, name: u8| {
            [&[0x80, 0, 0, 0, version, 8][..], &[name; NAME_BYTES], &[8], &[1; NAME_BYTES], &[0, 0, 0, 1]].concat()
        };
        assert!(is_answer(&answer(0, 7), ours));
        assert!(!is_answer(&answer(1, 7), ours) && !is_answer(&answer(0, 8), ours));
        assert!(!is_answer(&[], ours) && !is_answer(&[0x80], ours) && !is_answer(&answer(0, 7)[..10], ours));
        assert_eq!(packet(ours).len(), PACKET_BYTES);
    }

    #[tokio::test]
    async fn silence_is_no_answer_and_neither_is_another_kind_of_address() {
        let silent = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        let port = silent.local_addr().expect("an address").port();
        assert!(!udp_probe(&format!("/ip4/127.0.0.1/udp/{port}/quic-v1").parse().expect("an address")).await);
        assert!(!udp_probe(&"/ip4/127.0.0.1/tcp/1".parse().expect("an address")).await);
    }
}
