//! Findings, which every source brings: a peer, and addresses at which it may be.

use std::fmt;

use ai2ai_protocol::did::Did;
use ai2ai_protocol::time::Timestamp;
use libp2p::{Multiaddr, PeerId};

use crate::address::Reach;

/// A way of finding peers. Each has its own file, with its one constant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source {
    weight: u8,
    name: &'static str,
    reach: Reach,
}

impl Source {
    /// A source. What heavier sources say is kept when room is short.
    #[must_use]
    pub(crate) const fn new(name: &'static str, weight: u8, reach: Reach) -> Self {
        Self { weight, name, reach }
    }

    /// Returns what it is called in lists, such as `mdns`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Returns how much its findings weigh against those of other sources.
    #[must_use]
    pub(crate) fn weight(self) -> u8 {
        self.weight
    }

    /// Returns which addresses make sense when they come from here.
    #[must_use]
    pub(crate) fn reach(self) -> Reach {
        self.reach
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A peer that a source named. It is a claim: nothing in it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The peer.
    pub peer: PeerId,
    /// Claimed owner of the node.
    pub did: Option<Did>,
    /// Claimed addresses. The book takes the useful ones, and not more than it has room for.
    pub addresses: Vec<Multiaddr>,
    /// The source that says so.
    pub source: Source,
    /// The time.
    pub seen_at: Timestamp,
}
