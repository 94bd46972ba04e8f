//! Directories that were met, and how many requests a peer may make of the directory here.

use std::collections::BTreeMap;
use std::time::Duration;

use ai2ai_core::rate_table::RateTable;
use ai2ai_protocol::limits::DIRECTORY_ASKS_PER_MINUTE;
use ai2ai_protocol::rate::Rate;
use ai2ai_protocol::time::Timestamp;
use libp2p::{Multiaddr, PeerId};

/// Directories that are remembered.
const KNOWN: usize = 8;

/// The directories that were met.
#[derive(Debug, Clone, Default)]
pub(crate) struct Directories(BTreeMap<PeerId, Vec<Multiaddr>>);

impl Directories {
    /// Notes a volunteer with a directory at these addresses.
    pub(crate) fn met(&mut self, peer: PeerId, addresses: Vec<Multiaddr>) {
        if self.0.len() < KNOWN || self.0.contains_key(&peer) {
            self.0.insert(peer, addresses);
        }
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<(PeerId, Vec<Multiaddr>)> {
        self.0.iter().map(|(peer, addresses)| (*peer, addresses.clone())).collect()
    }
}

/// Requests of peers to the directory here.
#[derive(Debug)]
pub struct Askers(RateTable<PeerId>);

impl Default for Askers {
    fn default() -> Self {
        Self(RateTable::new(Rate { most: DIRECTORY_ASKS_PER_MINUTE, per: Duration::from_secs(60) }))
    }
}

impl Askers {
    /// Counts one request.
    ///
    /// # Errors
    /// In how many seconds the peer is to come again, when that is too much for now.
    pub(crate) fn counts(&mut self, peer: PeerId, now: Timestamp) -> Result<(), u32> {
        self.0.has_room(&peer, 1, now)?;
        self.0.take(peer, 1, now);
        Ok(())
    }
}
