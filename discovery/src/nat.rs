//! Behaviour of the router in front of this node, by how several others see its ports (pure).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

/// View of another node of this one, on a connection that this one dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// The node that sees it.
    pub by: PeerId,
    /// At which address.
    pub at: Multiaddr,
}

/// Behaviour of a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nat {
    /// Unknown: nobody outside has seen this node yet.
    Unseen,
    /// There is none: others see the address that this machine has.
    None,
    /// It keeps the port, so that holes can be punched.
    KeepsPorts,
    /// It takes another port, and only one other node was asked, so that nobody knows whether it takes one for each.
    TakesAnotherPort,
    /// It takes another port, and the same one for everybody, so that holes can be punched.
    KeepsToOnePort,
    /// It takes another port for each connection (symmetric), so that no hole can be punched.
    Symmetric,
}

impl fmt::Display for Nat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unseen => "nobody outside has seen this node yet",
            Self::None => "none: others see the address that this machine has",
            Self::KeepsPorts => "a router that keeps ports",
            Self::TakesAnotherPort => "a router that changes ports",
            Self::KeepsToOnePort => "a router that changes ports, but keeps to one",
            Self::Symmetric => "a router that takes another port for each connection (symmetric NAT)",
        })
    }
}

/// Carrier of a connection, and its port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Port {
    Udp(u16),
    Tcp(u16),
}

/// Returns what the router does, by what others see, and by the addresses that this node listens on.
///
/// One judge may see several ports: a second connection to it by TCP can't leave from the port of the first. So what counts is the
/// port that all of them have seen.
#[must_use]
pub fn kind(sights: &[Sight], listening: &[Multiaddr]) -> Nat {
    let ours: Vec<(IpAddr, Port)> = listening.iter().filter_map(end).collect();
    let seen: Vec<(PeerId, IpAddr, Port)> =
        sights.iter().filter_map(|sight| end(&sight.at).map(|(ip, port)| (sight.by, ip, port))).collect();
    let of = |is_udp: bool| -> Vec<&(PeerId, IpAddr, Port)> {
        seen.iter().filter(|(_, _, port)| matches!(port, Port::Udp(_)) == is_udp).collect()
    };
    // QUIC is asked first: it always leaves from the port that it listens on.
    let (udp, tcp) = (of(true), of(false));
    let seen = if udp.is_empty() { tcp } else { udp };
    if seen.is_empty() {
        return Nat::Unseen;
    }
    if seen.iter().all(|(_, ip, _)| ours.iter().any(|(own, _)| own == ip)) {
        return Nat::None;
    }
    let mut judges = BTreeMap::<PeerId, BTreeSet<Port>>::new();
    for (by, _, port) in seen {
        judges.entry(*by).or_default().insert(*port);
    }
    let is_alone = judges.len() == 1;
    let common = judges.into_values().reduce(|one, other| &one & &other).unwrap_or_default();
    if common.iter().any(|port| ours.iter().any(|(_, own)| own == port)) {
        Nat::KeepsPorts
    } else if common.is_empty() {
        Nat::Symmetric
    } else if is_alone {
        Nat::TakesAnotherPort
    } else {
        Nat::KeepsToOnePort
    }
}

/// The IP address, and the port.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only a few of the many parts make an address that a connection has"
)]
fn end(address: &Multiaddr) -> Option<(IpAddr, Port)> {
    let mut parts = address.iter();
    let ip = match parts.next()? {
        Protocol::Ip4(ip) => IpAddr::V4(ip),
        Protocol::Ip6(ip) => IpAddr::V6(ip),
        _ => return None,
    };
    match (parts.next()?, parts.any(|part| part == Protocol::P2pCircuit)) {
        (Protocol::Udp(port), false) => Some((ip, Port::Udp(port))),
        (Protocol::Tcp(port), false) => Some((ip, Port::Tcp(port))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Multiaddr {
        text.parse().expect("an address")
    }

    fn seen(at: &[&str]) -> Nat {
        let listening = ["/ip4/127.0.0.1/udp/4001/quic-v1", "/ip4/10.7.0.2/udp/4001/quic-v1", "/ip4/10.7.0.2/tcp/4002"]
            .map(address);
        let sights: Vec<Sight> = at.iter().map(|text| Sight { by: PeerId::random(), at: address(text) }).collect();
        kind(&sights, &listening)
    }

    #[test]
    fn a_router_is_known_by_the_ports_that_others_see() {
        let (same, other, third) = (
            "/ip4/203.0.113.7/udp/4001/quic-v1",
            "/ip4/203.0.113.7/udp/50001/quic-v1",
            "/ip4/203.0.113.7/udp/61234/quic-v1",
        );
        assert_eq!(seen(&[]), Nat::Unseen);
        assert_eq!(seen(&["/ip4/10.7.0.2/udp/4001/quic-v1"]), Nat::None);
        assert_eq!(seen(&[same]), Nat::KeepsPorts);
        assert_eq!(seen(&[same, same]), Nat::KeepsPorts);
        assert_eq!(seen(&[other]), Nat::TakesAnotherPort);
        assert_eq!(seen(&[other, other]), Nat::KeepsToOnePort);
        assert_eq!(seen(&[other, third]), Nat::Symmetric);
        assert_eq!(seen(&[same, third]), Nat::Symmetric);
    }

    #[test]
    fn a_second_connection_to_the_same_judge_by_another_port_says_nothing() {
        let listening = ["/ip4/10.7.0.2/tcp/4002"].map(address);
        let (one, other) = (PeerId::random(), PeerId::random());
        let seen = |at: &[(PeerId, u16)]| {
            let sight =
                |(by, port): &(PeerId, u16)| Sight { by: *by, at: address(&format!("/ip4/203.0.113.7/tcp/{port}")) };
            kind(&at.iter().map(sight).collect::<Vec<_>>(), &listening)
        };
        assert_eq!(seen(&[(one, 4002), (one, 50_001), (other, 4002)]), Nat::KeepsPorts);
        assert_eq!(seen(&[(one, 50_001), (one, 4002)]), Nat::KeepsPorts);
        assert_eq!(seen(&[(one, 50_001), (one, 50_002), (other, 50_002)]), Nat::KeepsToOnePort);
        assert_eq!(seen(&[(one, 50_001), (one, 50_002)]), Nat::TakesAnotherPort);
        assert_eq!(seen(&[(one, 50_001), (one, 50_002), (other, 50_003)]), Nat::Symmetric);
    }

    #[test]
    fn quic_is_asked_before_tcp_and_a_relay_sees_nothing() {
        let quic = "/ip4/203.0.113.7/udp/4001/quic-v1";
        assert_eq!(seen(&[quic, "/ip4/203.0.113.7/tcp/61234"]), Nat::KeepsPorts);
        assert_eq!(seen(&["/ip4/203.0.113.7/tcp/4002"]), Nat::KeepsPorts);
        assert_eq!(seen(&["/ip4/203.0.113.7/tcp/61234", "/ip4/203.0.113.7/tcp/61235"]), Nat::Symmetric);
        assert_eq!(
            seen(&["/dns4/x.example/tcp/4002", &format!("{quic}/p2p/{}/p2p-circuit", PeerId::random())]),
            Nat::Unseen
        );
    }
}
