//! Part of this node in the DHT of cards: whom it looks for there, what it puts there, and whom it can start from.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ai2ai_discovery::address::{self, Reach, is_of_this_network};
use ai2ai_discovery::kademlia::publishing::Publishing;
use ai2ai_discovery::kademlia::{self, DhtEvent};
use ai2ai_discovery::relays::{HELD, relay_of};
use ai2ai_discovery::remembered::{Remembered, Server};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId, identify, relay};
use tokio::sync::oneshot;

use crate::actor::Actor;
use crate::clock;
use crate::error::NetworkError;
use crate::event::{NetworkEvent, Path};
use crate::limits::{DHT_SWEPT, TOUCH_FIRST, TOUCH_LAST};

/// Where the answer to a search goes.
pub(crate) type Found = oneshot::Sender<Result<Option<Card>, NetworkError>>;

/// What the network knows of the table beside what is in it.
#[derive(Debug)]
pub(crate) struct DhtState {
    /// Whether the owner wants the own card in it.
    publishes: bool,
    publishing: Publishing,
    searches: HashMap<Did, Vec<Found>>,
    remembered: Remembered,
    /// When those that are remembered are dialled next, and how long to wait after that.
    touch: (Instant, Duration),
    swept_at: Instant,
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

impl Actor {
    pub(crate) fn look_for(&mut self, did: Did, found: Found) {
        let dht = &mut self.swarm.behaviour_mut().dht;
        let refused = if dht.servers() == 0 {
            Some(NetworkError::NobodyToAsk)
        } else if dht.look_for(did) {
            None
        } else {
            Some(NetworkError::TooManySearches)
        };
        match refused {
            Some(error) => drop(found.send(Err(error))),
            None => self.table.searches.entry(did).or_default().push(found),
        }
    }

    pub(crate) fn on_dht(&mut self, event: DhtEvent) {
        match event {
            DhtEvent::Searched { did, card, requests } => {
                tracing::debug!(%did, found = card.is_some(), requests, "a search has ended");
                for found in self.table.searches.remove(&did).unwrap_or_default() {
                    drop(found.send(Ok(card.as_deref().cloned())));
                }
            }
            DhtEvent::Published { taken, requests } => {
                tracing::debug!(taken, requests, "the own card was given to the table");
                self.table.publishing.ended(taken, Instant::now());
            }
        }
    }

    /// The card is new, so the table is to have it.
    pub(crate) fn publish_anew(&mut self) {
        if self.table.publishes {
            self.table.publishing = Publishing::anew(Instant::now());
            self.tend_table(Instant::now());
        }
    }

    /// A peer says what it speaks: one that keeps cards, or relays, is worth knowing, now and after a restart.
    pub(crate) fn on_server_met(&mut self, peer: PeerId, connection: ConnectionId, info: &identify::Info) {
        let keeps = info.protocols.contains(&kademlia::PROTOCOL);
        if keeps {
            self.swarm.behaviour_mut().dht.met(peer, &info.listen_addrs);
        }
        let Some((Path::Direct(_), address)) = self.connections.dialled(&peer, connection) else { return };
        let is_server = keeps || info.protocols.contains(&relay::HOP_PROTOCOL_NAME);
        let server = Server { peer, address, reached_at: clock::now() };
        self.on_seen(peer, &info.observed_addr);
        if is_server && self.table.remembered.reached(server) {
            self.events.tell(NetworkEvent::Remember { servers: self.table.remembered.all() });
        }
    }

    /// Keeps cards for others if it can be reached, and the owner wants to be in the table or to serve.
    pub(crate) fn decide_to_serve(&mut self) {
        let serves = self.is_volunteer || (self.table.publishes && self.is_reachable());
        if self.swarm.behaviour().dht.serves() != serves {
            tracing::info!(serves, "keeping cards for others");
            self.swarm.behaviour_mut().dht.serve(serves);
        }
    }

    /// Publishes what is due, gives up what has expired, and stays in touch with those that serve others.
    pub(crate) fn tend_table(&mut self, now: Instant) {
        let card = self.card.borrow().clone();
        let dht = &mut self.swarm.behaviour_mut().dht;
        let servers = dht.servers();
        if now >= self.table.swept_at {
            self.table.swept_at = now + DHT_SWEPT;
            dht.forget_expired();
        }
        if self.table.publishing.begin(now, servers) {
            match card.map(|bytes| Card::read(&bytes)) {
                Some(Ok(card)) => dht.publish(&card),
                Some(Err(_)) | None => self.table.publishing.ended(false, now),
            }
        }
        let serves = dht.serves();
        let kept = dht.kept();
        self.stay_in_touch(now, servers);
        let standing = TableStanding { servers, serves, kept, is_published: self.table.publishing.is_taken() };
        self.shown.send_if_modified(|view| std::mem::replace(&mut view.table, standing) != standing);
    }

    /// This node has another address, or woke up: those that are remembered may be reachable again.
    pub(crate) fn touch_soon(&mut self, now: Instant) {
        self.table.touch = (now, TOUCH_FIRST);
    }

    /// Dialer those that are remembered, while there are too few to be reached through or to ask. Bootstraps are looked up meanwhile.
    fn stay_in_touch(&mut self, now: Instant, servers: usize) {
        let is_out_of_touch = if self.is_guest { self.relays.held().count() < HELD } else { servers == 0 };
        let is_online = self.shown.borrow().listening.iter().any(|address| !address::is_loopback(address));
        let (at, wait) = self.table.touch;
        if !is_out_of_touch || !is_online || at > now {
            return;
        }
        self.table.touch = (now + wait, (wait * 2).min(TOUCH_LAST));
        for server in self.table.remembered.all() {
            if self.connections.chosen(&server.peer).is_none() {
                let step = self.dialer.want(server.peer, std::slice::from_ref(&server.address), now);
                self.take_step(server.peer, step);
            }
        }
    }
}
