//! Requests: ours on their way out, others' on their way in.

use std::time::Instant;

use ai2ai_protocol::code::Code;
use ai2ai_protocol::limits::{BATCH_BYTES, RECEIPTS_BYTES};
use libp2p::PeerId;
use libp2p::bytes::Bytes;
use libp2p::request_response::{Event, Message, OutboundFailure};
use libp2p::swarm::ConnectionId;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};

use super::actor::Actor;
use super::arrivals::{Answered, Asker};
use super::dials::Step;
use super::error::{NetworkError, attempts};
use super::event::{NetworkEvent, Service};
use super::introduction;
use super::lanes::{LaneEvent, Lanes};
use super::mail::{Answer, Errand, Kind, Ticket};
use super::pairs::Why;

/// Why a relayed connection closed, most likely.
const RELAY_ENDED: &str =
    "the connection through a volunteer ended, twice: each lasts only so long there, and for so many bytes";

/// Ours.
impl Actor {
    pub(super) fn ask(&mut self, errand: Errand) {
        let peer = errand.peer;
        if peer == self.me {
            errand.end(Err(NetworkError::Ourselves));
        } else if self.swarm.behaviour().blocked.blocked_peers().contains(&peer) {
            errand.end(Err(NetworkError::Blocked { peer }));
        } else if self.mail.is_full(&peer) {
            errand.end(Err(NetworkError::Busy { peer }));
        } else if let Some(connection) = self.pairs.chosen(&peer) {
            self.send(errand, connection);
        } else {
            self.connect_for(errand);
        }
    }

    pub(super) fn send(&mut self, mut errand: Errand, connection: ConnectionId) {
        errand.relay = self.pairs.relay(&errand.peer, connection);
        let (kind, bytes) = (errand.kind, errand.bytes.clone());
        match self.lanes(kind).ask(connection, &errand.peer, bytes) {
            Some(request) => self.mail.sent(Ticket { kind, connection, request }, errand, Instant::now()),
            None => self.connect_for(errand),
        }
    }

    fn connect_for(&mut self, errand: Errand) {
        let peer = errand.peer;
        let step = self.dials.want(peer, &errand.addresses, Instant::now());
        self.mail.wait(errand);
        self.take_step(peer, step);
    }

    /// Does what the dials ask for, until there is nothing to do but wait.
    pub(super) fn take_step(&mut self, peer: PeerId, mut step: Step) {
        while let Step::Dial(addresses) = step {
            let options = DialOpts::peer_id(peer).condition(PeerCondition::Always).addresses(addresses.clone()).build();
            let connection = options.connection_id();
            self.dials.begun(&peer, connection, addresses.clone(), Instant::now());
            step = match self.swarm.dial(options) {
                Ok(()) => Step::Wait,
                Err(error) => self.dials.failed(peer, connection, attempts(&error, &addresses), Instant::now()),
            };
        }
        if let Step::NoRoute(tried) = step {
            self.mail.no_route(peer, &tried);
        }
    }

    fn on_response(&mut self, ticket: &Ticket, bytes: Bytes) {
        let Some((errand, sent_at)) = self.mail.take(ticket) else { return };
        errand.end(Ok(Answer { bytes, rtt: sent_at.elapsed() }));
    }

    fn on_failure(&mut self, ticket: &Ticket, failure: OutboundFailure) {
        let Some((mut errand, _)) = self.mail.take(ticket) else { return };
        let peer = errand.peer;
        if let (OutboundFailure::ConnectionClosed, Some(relay)) = (&failure, errand.relay) {
            self.dials.shun(peer, relay, ticket.connection, Instant::now());
        }
        match failure {
            OutboundFailure::ConnectionClosed if !errand.sent_before && !self.is_stopping => {
                errand.sent_before = true;
                self.ask(errand);
            }
            OutboundFailure::UnsupportedProtocols => errand.end(Err(match ticket.kind {
                Kind::Card | Kind::Batch => NetworkError::NotAi2ai { peer },
                Kind::Service(_) => NetworkError::NoService { peer },
            })),
            OutboundFailure::Timeout => {
                self.close(peer, ticket.connection, Why::Dead);
                errand.end(no_answer(peer, "it took too long"));
            }
            OutboundFailure::ConnectionClosed if errand.relay.is_some() => errand.end(no_answer(peer, RELAY_ENDED)),
            OutboundFailure::ConnectionClosed => errand.end(no_answer(peer, "the connection closed")),
            OutboundFailure::DialFailure => errand.end(no_answer(peer, "the connection was lost")),
            OutboundFailure::Io(error) => errand.end(no_answer(peer, &error.to_string())),
        }
    }

