//! People come into sight and leave it: what the courier learns of who is where.

use std::sync::Arc;

use ai2ai_discovery::dns::Answer;
use ai2ai_discovery::domain::looks_like_domain;
use ai2ai_discovery::finding::Finding;
use ai2ai_discovery::{address, by_hand, from_card, mdns};
use ai2ai_protocol::card::Card;
use libp2p::PeerId;

use super::dispatch::Courier;
use super::elsewhere;
use super::neighbours::Neighbour;
use super::{meet, report};
use crate::clock::now;

impl Courier {
    /// Keeps an eye on these names: domains, or multiaddresses with a peer in them. What is neither is told and left out.
    pub fn watch(&mut self, names: &[String]) {
        for name in names {
            if looks_like_domain(name) {
                self.names.want(name, now());
            } else if let Ok(finding) = by_hand::read(name, now()) {
                self.on_found(&finding);
            } else {
                self.reach.say("no_bootstrap", format!("{name:?} is neither a domain nor a multiaddress"), None);
            }
        }
    }

    pub(super) fn on_found(&mut self, finding: &Finding) {
        self.book.learn(finding);
        self.plan.found(finding.peer, now());
    }

    pub(super) fn on_looked(&mut self, name: &str, looked: Result<Answer, String>) {
        match looked {
            Ok(answer) => {
                self.names.answered(name, now(), answer.fresh_for);
                for finding in answer.signpost.findings(now()) {
                    self.on_found(&finding);
                }
            }
            Err(why) => {
                tracing::info!(name, why, "a name leads nowhere for now");
                self.names.failed(name, now(), rand::random());
            }
        }
    }

    pub(super) fn on_gone(&mut self, peer: PeerId) {
        self.book.gone(&peer, mdns::SOURCE);
        self.plan.gone(&peer);
        self.forget_neighbour(&peer);
    }

    /// A peer that is there again may be owed something.
    pub(super) fn on_connected(&mut self, peer: PeerId) {
        let Some(known) = self.neighbours.at(&peer.to_string()) else { return };
        self.lanes.seen(known.card.did(), now());
        let (reach, card) = (self.reach.clone(), known.card.clone());
        self.task(async move { report(reach.turn(move |turn| turn.seen_again(&card)).await) });
    }

    /// It may have gone, or only the connection: asking again tells.
    pub(super) fn on_disconnected(&mut self, peer: PeerId) {
        self.plan.gone(&peer);
        if self.book.get(&peer).is_some() {
            self.plan.found(peer, now());
        }
    }

    /// They showed us their card when they asked for ours.
    pub(super) fn on_card(&mut self, peer: PeerId, bytes: &[u8]) {
        let name = self.source_of(&peer);
        match meet::shown(bytes, peer, &self.book.addresses(&peer), name) {
            Ok(note) => self.on_note(note),
            Err(why) => tracing::debug!(%peer, %why, "a card that is worth nothing"),
        }
    }

    /// A stranger who waits to be let in brought their card. Which peer is theirs nobody has proved, so it counts for nothing.
    pub(super) fn on_shown(&mut self, card: Card) {
        let (peer, source) = (String::new(), "came".to_owned());
        let neighbour = Neighbour { card, peer, source, addresses: Vec::new(), domain: None, seen_at: now() };
        Arc::make_mut(&mut self.neighbours).meet(neighbour);
    }

    pub(super) fn on_met(&mut self, neighbour: Neighbour) {
        let (did, card) = (*neighbour.card.did(), neighbour.card.clone());
        if did == *self.reach.me.did() {
            self.task(elsewhere::met(self.reach.clone(), card, neighbour.peer));
            return;
        }
        if let Ok(peer) = neighbour.peer.parse::<PeerId>() {
            self.learn_from_card(&card, &neighbour.peer);
            self.book.belongs_to(&peer, did);
            self.plan.answered(peer, now());
        }
        if let Some(domain) = &neighbour.domain {
            self.names.want(domain, now());
        }
        self.lanes.seen(&did, now());
        self.found_again(&did);
        let is_new = self.neighbours.get(&did).is_none();
        let name = format!("{} (claims to be {})", card.agent(), card.human());
        Arc::make_mut(&mut self.neighbours).meet(neighbour);
        let reach = self.reach.clone();
        self.task(async move {
            match reach.turn(move |turn| turn.seen_again(&card)).await {
                Ok(false) if is_new => reach.say("found", name, Some(did)),
                Ok(_) => {}
                Err(failure) => tracing::error!(%failure, "a card was not kept"),
            }
        });
    }

    pub(super) fn learn_from_card(&mut self, card: &Card, peer: &str) {
        let Some(node) = card.nodes().iter().find(|node| node.peer == peer) else { return };
        let connections = self.reach.network.connections();
        let connection = connections.iter().find(|connection| connection.peer.to_string() == peer);
        let here = connection.is_some_and(|connection| address::is_loopback(&connection.address));
        if let Some(finding) = from_card::read(*card.did(), peer, &node.addresses, here, now()) {
            self.book.learn(&finding);
        }
    }

    pub(super) fn forget_neighbour(&mut self, peer: &PeerId) {
        let peer = peer.to_string();
        let Some(did) = self.neighbours.at(&peer).map(|known| *known.card.did()) else { return };
        Arc::make_mut(&mut self.neighbours).gone(&peer);
        self.reach.say("gone", peer, Some(did));
    }

    /// By which source a peer was found; or it came by itself.
    pub(super) fn source_of(&self, peer: &PeerId) -> &'static str {
        let source = self.book.get(peer).and_then(|entry| entry.sources().first().copied());
        source.map_or("came", ai2ai_discovery::finding::Source::name)
    }
}
