//! Addresses that are worth keeping, dialling and telling (pure).
//!
//! Addresses come from strangers. One that names this machine, everybody at once or nobody is no address of a peer,
//! and a node that dialled it would be doing a stranger's bidding.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

/// Bytes of one address.
pub const ADDRESS_BYTES: usize = 256;

/// Reach of a source's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reach {
    /// The other node may be on this machine, so loopback addresses are kept.
    ThisMachine,
    /// The other node is elsewhere, so a loopback address would lead back to us.
    Elsewhere,
}

/// The reason why an address is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Longer than an address may be.
    #[error("an address has at most {ADDRESS_BYTES} bytes")]
    TooLong,
    /// A form that this node can't dial.
    #[error("an address looks like /ip4/192.0.2.7/udp/4001/quic-v1 or /dns4/node.example/tcp/4001")]
    Form,
    /// Port 0 stands for any port.
    #[error("an address needs a port other than 0")]
    Port,
    /// The address of this machine, given for another one.
    #[error("{0} is this machine")]
    Loopback(String),
    /// An address of nobody, or of everybody.
    #[error("{0} is no address of one machine")]
    Nobody(IpAddr),
    /// An IPv6 link-local address: which link is not said, so it can't be dialled.
    #[error("{0} works only with the name of a network interface, which an address can't carry")]
    NoScope(IpAddr),
    /// It ends with another peer's id.
    #[error("the address ends with another peer's id, {0}")]
    OtherPeer(PeerId),
}

/// The host part of an address.
enum Host<'a> {
    Ip(IpAddr),
    Name(std::borrow::Cow<'a, str>),
}

/// The address without a final `/p2p/…`, if it is one that `peer` can be dialled at.
///
/// # Errors
/// [`AddressError`] says what is wrong with it.
pub fn useful(address: &Multiaddr, peer: &PeerId, reach: Reach) -> Result<Multiaddr, AddressError> {
    if address.len() > ADDRESS_BYTES {
        return Err(AddressError::TooLong);
    }
    let (bare, named) = split_peer(address);
    match named {
        Some(other) if other != *peer => return Err(AddressError::OtherPeer(other)),
        Some(_) | None => {}
    }
    let (host, port) = dialable(&bare).ok_or(AddressError::Form)?;
    if port == 0 {
        return Err(AddressError::Port);
    }
    check_host(&host, reach)?;
    Ok(bare)
}

/// Returns whether the address is one of this machine alone.
#[must_use]
pub fn is_loopback(address: &Multiaddr) -> bool {
    match address.iter().next() {
        Some(Protocol::Ip4(ip)) => ip.is_loopback(),
        Some(Protocol::Ip6(ip)) => plain(IpAddr::V6(ip)).is_loopback(),
        Some(_) | None => false,
    }
}

/// Returns whether the address works only within one network or one machine: private, link-local, shared (RFC 1918, 3927, 4193, 6598)
/// and loopback ones.
#[must_use]
pub fn is_of_this_network(address: &Multiaddr) -> bool {
    match dialable(&split_peer(address).0) {
        Some((Host::Ip(IpAddr::V4(ip)), _)) => {
            let shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
            ip.is_private() || ip.is_link_local() || ip.is_loopback() || shared
        }
        Some((Host::Ip(IpAddr::V6(ip)), _)) => {
            ip.is_loopback() || is_link_local(ip) || ip.segments()[0] & 0xfe00 == 0xfc00
        }
        Some((Host::Name(name), _)) => is_local_name(&name) || name.trim_end_matches('.').ends_with(".local"),
        None => false,
    }
}

/// Of the addresses listened on, those to tell others; loopback only when there is nothing else, so that two nodes
/// on a machine without a network can still meet.
#[must_use]
pub fn worth_telling(listening: &[Multiaddr], me: &PeerId) -> Vec<Multiaddr> {
    let fit = |reach| -> Vec<Multiaddr> { listening.iter().filter_map(|a| useful(a, me, reach).ok()).collect() };
    let elsewhere = fit(Reach::Elsewhere);
    if elsewhere.is_empty() { fit(Reach::ThisMachine) } else { elsewhere }
}

/// The address without a final `/p2p/…`, and the peer which that names.
#[must_use]
pub fn split_peer(address: &Multiaddr) -> (Multiaddr, Option<PeerId>) {
    let mut bare = address.clone();
    match bare.pop() {
        Some(Protocol::P2p(peer)) => (bare, Some(peer)),
        Some(_) | None => (address.clone(), None),
    }
}

