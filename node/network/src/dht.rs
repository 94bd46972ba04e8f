//! Part of this node in the DHT of cards: whom it looks for there, what it puts there, and whom it can start from.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ai2ai_discovery::address::{self, Reach, is_of_this_network};
use ai2ai_discovery::kademlia::publishing::Publishing;
use ai2ai_discovery::relays::relay_of;
use ai2ai_discovery::remembered::{Remembered, Server};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::oneshot;

use crate::error::NetworkError;
use crate::limits::TOUCH_FIRST;

/// Where the answer to a search goes.
pub(crate) type Found = oneshot::Sender<Result<Option<Card>, NetworkError>>;

/// What the network knows of the table beside what is in it.
#[derive(Debug)]
pub(crate) struct DhtState {
    /// Whether the owner wants the own card in it.
    pub(crate) publishes: bool,
    pub(crate) publishing: Publishing,
    pub(crate) searches: HashMap<Did, Vec<Found>>,
    pub(crate) remembered: Remembered,
    /// When those that are remembered are dialled next, and how long to wait after that.
    pub(crate) touch: (Instant, Duration),
    pub(crate) swept_at: Instant,
}

/// How this node stands in the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TableStanding {
    /// Nodes that keep cards, and that this node knows.
    pub servers: usize,
    /// Whether it keeps cards for others.
    pub serves: bool,
    /// Cards that it keeps.
    pub kept: usize,
    /// Whether its own card is kept by somebody.
    pub is_published: bool,
}

impl DhtState {
    pub(crate) fn new(publishes: bool, remembered: Vec<Server>, now: Instant) -> Self {
        Self {
            publishes,
            publishing: Publishing::Nothing,
            searches: HashMap::new(),
            remembered: Remembered::of(remembered),
            touch: (now, TOUCH_FIRST),
            swept_at: now,
        }
    }
}

/// Of what strangers say about where others are, only what leads to the open internet is dialled: else they could have this node
/// knock at any door of its own network.
pub(crate) fn passes(address: &Multiaddr, peer: &PeerId) -> bool {
    let useful = address::useful(address, peer, Reach::Elsewhere);
    useful.is_ok_and(|address| !is_of_this_network(&address) && relay_of(&address).is_none())
}
