//! Requests of this node on their way out, and of others on their way in.

pub(crate) mod admission;
pub(crate) mod card_protocol;
pub(crate) mod codec;
pub(crate) mod inbound;
pub(crate) mod outbound;
pub(crate) mod per_connection;
pub(crate) mod shaper;

use std::time::Instant;

use ai2ai_protocol::code::Code;
use ai2ai_protocol::limits::{BATCH_BYTES, RECEIPTS_BYTES};
use libp2p::PeerId;
use libp2p::bytes::Bytes;
use libp2p::request_response::{Event, Message, OutboundFailure};
use libp2p::swarm::ConnectionId;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};

use crate::actor::Actor;
use crate::connections::CloseReason;
use crate::connections::dialer::DialStep;
use crate::error::{NetworkError, attempts};
use crate::event::{NetworkEvent, VolunteerService};
use crate::requests::inbound::{InboundAnswer, Responder};
use crate::requests::outbound::{OutboundRequest, RequestKey, RequestKind, Response};
use crate::requests::per_connection::{PerConnection, RequestEvent};

/// CloseReason a relayed connection closed, most likely.
const RELAY_ENDED: &str =
    "the connection through a volunteer ended, twice: each lasts only so long there, and for so many bytes";

/// Ours.
impl Actor {
    pub(crate) fn ask(&mut self, request: OutboundRequest) {
        let peer = request.peer;
        if peer == self.me {
            request.end(Err(NetworkError::Ourselves));
        } else if self.swarm.behaviour().blocked.blocked_peers().contains(&peer) {
            request.end(Err(NetworkError::Blocked { peer }));
        } else if self.outbound.is_full(&peer) {
            request.end(Err(NetworkError::Busy { peer }));
        } else if let Some(connection) = self.connections.chosen(&peer) {
            self.send(request, connection);
        } else {
            self.connect_for(request);
        }
    }

    pub(crate) fn send(&mut self, mut request: OutboundRequest, connection: ConnectionId) {
        request.relay = self.connections.relay(&request.peer, connection);
        let kind = request.kind;
        let bytes = request.bytes.clone();
        match self.behaviour_of(kind).ask(connection, &request.peer, bytes) {
            Some(id) => self.outbound.sent(RequestKey { kind, connection, id }, request, Instant::now()),
            None => self.connect_for(request),
        }
    }

    fn connect_for(&mut self, request: OutboundRequest) {
        let peer = request.peer;
        let step = self.dialer.want(peer, &request.addresses, Instant::now());
        self.outbound.wait(request);
        self.take_step(peer, step);
    }

    /// Does what the dials ask for, until there is nothing to do but wait.
    pub(crate) fn take_step(&mut self, peer: PeerId, mut step: DialStep) {
        while let DialStep::Dial(addresses) = step {
            let options = DialOpts::peer_id(peer).condition(PeerCondition::Always).addresses(addresses.clone()).build();
            let connection = options.connection_id();
            self.dialer.begun(&peer, connection, addresses.clone(), Instant::now());
            step = match self.swarm.dial(options) {
                Ok(()) => DialStep::Wait,
                Err(error) => self.dialer.failed(peer, connection, attempts(&error, &addresses), Instant::now()),
            };
        }
        if let DialStep::NoRoute(tried) = step {
            self.outbound.no_route(peer, &tried);
        }
    }

    fn on_response(&mut self, key: &RequestKey, bytes: Bytes) {
        let Some((request, sent_at)) = self.outbound.take(key) else { return };
        request.end(Ok(Response { bytes, rtt: sent_at.elapsed() }));
    }

    fn on_failure(&mut self, key: &RequestKey, failure: OutboundFailure) {
        let Some((mut request, _)) = self.outbound.take(key) else { return };
        let peer = request.peer;
        if let (OutboundFailure::ConnectionClosed, Some(relay)) = (&failure, request.relay) {
            self.dialer.back_off(peer, relay, key.connection, Instant::now());
        }
        match failure {
            OutboundFailure::ConnectionClosed if !request.sent_before && !self.is_stopping => {
                request.sent_before = true;
                self.ask(request);
            }
            OutboundFailure::UnsupportedProtocols => request.end(Err(match key.kind {
                RequestKind::Card | RequestKind::Batch => NetworkError::NotAi2ai { peer },
                RequestKind::Service(_) => NetworkError::NoService { peer },
            })),
            OutboundFailure::Timeout => {
                self.close(peer, key.connection, CloseReason::Dead);
                request.end(no_answer(peer, "it took too long"));
            }
            OutboundFailure::ConnectionClosed if request.relay.is_some() => request.end(no_answer(peer, RELAY_ENDED)),
            OutboundFailure::ConnectionClosed => request.end(no_answer(peer, "the connection closed")),
            OutboundFailure::DialFailure => request.end(no_answer(peer, "the connection was lost")),
            OutboundFailure::Io(error) => request.end(no_answer(peer, &error.to_string())),
        }
    }

