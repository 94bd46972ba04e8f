//! One search: what was heard so far, and whether that is enough (pure).
//!
//! The first answer may come from a node that keeps an old card, or makes things up. What does not verify is passed over, and
//! the newest of several is taken; who has heard several that verify need not hear the rest.

use std::collections::BTreeSet;

use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::time::Timestamp;
use libp2p::PeerId;
use libp2p::kad::Record;

use super::{ENOUGH, read};

/// A search for the card of one identity.
#[derive(Debug)]
pub(super) struct CardSearch {
    did: Did,
    newest: Option<Card>,
    heard_from: BTreeSet<PeerId>,
}

impl CardSearch {
    pub(super) fn new(did: Did) -> Self {
        Self { did, newest: None, heard_from: BTreeSet::new() }
    }

    /// Takes in what a peer gave, or what lay here. Whether that is enough.
    pub(super) fn hear(&mut self, peer: Option<PeerId>, record: &Record, now: Timestamp) -> bool {
        match read(&record.key, &record.value, now) {
            Ok(card) if *card.did() == self.did => {
                self.heard_from.extend(peer);
                if self.newest.as_ref().is_none_or(|known| card.supersedes(known)) {
                    self.newest = Some(card);
                }
            }
            Ok(card) => tracing::debug!(?peer, did = %card.did(), "a card that nobody asked for"),
            Err(misfit) => tracing::debug!(?peer, %misfit, "what a node of the table gave is worth nothing"),
        }
        self.heard_from.len() >= ENOUGH
    }

    pub(super) fn did(&self) -> Did {
        self.did
    }

    /// The newest card that was heard.
    pub(super) fn newest(self) -> Option<Card> {
        self.newest
    }
}
