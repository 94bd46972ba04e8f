//! The table of cards: searches there, the own card in it, and the nodes that this one can start from.

use std::time::Instant;

use ai2ai_discovery::address;
use ai2ai_discovery::kademlia::publishing::Publishing;
use ai2ai_discovery::kademlia::{self, DhtEvent};
use ai2ai_discovery::relays::HELD;
use ai2ai_discovery::remembered::Server;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use libp2p::swarm::ConnectionId;
use libp2p::{PeerId, identify, relay};

use super::outbound;
use super::state::NetworkState;
use crate::clock;
use crate::dht::{Found, TableStanding};
use crate::error::NetworkError;
use crate::event::{NetworkEvent, Path};
use crate::limits::{DHT_SWEPT, TOUCH_FIRST, TOUCH_LAST};

pub(super) fn look_for(state: &mut NetworkState, did: Did, found: Found) {
    let dht = &mut state.swarm.behaviour_mut().dht;
    let refused = if dht.servers() == 0 {
        Some(NetworkError::NobodyToAsk)
    } else if dht.look_for(did) {
        None
    } else {
        Some(NetworkError::TooManySearches)
    };
    match refused {
        Some(error) => drop(found.send(Err(error))),
        None => state.table.searches.entry(did).or_default().push(found),
    }
}

pub(super) fn on_dht(state: &mut NetworkState, event: DhtEvent) {
    match event {
        DhtEvent::Searched { did, card, requests } => {
            tracing::debug!(%did, found = card.is_some(), requests, "a search has ended");
            for found in state.table.searches.remove(&did).unwrap_or_default() {
                drop(found.send(Ok(card.as_deref().cloned())));
            }
        }
        DhtEvent::Published { taken, requests } => {
            tracing::debug!(taken, requests, "the own card was given to the table");
            state.table.publishing.ended(taken, Instant::now());
        }
    }
}

/// The card is new, so the table is to have it.
pub(super) fn publish_anew(state: &mut NetworkState) {
    if state.table.publishes {
        state.table.publishing = Publishing::anew(Instant::now());
        tend(state, Instant::now());
    }
}

/// A peer says what it speaks: one that keeps cards, or relays, is worth knowing, now and after a restart.
pub(super) fn on_server_met(state: &mut NetworkState, peer: PeerId, connection: ConnectionId, info: &identify::Info) {
    let keeps = info.protocols.contains(&kademlia::PROTOCOL);
    if keeps {
        state.swarm.behaviour_mut().dht.met(peer, &info.listen_addrs);
    }
    let Some((Path::Direct(_), address)) = state.connections.dialled(&peer, connection) else { return };
    let is_server = keeps || info.protocols.contains(&relay::HOP_PROTOCOL_NAME);
    let server = Server { peer, address, reached_at: clock::now() };
    state.outside.seen(peer, &info.observed_addr);
    if is_server && state.table.remembered.reached(server) {
        state.events.tell(NetworkEvent::Remember { servers: state.table.remembered.all() });
    }
}

/// Keeps cards for others if it can be reached, and the owner wants to be in the table or to serve.
pub(super) fn decide_to_serve(state: &mut NetworkState) {
    let serves = state.is_volunteer || (state.table.publishes && state.is_reachable());
    if state.swarm.behaviour().dht.serves() != serves {
        tracing::info!(serves, "keeping cards for others");
        state.swarm.behaviour_mut().dht.serve(serves);
    }
}

/// Publishes what is due, gives up what has expired, and stays in touch with those that serve others.
pub(super) fn tend(state: &mut NetworkState, now: Instant) {
    let card = state.card.borrow().clone();
    let dht = &mut state.swarm.behaviour_mut().dht;
    let servers = dht.servers();
    if now >= state.table.swept_at {
        state.table.swept_at = now + DHT_SWEPT;
        dht.forget_expired();
    }
    if state.table.publishing.begin(now, servers) {
        match card.map(|bytes| Card::read(&bytes)) {
            Some(Ok(card)) => dht.publish(&card),
            Some(Err(_)) | None => state.table.publishing.ended(false, now),
        }
    }
    let serves = dht.serves();
    let kept = dht.kept();
    stay_in_touch(state, now, servers);
    let standing = TableStanding { servers, serves, kept, is_published: state.table.publishing.is_taken() };
    state.shown.send_if_modified(|view| std::mem::replace(&mut view.table, standing) != standing);
}

/// This node has another address, or woke up: those that are remembered may be reachable again.
pub(super) fn touch_soon(state: &mut NetworkState, now: Instant) {
    state.table.touch = (now, TOUCH_FIRST);
}

/// Dialer those that are remembered, while there are too few to be reached through or to ask. Bootstraps are looked up meanwhile.
fn stay_in_touch(state: &mut NetworkState, now: Instant, servers: usize) {
    let is_out_of_touch = if state.is_guest { state.relays.held().count() < HELD } else { servers == 0 };
    let is_online = state.shown.borrow().listening.iter().any(|address| !address::is_loopback(address));
    let (at, wait) = state.table.touch;
    if !is_out_of_touch || !is_online || at > now {
        return;
    }
    state.table.touch = (now + wait, (wait * 2).min(TOUCH_LAST));
    for server in state.table.remembered.all() {
        if state.connections.chosen(&server.peer).is_none() {
            let step = state.dialer.want(server.peer, std::slice::from_ref(&server.address), now);
            outbound::take_step(state, server.peer, step);
        }
    }
}
