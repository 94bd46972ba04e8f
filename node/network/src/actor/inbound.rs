//! Requests of others, and this node's answers. A request whose responder is dropped ends without an answer, and the peer sees that.

use std::time::Instant;

use ai2ai_protocol::code::Code;
use ai2ai_protocol::limits::{BATCH_BYTES, RECEIPTS_BYTES};
use libp2p::PeerId;
use libp2p::bytes::Bytes;

use super::state::NetworkState;
use super::table;
use crate::event::NetworkEvent;
use crate::requests::card_protocol;
use crate::requests::inbound::{InboundAnswer, Responder};
use crate::requests::outbound::RequestKind;

pub(super) fn on_request(
    state: &mut NetworkState,
    kind: RequestKind,
    peer: PeerId,
    responder: Responder,
    bytes: Bytes,
) {
    match kind {
        _ if state.is_stopping => {}
        RequestKind::Card => on_card_request(state, peer, responder, &bytes),
        RequestKind::Batch => {
            let answer = state.inbound.ask(kind, responder);
            offer(state, peer, NetworkEvent::Batch { peer, bytes: bytes.into(), answer });
        }
        RequestKind::Service(service) => {
            let from = state.connections.ip(&peer, responder.connection);
            let answer = state.inbound.ask(kind, responder);
            offer(state, peer, NetworkEvent::Asked { service, peer, from, bytes: bytes.into(), answer });
        }
    }
}

fn offer(state: &mut NetworkState, peer: PeerId, event: NetworkEvent) {
    if !state.events.offer(event) {
        tracing::debug!(%peer, "the node is behind: a request was not taken");
    }
}

fn on_card_request(state: &mut NetworkState, peer: PeerId, responder: Responder, bytes: &[u8]) {
    match card_protocol::read_request(bytes) {
        Ok(shown) => {
            if let Some(bytes) = shown {
                state.events.offer(NetworkEvent::Card { peer, bytes });
            }
            give_card(state, responder);
        }
        Err(code) => reply(state, RequestKind::Card, responder, card_protocol::refusal(code).into()),
    }
}

fn give_card(state: &mut NetworkState, responder: Responder) {
    let card = state.card.borrow().as_deref().map(Bytes::copy_from_slice);
    match card {
        Some(bytes) => reply(state, RequestKind::Card, responder, bytes),
        None => {
            if let Some(responder) = state.inbound.wait_for_card(responder, Instant::now()) {
                refuse_card(state, responder);
            }
        }
    }
}

/// There is no card yet: come again.
pub(super) fn refuse_card(state: &mut NetworkState, responder: Responder) {
    reply(state, RequestKind::Card, responder, card_protocol::refusal(Code::Busy).into());
}

pub(super) fn on_card_set(state: &mut NetworkState) {
    table::publish_anew(state);
    for responder in state.inbound.take_card_askers() {
        give_card(state, responder);
    }
}

pub(super) fn on_answered(state: &mut NetworkState, (kind, responder, answer): InboundAnswer) {
    let most = match kind {
        RequestKind::Card => card_protocol::ANSWER_BYTES,
        RequestKind::Batch => RECEIPTS_BYTES,
        RequestKind::Service(_) => BATCH_BYTES,
    };
    match answer {
        Some(bytes) if bytes.len() <= most => reply(state, kind, responder, bytes.into()),
        Some(bytes) => tracing::error!(size = bytes.len(), "an answer of this node is too large to be sent"),
        None => tracing::debug!(connection = %responder.connection, "this node gave no answer in time"),
    }
}

fn reply(state: &mut NetworkState, kind: RequestKind, responder: Responder, bytes: Bytes) {
    state.behaviour_of(kind).answer(responder.connection, responder.channel, bytes);
}