/// Host and port of `/ip|dns/…/tcp/…` and `/ip|dns/…/udp/…/quic-v1`, or of the relay where it goes on `/p2p/…/p2p-circuit`.
#[expect(clippy::wildcard_enum_match_arm, reason = "only a few of the many parts begin an address that can be dialled")]
fn dialable(address: &Multiaddr) -> Option<(Host<'_>, u16)> {
    let mut parts = address.iter();
    let host = match parts.next()? {
        Protocol::Ip4(ip) => Host::Ip(IpAddr::V4(ip)),
        Protocol::Ip6(ip) => Host::Ip(plain(IpAddr::V6(ip))),
        Protocol::Dns(name) | Protocol::Dns4(name) | Protocol::Dns6(name) => Host::Name(name),
        _ => return None,
    };
    let (port, rest) = match (parts.next()?, parts.next()) {
        (Protocol::Tcp(port), next) => (port, next),
        (Protocol::Udp(port), Some(Protocol::QuicV1)) => (port, parts.next()),
        _ => return None,
    };
    match (rest, parts.next(), parts.next()) {
        (None, None, None) | (Some(Protocol::P2p(_)), Some(Protocol::P2pCircuit), None) => Some((host, port)),
        _ => None,
    }
}

/// An IPv4 address in IPv6 clothes as what it is.
fn plain(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
    }
}

fn check_host(host: &Host<'_>, reach: Reach) -> Result<(), AddressError> {
    match host {
        Host::Name(name) if name.is_empty() => Err(AddressError::Form),
        Host::Name(name) if reach == Reach::Elsewhere && is_local_name(name) => {
            Err(AddressError::Loopback(name.to_string()))
        }
        Host::Name(_) => Ok(()),
        Host::Ip(ip) if is_nobody(*ip) => Err(AddressError::Nobody(*ip)),
        Host::Ip(IpAddr::V6(ip)) if is_link_local(*ip) => Err(AddressError::NoScope(IpAddr::V6(*ip))),
        Host::Ip(ip) if reach == Reach::Elsewhere && ip.is_loopback() => Err(AddressError::Loopback(ip.to_string())),
        Host::Ip(_) => Ok(()),
    }
}

fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

fn is_nobody(ip: IpAddr) -> bool {
    let this_network = |v4: Ipv4Addr| v4.octets()[0] == 0;
    ip.is_unspecified() || ip.is_multicast() || matches!(ip, IpAddr::V4(v4) if v4.is_broadcast() || this_network(v4))
}

