//! Presence: people come into sight and leave it, and the event loop learns who is where.

use std::sync::Arc;

use ai2ai_api::clock::now;
use ai2ai_api::event_name::EventName;
use ai2ai_core::inbound;
use ai2ai_discovery::dns::DnsAnswer;
use ai2ai_discovery::dns::domain::looks_like_domain;
use ai2ai_discovery::{address, by_hand, from_card, mdns};
use ai2ai_protocol::card::Card;
use libp2p::PeerId;

use crate::context::report;
use crate::loop_state::LoopState;
use crate::peers::{card_exchange, takeover};
use crate::state::neighbours::Neighbour;

/// Keeps an eye on these names: domains, or multiaddresses with a peer in them. What is neither is told and left out.
pub(crate) fn watch(state: &mut LoopState, names: &[String]) {
    for name in names {
        if looks_like_domain(name) {
            state.names.want(name, now());
        } else if let Ok(finding) = by_hand::read(name, now()) {
            state.found(&finding);
        } else {
            state.context.say(EventName::NoBootstrap, format!("{name:?} is neither a domain nor a multiaddress"), None);
        }
    }
}

pub(crate) fn on_looked(state: &mut LoopState, name: &str, looked: Result<DnsAnswer, String>) {
    match looked {
        Ok(answer) => {
            state.names.answered(name, now(), answer.fresh_for);
            for finding in answer.signpost.findings(now()) {
                state.found(&finding);
            }
        }
        Err(why) => {
            tracing::info!(name, why, "a name leads nowhere for now");
            state.names.failed(name, now(), rand::random());
        }
    }
}

pub(crate) fn on_gone(state: &mut LoopState, peer: PeerId) {
    state.book.gone(&peer, mdns::SOURCE);
    state.plan.gone(&peer);
    forget_neighbour(state, &peer);
}

/// A peer that is there again may be owed something.
pub(crate) fn on_connected(state: &mut LoopState, peer: PeerId) {
    let Some(known) = state.neighbours.at(&peer.to_string()) else { return };
    state.scheduler.seen(known.card.did(), now());
    let context = state.context.clone();
    let card = known.card.clone();
    state.task(async move { report(context.transact(move |txn| inbound::cards::seen(txn, &card)).await) });
}

/// Asks a peer again that was disconnected: it may have gone, or only the connection.
pub(crate) fn on_disconnected(state: &mut LoopState, peer: PeerId) {
    state.plan.gone(&peer);
    if state.book.get(&peer).is_some() {
        state.plan.found(peer, now());
    }
}

/// Takes the card that a peer showed us when it asked for ours.
pub(crate) fn on_card(state: &mut LoopState, peer: PeerId, bytes: &[u8]) {
    let name = state.source_of(&peer);
    match card_exchange::shown(bytes, peer, &state.book.addresses(&peer), name) {
        Ok(neighbour) => on_met(state, neighbour),
        Err(why) => tracing::debug!(%peer, %why, "a card that is worth nothing"),
    }
}

/// Takes the card of a stranger who waits to be let in. Which peer is theirs nobody has proved, so it counts for nothing.
pub(crate) fn on_shown(state: &mut LoopState, card: Card) {
    let peer = String::new();
    let source = "came".to_owned();
    let neighbour = Neighbour { card, peer, source, addresses: Vec::new(), domain: None, seen_at: now() };
    Arc::make_mut(&mut state.neighbours).meet(neighbour);
}

pub(crate) fn on_met(state: &mut LoopState, neighbour: Neighbour) {
    let did = *neighbour.card.did();
    let card = neighbour.card.clone();
    if did == *state.context.me.did() {
        state.task(takeover::met(state.context.clone(), card, neighbour.peer));
        return;
    }
    if let Ok(peer) = neighbour.peer.parse::<PeerId>() {
        learn_from_card(state, &card, &neighbour.peer);
        state.book.belongs_to(&peer, did);
        state.plan.answered(peer, now());
    }
    if let Some(domain) = &neighbour.domain {
        state.names.want(domain, now());
    }
    state.scheduler.seen(&did, now());
    state.found_again(&did);
    let is_new = state.neighbours.get(&did).is_none();
    let name = format!("{} (claims to be {})", card.agent(), card.human());
    Arc::make_mut(&mut state.neighbours).meet(neighbour);
    let context = state.context.clone();
    state.task(async move {
        match context.transact(move |txn| inbound::cards::seen(txn, &card)).await {
            Ok(false) if is_new => context.say(EventName::Found, name, Some(did)),
            Ok(_) => {}
            Err(failure) => tracing::error!(%failure, "a card was not kept"),
        }
    });
}

pub(crate) fn learn_from_card(state: &mut LoopState, card: &Card, peer: &str) {
    let Some(node) = card.nodes().iter().find(|node| node.peer == peer) else { return };
    let connections = state.context.network.connections();
    let connection = connections.iter().find(|connection| connection.peer.to_string() == peer);
    let here = connection.is_some_and(|connection| address::is_loopback(&connection.address));
    if let Some(finding) = from_card::read(*card.did(), peer, &node.addresses, here, now()) {
        state.book.learn(&finding);
    }
}

pub(crate) fn forget_neighbour(state: &mut LoopState, peer: &PeerId) {
    let peer = peer.to_string();
    let Some(did) = state.neighbours.at(&peer).map(|known| *known.card.did()) else { return };
    Arc::make_mut(&mut state.neighbours).gone(&peer);
    state.context.say(EventName::Gone, peer, Some(did));
}
