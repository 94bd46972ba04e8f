//! Kademlia: a table of cards by identity, kept by nodes that everyone can reach and read by all.
//!
//! Anybody may put something in it, and anybody may answer for it. So nothing that comes out of it is believed for where it
//! came from: a record is a card, it verifies or it is nothing, and the newest that verifies counts.
//!
//! | file | what it knows |
//! |---|---|
//! | `record` | what may be kept, and what may be believed (pure) |
//! | `shelf` | what this node keeps for others, within bounds (pure) |
//! | `search` | when enough was heard (pure) |
//! | [`publishing`] | when the own card is given to the table (pure) |
//! | `dht` | libp2p's Kademlia, with those three in it |

mod dht;
pub mod publishing;
mod record;
mod search;
mod shelf;
#[cfg(test)]
mod tests;

use std::time::Duration;

use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::limits::CARD_BYTES;
use ai2ai_protocol::time::Timestamp;
use libp2p::StreamProtocol;
use libp2p::kad::RecordKey;

pub use dht::{Dht, DhtEvent, Passes};
pub use record::{Misfit, read};
pub use shelf::{Block, Shelf};

use crate::address::{self, Reach};
use crate::finding::{Finding, Source};

/// Protocol of nodes that keep cards for others.
pub const PROTOCOL: StreamProtocol = StreamProtocol::new("/ai2ai/kad/1.0.0");
/// Named by a card that was found in the table.
pub const SOURCE: Source = Source::new("dht", 2, Reach::Elsewhere);

/// Cards that this node keeps for others: 32 MiB if each is as large as a card may be.
pub const RECORDS: usize = 2_048;
/// Bytes of one message of the table: a card, and where twenty nodes are.
pub const PACKET_BYTES: usize = CARD_BYTES + 16 * 1024;
/// Addresses of one node of the table.
pub const ADDRESSES_PER_SERVER: usize = 8;
/// Searches under way at the same time.
pub const SEARCHES: usize = 16;
/// Nodes that have to give a card before a search ends early: one of them may keep an old one from malice.
pub const ENOUGH: usize = 3;
/// A search or a publication ends within this time, whatever dead nodes there are.
pub const QUERY_WITHIN: Duration = Duration::from_secs(20);
/// Time after which this node gives what it keeps to those that are nearest to it by now.
pub const REPLICATED: Duration = Duration::from_secs(3_600);
/// Time between two looks of this node for others.
pub const REFRESHED: Duration = Duration::from_secs(10 * 60);

/// Returns what a card is kept under: the digest of its identity, so that who is asked need not learn who is looked for.
#[must_use]
pub fn key(did: &Did) -> RecordKey {
    RecordKey::new(&Digest::of(format!("ai2ai/0.2/dht\n{did}").as_bytes()).to_bytes())
}

/// Returns where a card that was found says that its nodes are. Addresses that can't be used are left out.
#[must_use]
pub fn findings(card: &Card, now: Timestamp) -> Vec<Finding> {
    let finding = |node: &ai2ai_protocol::card::CardNode| {
        let peer = node.peer.parse().ok()?;
        let useful = |text: &String| address::useful(&text.parse().ok()?, &peer, SOURCE.reach()).ok();
        let addresses = node.addresses.iter().filter_map(useful).collect();
        Some(Finding { peer, did: Some(*card.did()), addresses, source: SOURCE, seen_at: now })
    };
    card.nodes().iter().filter_map(finding).collect()
}