fn is_link_local(ip: Ipv6Addr) -> bool {
    ip.segments()[0] & 0xffc0 == 0xfe80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, reach: Reach) -> Result<String, AddressError> {
        let address: Multiaddr = text.parse().expect("a multiaddress");
        useful(&address, &PeerId::random(), reach).map(|bare| bare.to_string())
    }

    #[test]
    fn addresses_of_one_machine_elsewhere_are_useful() {
        for good in [
            "/ip4/192.168.1.7/tcp/4001",
            "/ip4/169.254.3.4/udp/4001/quic-v1",
            "/ip6/fd12::1/udp/4001/quic-v1",
            "/dns4/node.example/tcp/443",
            "/dns/node.example/udp/4001/quic-v1",
        ] {
            assert_eq!(check(good, Reach::Elsewhere).as_deref(), Ok(good));
        }
    }

    #[test]
    fn an_address_that_leads_to_ourselves_or_to_everybody_is_refused() {
        for bad in [
            "/ip4/127.0.0.1/tcp/4001",
            "/ip4/127.9.9.9/udp/4001/quic-v1",
            "/ip6/::1/tcp/4001",
            "/ip6/::ffff:127.0.0.1/tcp/4001",
            "/ip4/0.0.0.0/tcp/4001",
            "/ip4/0.1.2.3/tcp/4001",
            "/ip6/::/tcp/4001",
            "/ip4/255.255.255.255/udp/4001/quic-v1",
            "/ip4/224.0.0.251/udp/5353/quic-v1",
            "/ip6/ff02::fb/udp/5353/quic-v1",
            "/ip6/fe80::1/tcp/4001",
            "/dns4/localhost/tcp/4001",
            "/dns4/LOCALHOST./tcp/4001",
            "/dns4/a.localhost/tcp/4001",
            "/ip4/192.168.1.7/tcp/0",
            "/ip4/192.168.1.7/udp/4001",
            "/ip4/192.168.1.7/tcp/4001/ws",
            "/ip4/192.168.1.7",
            "/dnsaddr/node.example",
            "/unix/tmp%2Fsocket",
        ] {
            assert!(check(bad, Reach::Elsewhere).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_may_lead_through_one_relay() {
        let (relay, other) = (PeerId::random(), PeerId::random());
        for way in ["/ip4/203.0.113.7/tcp/4001", "/dns/relay.example/udp/4001/quic-v1"] {
            let text = format!("{way}/p2p/{relay}/p2p-circuit");
            assert_eq!(check(&text, Reach::Elsewhere), Ok(text.clone()));
        }
        let far = "/ip4/203.0.113.7/tcp/4001";
        for bad in [
            format!("/p2p/{relay}/p2p-circuit"),
            format!("{far}/p2p-circuit"),
            format!("{far}/p2p/{relay}/p2p-circuit/p2p/{other}/p2p-circuit"),
            format!("/ip4/127.0.0.1/tcp/22/p2p/{relay}/p2p-circuit"),
            format!("/ip4/203.0.113.7/udp/4001/p2p/{relay}/p2p-circuit"),
        ] {
            assert!(check(&bad, Reach::Elsewhere).is_err(), "{bad}");
        }
    }

    #[test]
    fn loopback_is_for_two_nodes_on_one_machine() {
        for text in ["/ip4/127.0.0.1/tcp/4001", "/ip6/::1/udp/4001/quic-v1", "/dns4/localhost/tcp/4001"] {
            assert_eq!(check(text, Reach::ThisMachine).as_deref(), Ok(text));
        }
        for never in ["/ip4/0.0.0.0/tcp/4001", "/ip6/fe80::1/tcp/4001"] {
            assert!(check(never, Reach::ThisMachine).is_err(), "{never}");
        }
    }

    #[test]
    fn the_peer_at_the_end_is_taken_off_and_must_be_the_one_meant() {
        let (peer, other) = (PeerId::random(), PeerId::random());
        let address: Multiaddr = format!("/ip4/192.0.2.1/tcp/4001/p2p/{peer}").parse().expect("a multiaddress");
        assert_eq!(
            useful(&address, &peer, Reach::Elsewhere).map(|a| a.to_string()),
            Ok("/ip4/192.0.2.1/tcp/4001".into())
        );
        assert_eq!(useful(&address, &other, Reach::Elsewhere), Err(AddressError::OtherPeer(peer)));
    }

    #[test]
    fn addresses_within_a_network_are_told_from_those_outside() {
        for (inside, text) in [
            (true, "/ip4/192.168.1.7/tcp/4001"),
            (true, "/ip4/10.0.0.7/udp/4001/quic-v1"),
            (true, "/ip4/100.64.0.7/tcp/4001"),
            (true, "/ip4/127.0.0.1/tcp/4001"),
            (true, "/ip6/fd00::7/tcp/4001"),
            (true, "/dns4/laptop.local/tcp/4001"),
            (false, "/ip4/203.0.113.7/tcp/4001"),
            (false, "/ip4/100.128.0.7/tcp/4001"),
            (false, "/ip6/2001:db8::7/tcp/4001"),
            (false, "/dns4/node.example/tcp/4001"),
        ] {
            let address: Multiaddr = text.parse().expect("a multiaddress");
            assert_eq!(is_of_this_network(&address), inside, "{text}");
        }
    }

    #[test]
    fn a_name_without_end_is_too_long() {
        assert_eq!(check(&format!("/dns4/{}/tcp/1", "a".repeat(300)), Reach::Elsewhere), Err(AddressError::TooLong));
    }

    #[test]
    fn a_card_names_loopback_only_where_there_is_nothing_else() {
        let me = PeerId::random();
        let parse = |texts: &[&str]| -> Vec<Multiaddr> { texts.iter().map(|t| t.parse().expect("address")).collect() };
        let both = parse(&["/ip4/127.0.0.1/tcp/4001", "/ip4/10.0.0.1/tcp/4001", "/ip6/fe80::1/tcp/4001"]);
        assert_eq!(worth_telling(&both, &me), parse(&["/ip4/10.0.0.1/tcp/4001"]));
        let alone = parse(&["/ip4/127.0.0.1/tcp/4001"]);
        assert_eq!(worth_telling(&alone, &me), alone);
    }
}
