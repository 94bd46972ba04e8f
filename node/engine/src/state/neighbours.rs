//! People who were met since the node started: cards that verify, by identity and by peer. Bounded; the longest unseen goes
//! first.

use std::collections::HashMap;

use ai2ai_api::views::NearbyView;
use ai2ai_core::people::contacts::Introduction;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::time::Timestamp;

/// People that are remembered at once.
const NEIGHBOURS: usize = 256;

/// Node of somebody who showed a card.
#[derive(Debug, Clone)]
pub struct Neighbour {
    /// The newest card that they showed.
    pub card: Card,
    /// The libp2p peer that showed it; nobody, where it came by another way.
    pub peer: String,
    /// `mdns`, `dns`, `by_hand` or `came`.
    pub source: String,
    /// Addresses at which they were found.
    pub addresses: Vec<String>,
    /// The domain that the owner looked up to find them.
    pub domain: Option<String>,
    /// Moment at which they last showed it.
    pub seen_at: Timestamp,
}

impl Neighbour {
    /// Introduction, for adding them.
    pub fn introduction(&self) -> Introduction {
        Introduction {
            card: self.card.clone(),
            met: self.source.clone(),
            addresses: self.addresses.clone(),
            domain: self.domain.clone(),
            dnssec: None,
        }
    }

    /// View for `nearby`.
    pub fn view(&self) -> NearbyView {
        NearbyView {
            did: *self.card.did(),
            agent: self.card.agent().to_string(),
            human: self.card.human().to_string(),
            source: self.source.clone(),
            verified: false,
            addresses: self.addresses.clone(),
            peer: self.peer.clone(),
        }
    }
}

/// The people met.
#[derive(Debug, Clone, Default)]
pub struct Neighbours(HashMap<Did, Neighbour>);

impl Neighbours {
    /// Remembers someone. An older card never replaces a newer one.
    pub fn meet(&mut self, neighbour: Neighbour) {
        let did = *neighbour.card.did();
        let outdated = self.0.get(&did).is_some_and(|known| known.card.supersedes(&neighbour.card));
        if outdated {
            return;
        }
        if self.0.len() >= NEIGHBOURS
            && !self.0.contains_key(&did)
            && let Some(oldest) = self.0.values().min_by_key(|known| known.seen_at).map(|known| *known.card.did())
        {
            self.0.remove(&oldest);
        }
        self.0.insert(did, neighbour);
    }

    /// Notes that this peer is no longer there.
    pub fn gone(&mut self, peer: &str) {
        self.0.retain(|_, known| known.peer != peer);
    }

    /// Finds the node of this identity.
    pub fn get(&self, did: &Did) -> Option<&Neighbour> {
        self.0.get(did)
    }

    /// Finds who is at this peer.
    pub fn at(&self, peer: &str) -> Option<&Neighbour> {
        self.0.values().find(|known| known.peer == peer)
    }

    /// Finds who goes by this agent name or `did`; several, if several claim it.
    pub fn named(&self, who: &str) -> Vec<&Neighbour> {
        self.0
            .values()
            .filter(|known| known.card.did().to_string() == who || known.card.agent().as_str() == who)
            .collect()
    }

    /// Everyone.
    pub fn all(&self) -> impl Iterator<Item = &Neighbour> {
        self.0.values()
    }
}
