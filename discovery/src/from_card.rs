//! The addresses that a verified card names for one of its nodes.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::limits::CARD_ADDRESSES;
use ai2ai_protocol::time::Timestamp;
use libp2p::{Multiaddr, PeerId};

use crate::address::{self, Reach};
use crate::finding::{Finding, Source};

/// Named by the agent's own card.
pub const SOURCE: Source = Source::new("card", 2, Reach::Elsewhere);

/// The same, from a card whose node is on this machine.
pub const SOURCE_HERE: Source = Source::new("card", 2, Reach::ThisMachine);

/// Returns what a card says about one node; `None` when it names no peer. Addresses that can't be used are left out.
///
/// `here` says that the card came over a connection within this machine; only then are loopback addresses believed.
#[must_use]
pub fn read(did: Did, peer: &str, addresses: &[String], here: bool, now: Timestamp) -> Option<Finding> {
    let peer: PeerId = peer.parse().ok()?;
    let source = if here { SOURCE_HERE } else { SOURCE };
    let addresses = addresses
        .iter()
        .take(CARD_ADDRESSES)
        .filter_map(|text| text.parse::<Multiaddr>().ok())
        .filter_map(|address| address::useful(&address, &peer, source.reach()).ok())
        .collect();
    Some(Finding { peer, did: Some(did), addresses, source, seen_at: now })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_from_elsewhere_can_not_send_us_to_ourselves() {
        let peer = PeerId::random().to_string();
        let texts = ["/ip4/127.0.0.1/tcp/22", "nonsense", "/ip4/10.0.0.9/tcp/4001"].map(str::to_owned);
        let did = Did::from_bytes([7; 32]);
        let read = |here| read(did, &peer, &texts, here, Timestamp::from_millis(0)).expect("a peer").addresses.len();
        assert_eq!((read(false), read(true)), (1, 2));
    }

    #[test]
    fn a_peer_that_is_none_is_no_finding() {
        let did = Did::from_bytes([7; 32]);
        assert_eq!(super::read(did, "../../x", &[], false, Timestamp::from_millis(0)), None);
    }
}
