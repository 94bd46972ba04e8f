//! Presence: people come into sight and leave it, and the event loop learns who is where.

use std::sync::Arc;

use ai2ai_api::clock::now;
use ai2ai_core::inbound;
use ai2ai_discovery::dns::DnsAnswer;
use ai2ai_discovery::domain::looks_like_domain;
use ai2ai_discovery::finding::Finding;
use ai2ai_discovery::{address, by_hand, from_card, mdns};
use ai2ai_protocol::card::Card;
use libp2p::PeerId;

use crate::context::report;
use crate::event_loop::EventLoop;
use crate::lookup::dht;
use crate::peers::{card_exchange, takeover};
use crate::state::neighbours::Neighbour;

/// Keeps an eye on these names: domains, or multiaddresses with a peer in them. What is neither is told and left out.
pub fn watch(event_loop: &mut EventLoop, names: &[String]) {
    for name in names {
        if looks_like_domain(name) {
            event_loop.names.want(name, now());
        } else if let Ok(finding) = by_hand::read(name, now()) {
            on_found(event_loop, &finding);
        } else {
            event_loop.context.say("no_bootstrap", format!("{name:?} is neither a domain nor a multiaddress"), None);
        }
    }
}

pub(crate) fn on_found(event_loop: &mut EventLoop, finding: &Finding) {
    event_loop.book.learn(finding);
    event_loop.plan.found(finding.peer, now());
}

pub(crate) fn on_looked(event_loop: &mut EventLoop, name: &str, looked: Result<DnsAnswer, String>) {
    match looked {
        Ok(answer) => {
            event_loop.names.answered(name, now(), answer.fresh_for);
            for finding in answer.signpost.findings(now()) {
                on_found(event_loop, &finding);
            }
        }
        Err(why) => {
            tracing::info!(name, why, "a name leads nowhere for now");
            event_loop.names.failed(name, now(), rand::random());
        }
    }
}

pub(crate) fn on_gone(event_loop: &mut EventLoop, peer: PeerId) {
    event_loop.book.gone(&peer, mdns::SOURCE);
    event_loop.plan.gone(&peer);
    forget_neighbour(event_loop, &peer);
}

/// A peer that is there again may be owed something.
pub(crate) fn on_connected(event_loop: &mut EventLoop, peer: PeerId) {
    let Some(known) = event_loop.neighbours.at(&peer.to_string()) else { return };
    event_loop.lanes.seen(known.card.did(), now());
    let context = event_loop.context.clone();
    let card = known.card.clone();
    event_loop.task(async move { report(context.transact(move |txn| inbound::cards::seen(txn, &card)).await) });
}

/// Asks a peer again that was disconnected: it may have gone, or only the connection.
pub(crate) fn on_disconnected(event_loop: &mut EventLoop, peer: PeerId) {
    event_loop.plan.gone(&peer);
    if event_loop.book.get(&peer).is_some() {
        event_loop.plan.found(peer, now());
    }
}

/// Takes the card that a peer showed us when it asked for ours.
pub(crate) fn on_card(event_loop: &mut EventLoop, peer: PeerId, bytes: &[u8]) {
    let name = source_of(event_loop, &peer);
    match card_exchange::shown(bytes, peer, &event_loop.book.addresses(&peer), name) {
        Ok(note) => event_loop.on_note(note),
        Err(why) => tracing::debug!(%peer, %why, "a card that is worth nothing"),
    }
}

/// Takes the card of a stranger who waits to be let in. Which peer is theirs nobody has proved, so it counts for nothing.
pub(crate) fn on_shown(event_loop: &mut EventLoop, card: Card) {
    let peer = String::new();
    let source = "came".to_owned();
    let neighbour = Neighbour { card, peer, source, addresses: Vec::new(), domain: None, seen_at: now() };
    Arc::make_mut(&mut event_loop.neighbours).meet(neighbour);
}

pub(crate) fn on_met(event_loop: &mut EventLoop, neighbour: Neighbour) {
    let did = *neighbour.card.did();
    let card = neighbour.card.clone();
    if did == *event_loop.context.me.did() {
        event_loop.task(takeover::met(event_loop.context.clone(), card, neighbour.peer));
        return;
    }
    if let Ok(peer) = neighbour.peer.parse::<PeerId>() {
        learn_from_card(event_loop, &card, &neighbour.peer);
        event_loop.book.belongs_to(&peer, did);
        event_loop.plan.answered(peer, now());
    }
    if let Some(domain) = &neighbour.domain {
        event_loop.names.want(domain, now());
    }
    event_loop.lanes.seen(&did, now());
    dht::found_again(event_loop, &did);
    let is_new = event_loop.neighbours.get(&did).is_none();
    let name = format!("{} (claims to be {})", card.agent(), card.human());
    Arc::make_mut(&mut event_loop.neighbours).meet(neighbour);
    let context = event_loop.context.clone();
    event_loop.task(async move {
        match context.transact(move |txn| inbound::cards::seen(txn, &card)).await {
            Ok(false) if is_new => context.say("found", name, Some(did)),
            Ok(_) => {}
            Err(failure) => tracing::error!(%failure, "a card was not kept"),
        }
    });
}

pub(crate) fn learn_from_card(event_loop: &mut EventLoop, card: &Card, peer: &str) {
    let Some(node) = card.nodes().iter().find(|node| node.peer == peer) else { return };
    let connections = event_loop.context.network.connections();
    let connection = connections.iter().find(|connection| connection.peer.to_string() == peer);
    let here = connection.is_some_and(|connection| address::is_loopback(&connection.address));
    if let Some(finding) = from_card::read(*card.did(), peer, &node.addresses, here, now()) {
        event_loop.book.learn(&finding);
    }
}

pub(crate) fn forget_neighbour(event_loop: &mut EventLoop, peer: &PeerId) {
    let peer = peer.to_string();
    let Some(did) = event_loop.neighbours.at(&peer).map(|known| *known.card.did()) else { return };
    Arc::make_mut(&mut event_loop.neighbours).gone(&peer);
    event_loop.context.say("gone", peer, Some(did));
}

/// Source by which a peer was found; or it came by itself.
pub(crate) fn source_of(event_loop: &EventLoop, peer: &PeerId) -> &'static str {
    let source = event_loop.book.get(peer).and_then(|entry| entry.sources().first().copied());
    source.map_or("came", ai2ai_discovery::finding::Source::name)
}
