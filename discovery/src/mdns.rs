//! Nodes on this network, as libp2p's mDNS hears them.
//!
//! Any libp2p program announces itself under the same service name, so a peer that is heard here is only a peer: it
//! counts as an AI2AI node once it has given its card. No human name is announced.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ai2ai_protocol::time::Timestamp;
use libp2p::{Multiaddr, PeerId, mdns};

use crate::address::{self, Reach};
use crate::book::{ADDRESSES_PER_PEER, PEERS};
use crate::finding::{Finding, Source};

/// Heard on this network.
pub const SOURCE: Source = Source::new("mdns", 1, Reach::Elsewhere);

/// Time for which a sighting counts; there is no goodbye, so a node that is gone is gone after this.
pub const TTL: Duration = Duration::from_secs(120);
/// Time between two questions to the network. It must be shorter than [`TTL`], or live nodes would be forgotten.
pub const QUERY_INTERVAL: Duration = Duration::from_secs(60);

/// The settings of libp2p's mDNS. IPv4 only: with IPv6 it would hear link-local addresses, which can't be dialled.
#[must_use]
pub fn config() -> mdns::Config {
    mdns::Config { ttl: TTL, query_interval: QUERY_INTERVAL, enable_ipv6: false }
}

/// A change on this network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MdnsEvent {
    /// A peer, with all its addresses known by now.
    Found(Finding),
    /// Nothing has been heard of this peer for [`TTL`].
    Gone(PeerId),
}

/// Peers heard on this network now: at most [`PEERS`] peers, each with at most [`ADDRESSES_PER_PEER`] addresses.
#[derive(Debug, Default)]
pub struct Ears {
    peers: BTreeMap<PeerId, BTreeSet<Multiaddr>>,
}

impl Ears {
    /// Takes in an event; gives what it changed.
    pub fn hear(&mut self, event: mdns::Event, now: Timestamp) -> Vec<MdnsEvent> {
        match event {
            mdns::Event::Discovered(list) => self.discovered(list, now),
            mdns::Event::Expired(list) => self.expired(list),
        }
    }

    fn discovered(&mut self, list: Vec<(PeerId, Multiaddr)>, now: Timestamp) -> Vec<MdnsEvent> {
        let changed: BTreeSet<PeerId> =
            list.into_iter().filter_map(|(peer, address)| self.note(peer, &address).then_some(peer)).collect();
        changed.into_iter().map(|peer| MdnsEvent::Found(self.finding(peer, now))).collect()
    }

    /// Returns whether this was news.
    fn note(&mut self, peer: PeerId, address: &Multiaddr) -> bool {
        let Ok(bare) = address::useful(address, &peer, SOURCE.reach()) else { return false };
        if self.peers.len() >= PEERS && !self.peers.contains_key(&peer) {
            return false;
        }
        let addresses = self.peers.entry(peer).or_default();
        addresses.len() < ADDRESSES_PER_PEER && addresses.insert(bare)
    }

    fn finding(&self, peer: PeerId, now: Timestamp) -> Finding {
        let addresses = self.peers.get(&peer).into_iter().flatten().cloned().collect();
        Finding { peer, did: None, addresses, source: SOURCE, seen_at: now }
    }

    fn expired(&mut self, list: Vec<(PeerId, Multiaddr)>) -> Vec<MdnsEvent> {
        let mut gone = Vec::new();
        for (peer, address) in list {
            let Some(addresses) = self.peers.get_mut(&peer) else { continue };
            addresses.remove(&address::split_peer(&address).0);
            if addresses.is_empty() {
                self.peers.remove(&peer);
                gone.push(MdnsEvent::Gone(peer));
            }
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_millis(1_000)
    }

    fn at(peer: PeerId, text: &str) -> (PeerId, Multiaddr) {
        (peer, format!("{text}/p2p/{peer}").parse().expect("a multiaddress"))
    }

    #[test]
    fn two_addresses_of_a_peer_are_one_finding() {
        let peer = PeerId::random();
        let mut ears = Ears::default();
        let heard = ears.hear(
            mdns::Event::Discovered(vec![
                at(peer, "/ip4/10.0.0.2/tcp/4001"),
                at(peer, "/ip4/10.0.0.2/udp/4001/quic-v1"),
                at(peer, "/ip4/127.0.0.1/tcp/4001"),
            ]),
            now(),
        );
        let [MdnsEvent::Found(finding)] = heard.as_slice() else { panic!("{heard:?}") };
        assert_eq!((finding.peer, finding.addresses.len()), (peer, 2));
    }

    #[test]
    fn a_peer_is_gone_with_its_last_address() {
        let peer = PeerId::random();
        let tcp = at(peer, "/ip4/10.0.0.2/tcp/4001");
        let quic = at(peer, "/ip4/10.0.0.2/udp/4001/quic-v1");
        let mut ears = Ears::default();
        ears.hear(mdns::Event::Discovered(vec![tcp.clone(), quic.clone()]), now());
        assert_eq!(ears.hear(mdns::Event::Expired(vec![tcp]), now()), []);
        assert_eq!(ears.hear(mdns::Event::Expired(vec![quic.clone()]), now()), [MdnsEvent::Gone(peer)]);
        assert_eq!(ears.hear(mdns::Event::Expired(vec![quic]), now()), []);
    }

    #[test]
    fn a_flood_of_names_stays_in_its_bound() {
        let mut ears = Ears::default();
        for _ in 0..PEERS + 10 {
            ears.hear(mdns::Event::Discovered(vec![at(PeerId::random(), "/ip4/10.0.0.2/tcp/4001")]), now());
        }
        let peer = *ears.peers.keys().next().expect("a peer");
        for port in 1..100 {
            ears.hear(mdns::Event::Discovered(vec![at(peer, &format!("/ip4/10.0.0.3/tcp/{port}"))]), now());
        }
        assert_eq!(ears.peers.len(), PEERS);
        assert_eq!(ears.peers[&peer].len(), ADDRESSES_PER_PEER);
    }
}
