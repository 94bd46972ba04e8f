//! Requests of this node: sent over the connection that counts, or over one that is dialled for them.

use std::time::Instant;

use libp2p::PeerId;
use libp2p::bytes::Bytes;
use libp2p::request_response::OutboundFailure;
use libp2p::swarm::ConnectionId;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};

use super::state::NetworkState;
use crate::connections::CloseReason;
use crate::connections::dialer::DialStep;
use crate::error::{NetworkError, attempts};
use crate::requests::outbound::{OutboundRequest, RequestKey, RequestKind, Response};

/// Reason why a relayed connection closed, most likely.
const RELAY_ENDED: &str =
    "the connection through a volunteer ended, twice: each lasts only so long there, and for so many bytes";

pub(super) fn ask(state: &mut NetworkState, request: OutboundRequest) {
    let peer = request.peer;
    if peer == state.me {
        request.end(Err(NetworkError::Ourselves));
    } else if state.swarm.behaviour().blocked.blocked_peers().contains(&peer) {
        request.end(Err(NetworkError::Blocked { peer }));
    } else if state.outbound.is_full(&peer) {
        request.end(Err(NetworkError::Busy { peer }));
    } else if let Some(connection) = state.connections.chosen(&peer) {
        send(state, request, connection);
    } else {
        connect_for(state, request);
    }
}

pub(super) fn send(state: &mut NetworkState, mut request: OutboundRequest, connection: ConnectionId) {
    request.relay = state.connections.relay(&request.peer, connection);
    let kind = request.kind;
    let bytes = request.bytes.clone();
    match state.behaviour_of(kind).ask(connection, &request.peer, bytes) {
        Some(id) => state.outbound.sent(RequestKey { kind, connection, id }, request, Instant::now()),
        None => connect_for(state, request),
    }
}

fn connect_for(state: &mut NetworkState, request: OutboundRequest) {
    let peer = request.peer;
    let step = state.dialer.want(peer, &request.addresses, Instant::now());
    state.outbound.wait(request);
    take_step(state, peer, step);
}

/// Does what the dials ask for, until there is nothing to do but wait.
pub(super) fn take_step(state: &mut NetworkState, peer: PeerId, mut step: DialStep) {
    while let DialStep::Dial(addresses) = step {
        let options = DialOpts::peer_id(peer).condition(PeerCondition::Always).addresses(addresses.clone()).build();
        let connection = options.connection_id();
        state.dialer.begun(&peer, connection, addresses.clone(), Instant::now());
        step = match state.swarm.dial(options) {
            Ok(()) => DialStep::Wait,
            Err(error) => state.dialer.failed(peer, connection, attempts(&error, &addresses), Instant::now()),
        };
    }
    if let DialStep::NoRoute(tried) = step {
        state.outbound.no_route(peer, &tried);
    }
}

pub(super) fn on_response(state: &mut NetworkState, key: &RequestKey, bytes: Bytes) {
    let Some((request, sent_at)) = state.outbound.take(key) else { return };
    request.end(Ok(Response { bytes, rtt: sent_at.elapsed() }));
}

pub(super) fn on_failure(state: &mut NetworkState, key: &RequestKey, failure: OutboundFailure) {
    let Some((mut request, _)) = state.outbound.take(key) else { return };
    let peer = request.peer;
    if let (OutboundFailure::ConnectionClosed, Some(relay)) = (&failure, request.relay) {
        state.dialer.back_off(peer, relay, key.connection, Instant::now());
    }
    match failure {
        OutboundFailure::ConnectionClosed if !request.sent_before && !state.is_stopping => {
            request.sent_before = true;
            ask(state, request);
        }
        OutboundFailure::UnsupportedProtocols => request.end(Err(match key.kind {
            RequestKind::Card | RequestKind::Batch => NetworkError::NotAi2ai { peer },
            RequestKind::Service(_) => NetworkError::NoService { peer },
        })),
        OutboundFailure::Timeout => {
            state.close(peer, key.connection, CloseReason::Dead);
            request.end(no_answer(peer, "it took too long"));
        }
        OutboundFailure::ConnectionClosed if request.relay.is_some() => request.end(no_answer(peer, RELAY_ENDED)),
        OutboundFailure::ConnectionClosed => request.end(no_answer(peer, "the connection closed")),
        OutboundFailure::DialFailure => request.end(no_answer(peer, "the connection was lost")),
        OutboundFailure::Io(error) => request.end(no_answer(peer, &error.to_string())),
    }
}

fn no_answer<T>(peer: PeerId, reason: &str) -> Result<T, NetworkError> {
    Err(NetworkError::NoAnswer { peer, reason: reason.to_owned() })
}
