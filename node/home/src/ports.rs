//! Ports that stay: one is picked when the identity is made, and another only while that one is taken.

use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;
use rand::{CryptoRng, RngExt as _};

/// Range of ports to pick from: above the well-known ones, below the ephemeral ones.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// Number of ports to try.
const TRIES: usize = 32;

/// A port that is free for TCP and for UDP now; 0, "any", when none of the tried ones is.
pub fn pick_port(rng: &mut impl CryptoRng) -> u16 {
    let any: IpAddr = [0, 0, 0, 0].into();
    let free = |port: &u16| {
        let address = SocketAddr::new(any, *port);
        TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok()
    };
    (0..TRIES).map(|_| rng.random_range(PORTS)).find(free).unwrap_or(0)
}

/// The addresses, with port 0 ("any") in place of each port that is taken now; and those that were.
#[must_use]
pub fn without_taken(listen: &[Multiaddr]) -> (Vec<Multiaddr>, Vec<Multiaddr>) {
    let taken: Vec<Multiaddr> = listen.iter().filter(|address| is_taken(address)).cloned().collect();
    let usable = listen.iter().map(|address| if taken.contains(address) { any_port(address) } else { address.clone() });
    (usable.collect(), taken)
}

/// Only a port that somebody listens on is taken; an address that this machine does not have is for the network to report.
fn is_taken(address: &Multiaddr) -> bool {
    let mut ip = None;
    for part in address {
        let bound = match (part, ip) {
            (Protocol::Ip4(is), _) => {
                ip = Some(IpAddr::from(is));
                continue;
            }
            (Protocol::Ip6(is), _) => {
                ip = Some(IpAddr::from(is));
                continue;
            }
            (Protocol::Tcp(port), Some(ip)) => TcpListener::bind(SocketAddr::new(ip, port)).map(drop),
            (Protocol::Udp(port), Some(ip)) => UdpSocket::bind(SocketAddr::new(ip, port)).map(drop),
            _ => return false,
        };
        return bound.is_err_and(|error| error.kind() == std::io::ErrorKind::AddrInUse);
    }
    false
}

fn any_port(address: &Multiaddr) -> Multiaddr {
    let replace = |part: Protocol<'static>| {
        if matches!(part, Protocol::Tcp(_)) {
            Protocol::Tcp(0)
        } else if matches!(part, Protocol::Udp(_)) {
            Protocol::Udp(0)
        } else {
            part
        }
    };
    address.iter().map(|part| replace(part.acquire())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_replaced_and_named() {
        let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = taken.local_addr().expect("bound").port();
        let listen: Vec<Multiaddr> = [format!("/ip4/127.0.0.1/tcp/{port}"), "/ip4/127.0.0.1/udp/0/quic-v1".to_owned()]
            .iter()
            .map(|text| text.parse().expect("an address"))
            .collect();
        let (usable, gone) = without_taken(&listen);
        let texts: Vec<String> = usable.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"]);
        assert_eq!(gone, listen[..1]);
    }

    #[test]
    fn a_picked_port_is_in_the_range() {
        let port = pick_port(&mut rand::rng());
        assert!(port == 0 || PORTS.contains(&port), "{port}");
    }
}