    fn lanes(&mut self, kind: Kind) -> &mut Lanes {
        let behaviour = self.swarm.behaviour_mut();
        match kind {
            Kind::Card => &mut behaviour.cards,
            Kind::Batch => &mut behaviour.batches,
            Kind::Service(Service::Mailbox) => &mut behaviour.mailbox,
            Kind::Service(Service::Directory) => &mut behaviour.directory,
        }
    }
}

/// Both.
impl Actor {
    pub(super) fn on_lane(&mut self, kind: Kind, event: LaneEvent) {
        match event {
            Event::Message { peer, connection_id: connection, message } => {
                self.pairs.speaks(&peer, connection);
                self.settle(peer);
                match message {
                    Message::Request { request_id, request, channel } => {
                        self.arrivals.began(kind, connection, request_id);
                        let asker = Asker { connection, channel, _permit: request.permit };
                        self.on_request(kind, peer, asker, request.bytes);
                    }
                    Message::Response { request_id: request, response } => {
                        self.on_response(&Ticket { kind, connection, request }, response);
                    }
                }
            }
            Event::OutboundFailure { connection_id: connection, request_id: request, error, .. } => {
                self.on_failure(&Ticket { kind, connection, request }, error);
            }
            Event::InboundFailure { connection_id, request_id, error, .. } => {
                tracing::debug!(connection = %connection_id, %error, "a request stays without an answer");
                self.arrivals.ended(kind, connection_id, request_id, Instant::now());
            }
            Event::ResponseSent { connection_id, request_id, .. } => {
                self.arrivals.ended(kind, connection_id, request_id, Instant::now());
            }
        }
    }
}

/// Others'. A request whose asker is dropped ends without an answer, and the peer sees that.
impl Actor {
    fn on_request(&mut self, kind: Kind, peer: PeerId, asker: Asker, bytes: Bytes) {
        match kind {
            _ if self.is_stopping => {}
            Kind::Card => self.on_card_request(peer, asker, &bytes),
            Kind::Batch => {
                let answer = self.arrivals.ask(kind, asker);
                self.offer(peer, NetworkEvent::Batch { peer, bytes: bytes.into(), answer });
            }
            Kind::Service(service) => {
                let from = self.pairs.ip(&peer, asker.connection);
                let answer = self.arrivals.ask(kind, asker);
                self.offer(peer, NetworkEvent::Asked { service, peer, from, bytes: bytes.into(), answer });
            }
        }
    }

    fn offer(&mut self, peer: PeerId, event: NetworkEvent) {
        if !self.events.offer(event) {
            tracing::debug!(%peer, "the node is behind: a request was not taken");
        }
    }

    fn on_card_request(&mut self, peer: PeerId, asker: Asker, bytes: &[u8]) {
        match introduction::read_request(bytes) {
            Ok(shown) => {
                if let Some(bytes) = shown {
                    self.events.offer(NetworkEvent::Card { peer, bytes });
                }
                self.give_card(asker);
            }
            Err(code) => self.reply(Kind::Card, asker, introduction::refusal(code).into()),
        }
    }

    fn give_card(&mut self, asker: Asker) {
        let card = self.card.borrow().as_deref().map(Bytes::copy_from_slice);
        match card {
            Some(bytes) => self.reply(Kind::Card, asker, bytes),
            None => {
                if let Some(asker) = self.arrivals.wait_for_card(asker, Instant::now()) {
                    self.refuse_card(asker);
                }
            }
        }
    }

    /// There is no card yet: come again.
    pub(super) fn refuse_card(&mut self, asker: Asker) {
        self.reply(Kind::Card, asker, introduction::refusal(Code::Busy).into());
    }

    pub(super) fn on_card_set(&mut self) {
        self.publish_anew();
        for asker in self.arrivals.take_card_askers() {
            self.give_card(asker);
        }
    }

    pub(super) fn on_answered(&mut self, (kind, asker, answer): Answered) {
        let most = match kind {
            Kind::Card => introduction::ANSWER_BYTES,
            Kind::Batch => RECEIPTS_BYTES,
            Kind::Service(_) => BATCH_BYTES,
        };
        match answer {
            Some(bytes) if bytes.len() <= most => self.reply(kind, asker, bytes.into()),
            Some(bytes) => tracing::error!(size = bytes.len(), "an answer of this node is too large to be sent"),
            None => tracing::debug!(connection = %asker.connection, "this node gave no answer in time"),
        }
    }

    fn reply(&mut self, kind: Kind, asker: Asker, bytes: Bytes) {
        self.lanes(kind).answer(asker.connection, asker.channel, bytes);
    }
}

fn no_answer<T>(peer: PeerId, reason: &str) -> Result<T, NetworkError> {
    Err(NetworkError::NoAnswer { peer, reason: reason.to_owned() })
}