    fn behaviour_of(&mut self, kind: RequestKind) -> &mut PerConnection {
        let behaviour = self.swarm.behaviour_mut();
        match kind {
            RequestKind::Card => &mut behaviour.cards,
            RequestKind::Batch => &mut behaviour.batches,
            RequestKind::Service(VolunteerService::Mailbox) => &mut behaviour.mailbox,
            RequestKind::Service(VolunteerService::Directory) => &mut behaviour.directory,
        }
    }
}

/// Both.
impl Actor {
    pub(crate) fn on_request_event(&mut self, kind: RequestKind, event: RequestEvent) {
        match event {
            Event::Message { peer, connection_id: connection, message } => {
                self.connections.speaks(&peer, connection);
                self.settle(peer);
                match message {
                    Message::Request { request_id, request, channel } => {
                        self.inbound.began(kind, connection, request_id);
                        let responder = Responder { connection, channel, _permit: request.permit };
                        self.on_request(kind, peer, responder, request.bytes);
                    }
                    Message::Response { request_id: id, response } => {
                        self.on_response(&RequestKey { kind, connection, id }, response);
                    }
                }
            }
            Event::OutboundFailure { connection_id: connection, request_id: id, error, .. } => {
                self.on_failure(&RequestKey { kind, connection, id }, error);
            }
            Event::InboundFailure { connection_id, request_id, error, .. } => {
                tracing::debug!(connection = %connection_id, %error, "a request stays without an answer");
                self.inbound.ended(kind, connection_id, request_id, Instant::now());
            }
            Event::ResponseSent { connection_id, request_id, .. } => {
                self.inbound.ended(kind, connection_id, request_id, Instant::now());
            }
        }
    }
}

/// Others'. A request whose responder is dropped ends without an answer, and the peer sees that.
impl Actor {
    fn on_request(&mut self, kind: RequestKind, peer: PeerId, responder: Responder, bytes: Bytes) {
        match kind {
            _ if self.is_stopping => {}
            RequestKind::Card => self.on_card_request(peer, responder, &bytes),
            RequestKind::Batch => {
                let answer = self.inbound.ask(kind, responder);
                self.offer(peer, NetworkEvent::Batch { peer, bytes: bytes.into(), answer });
            }
            RequestKind::Service(service) => {
                let from = self.connections.ip(&peer, responder.connection);
                let answer = self.inbound.ask(kind, responder);
                self.offer(peer, NetworkEvent::Asked { service, peer, from, bytes: bytes.into(), answer });
            }
        }
    }

    fn offer(&mut self, peer: PeerId, event: NetworkEvent) {
        if !self.events.offer(event) {
            tracing::debug!(%peer, "the node is behind: a request was not taken");
        }
    }

    fn on_card_request(&mut self, peer: PeerId, responder: Responder, bytes: &[u8]) {
        match card_protocol::read_request(bytes) {
            Ok(shown) => {
                if let Some(bytes) = shown {
                    self.events.offer(NetworkEvent::Card { peer, bytes });
                }
                self.give_card(responder);
            }
            Err(code) => self.reply(RequestKind::Card, responder, card_protocol::refusal(code).into()),
        }
    }

    fn give_card(&mut self, responder: Responder) {
        let card = self.card.borrow().as_deref().map(Bytes::copy_from_slice);
        match card {
            Some(bytes) => self.reply(RequestKind::Card, responder, bytes),
            None => {
                if let Some(responder) = self.inbound.wait_for_card(responder, Instant::now()) {
                    self.refuse_card(responder);
                }
            }
        }
    }

    /// There is no card yet: come again.
    pub(crate) fn refuse_card(&mut self, responder: Responder) {
        self.reply(RequestKind::Card, responder, card_protocol::refusal(Code::Busy).into());
    }

    pub(crate) fn on_card_set(&mut self) {
        self.publish_anew();
        for responder in self.inbound.take_card_askers() {
            self.give_card(responder);
        }
    }

    pub(crate) fn on_answered(&mut self, (kind, responder, answer): InboundAnswer) {
        let most = match kind {
            RequestKind::Card => card_protocol::ANSWER_BYTES,
            RequestKind::Batch => RECEIPTS_BYTES,
            RequestKind::Service(_) => BATCH_BYTES,
        };
        match answer {
            Some(bytes) if bytes.len() <= most => self.reply(kind, responder, bytes.into()),
            Some(bytes) => tracing::error!(size = bytes.len(), "an answer of this node is too large to be sent"),
            None => tracing::debug!(connection = %responder.connection, "this node gave no answer in time"),
        }
    }

    fn reply(&mut self, kind: RequestKind, responder: Responder, bytes: Bytes) {
        self.behaviour_of(kind).answer(responder.connection, responder.channel, bytes);
    }
}

fn no_answer<T>(peer: PeerId, reason: &str) -> Result<T, NetworkError> {
    Err(NetworkError::NoAnswer { peer, reason: reason.to_owned() })
}
