//! Events of the swarm, and what is done about each.

use std::time::Instant;

use ai2ai_discovery::address::{self, is_of_this_network, split_peer};
use ai2ai_discovery::mdns::MdnsEvent;
use ai2ai_discovery::relays::relay_of;
use libp2p::core::ConnectedPoint;
use libp2p::core::transport::ListenerId;
use libp2p::request_response::{Event, Message};
use libp2p::swarm::{ConnectionId, DialError, SwarmEvent};
use libp2p::{Multiaddr, PeerId, identify, mdns, ping, relay};

use super::state::NetworkState;
use super::{inbound, outbound, outside, relays, table};
use crate::behaviour::{BehaviourEvent, CARD, ENVELOPE, MAILBOX};
use crate::clock;
use crate::connections::{CloseReason, Link, Pulse};
use crate::error::{attempts, is_crossed, root_cause};
use crate::event::{NetworkEvent, Path, VolunteerService};
use crate::requests::inbound::Responder;
use crate::requests::outbound::{RequestKey, RequestKind};
use crate::requests::per_connection::RequestEvent;

#[expect(clippy::wildcard_enum_match_arm, reason = "the enum is open; what is left out needs nothing done")]
pub(super) fn on_swarm_event(state: &mut NetworkState, event: SwarmEvent<BehaviourEvent>) {
    match event {
        SwarmEvent::Behaviour(event) => on_behaviour(state, event),
        SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
            on_opened(state, peer_id, connection_id, &endpoint);
        }
        SwarmEvent::ConnectionClosed { peer_id, connection_id, cause, .. } => {
            tracing::debug!(peer = %peer_id, connection = %connection_id, ?cause, "a connection closed");
            state.connections.closed(&peer_id, connection_id);
            state.settle(peer_id);
            state.show();
        }
        SwarmEvent::OutgoingConnectionError { peer_id: Some(peer), connection_id, error } => {
            on_dial_failed(state, peer, connection_id, &error);
        }
        SwarmEvent::IncomingConnectionError { send_back_addr, error, .. } => {
            // Mostly the losing half of a dial over TCP and QUIC at once.
            tracing::debug!(from = %send_back_addr, %error, "a connection was not made");
        }
        SwarmEvent::NewListenAddr { listener_id, address } => on_listening(state, listener_id, state.bare(address)),
        SwarmEvent::ExpiredListenAddr { address, .. } => on_address_lost(state, state.bare(address)),
        SwarmEvent::ListenerClosed { listener_id, addresses, reason } => {
            relays::on_place_lost(state, listener_id);
            let reason = reason.err().map_or_else(|| "closed".to_owned(), |error| root_cause(&error));
            for address in addresses {
                state.not_listening(state.bare(address), reason.clone());
            }
        }
        SwarmEvent::ExternalAddrConfirmed { address } => outside::on_reachable_at(state, address),
        SwarmEvent::ExternalAddrExpired { .. } => outside::show_outside(state),
        SwarmEvent::ListenerError { error, .. } => tracing::warn!(%error, "a listener is in trouble"),
        _ => {}
    }
}

fn on_behaviour(state: &mut NetworkState, event: BehaviourEvent) {
    match event {
        BehaviourEvent::Cards(event) => on_request_event(state, RequestKind::Card, event),
        BehaviourEvent::Batches(event) => on_request_event(state, RequestKind::Batch, event),
        BehaviourEvent::Mailbox(event) => {
            on_request_event(state, RequestKind::Service(VolunteerService::Mailbox), event)
        }
        BehaviourEvent::Directory(event) => {
            on_request_event(state, RequestKind::Service(VolunteerService::Directory), event)
        }
        BehaviourEvent::Identify(event) => on_identify(state, event),
        BehaviourEvent::Ping(event) => on_ping(state, &event),
        BehaviourEvent::Mdns(event) => on_mdns(state, event),
        BehaviourEvent::RelayClient(event) => relays::on_relay(state, &event),
        BehaviourEvent::Dht(event) => table::on_dht(state, event),
        BehaviourEvent::AutonatClient(event) => outside::on_probe(state, &event),
        BehaviourEvent::AutonatServer(event) => tracing::debug!(?event, "dialled back"),
        BehaviourEvent::Dcutr(event) => relays::on_hole(&event),
        BehaviourEvent::RelayServer(event) => tracing::debug!(?event, "relaying"),
        BehaviourEvent::Blocked(never)
        | BehaviourEvent::Limits(never)
        | BehaviourEvent::Memory(never)
        | BehaviourEvent::DcutrCandidates(never) => match never {},
    }
}

fn on_opened(state: &mut NetworkState, peer: PeerId, id: ConnectionId, endpoint: &ConnectedPoint) {
    let now = Instant::now();
    let (remote, local) = match endpoint {
        ConnectedPoint::Dialer { address, .. } => (address, None),
        ConnectedPoint::Listener { local_addr, send_back_addr } => (send_back_addr, Some(local_addr.clone())),
    };
    let link = Link {
        id,
        path: Path::of(endpoint),
        remote: split_peer(remote).0,
        local,
        since: now,
        pulse: Pulse::Heard(now),
        speaks: false,
        serves: None,
    };
    tracing::debug!(%peer, connection = %id, path = %link.path, "a connection opened");
    state.connections.opened(peer, link);
    state.show();
    state.dialer.connected(&peer);
    for request in state.outbound.take_waiting(&peer) {
        outbound::send(state, request, id);
    }
}

fn on_dial_failed(state: &mut NetworkState, peer: PeerId, connection: ConnectionId, error: &DialError) {
    tracing::debug!(%peer, %error, "a dial failed");
    if is_crossed(error) && state.dialer.crossed(&peer, connection, Instant::now()) {
        return;
    }
    let Some(dialled) = state.dialer.addresses(&peer, connection) else { return };
    let attempts = attempts(error, dialled);
    let step = state.dialer.failed(peer, connection, attempts, Instant::now());
    outbound::take_step(state, peer, step);
}

/// Any libp2p program may have been found; who does not speak our protocols is sent away.
fn on_identify(state: &mut NetworkState, event: identify::Event) {
    let identify::Event::Received { connection_id, peer_id, info } = event else { return };
    if info.protocols.iter().any(|protocol| *protocol == CARD || *protocol == ENVELOPE) {
        let serves = [MAILBOX, relay::HOP_PROTOCOL_NAME].iter().any(|served| info.protocols.contains(served));
        state.connections.speaks(&peer_id, connection_id);
        let is_new = state.connections.serves(&peer_id, connection_id, serves);
        state.settle(peer_id);
        state.show();
        table::on_server_met(state, peer_id, connection_id, &info);
        relays::on_volunteer_met(state, peer_id, connection_id, &info);
        if is_new {
            relays::be_seen_by_quic(state, peer_id, connection_id, &info);
        }
    } else {
        state.close(peer_id, connection_id, CloseReason::Foreign);
    }
}

fn on_ping(state: &mut NetworkState, event: &ping::Event) {
    match &event.result {
        Ok(_) => state.connections.pulse(&event.peer, event.connection, Pulse::Heard(Instant::now())),
        Err(ping::Failure::Unsupported) => state.connections.pulse(&event.peer, event.connection, Pulse::Mute),
        Err(ping::Failure::Timeout | ping::Failure::Other { .. }) => {
            state.close(event.peer, event.connection, CloseReason::Dead);
        }
    }
}

fn on_mdns(state: &mut NetworkState, event: mdns::Event) {
    for heard in state.ears.hear(event, clock::now()) {
        match heard {
            MdnsEvent::Found(finding) => {
                state.dialer.heard(finding.peer, Instant::now());
                state.events.tell(NetworkEvent::Found { finding });
            }
            MdnsEvent::Gone(peer) => {
                state.dialer.gone(&peer);
                state.events.tell(NetworkEvent::Gone { peer });
            }
        }
    }
}

fn on_listening(state: &mut NetworkState, listener: ListenerId, address: Multiaddr) {
    if relay_of(&address).is_none() {
        state.nearby.listening(listener, &address, Instant::now());
        table::touch_soon(state, Instant::now());
    }
    if state.is_volunteer && !is_of_this_network(&address) {
        state.swarm.add_external_address(address.clone());
        outside::show_outside(state);
    }
    state.shown.send_modify(|view| view.listening.push(address.clone()));
    state.events.tell(NetworkEvent::Listening { address });
}

/// Connections from an address that this machine has lost hang until somebody closes them.
fn on_address_lost(state: &mut NetworkState, address: Multiaddr) {
    if relay_of(&address).is_none() {
        for connection in state.connections.hanging(&address) {
            state.swarm.close_connection(connection);
        }
        state.swarm.remove_external_address(&address);
        if !address::is_loopback(&address) {
            outside::forget_outside(state);
        }
    }
    state.not_listening(address, "this machine no longer has the address".to_owned());
}

fn on_request_event(state: &mut NetworkState, kind: RequestKind, event: RequestEvent) {
    match event {
        Event::Message { peer, connection_id: connection, message } => {
            state.connections.speaks(&peer, connection);
            state.settle(peer);
            match message {
                Message::Request { request_id, request, channel } => {
                    state.inbound.began(kind, connection, request_id);
                    let responder = Responder { connection, channel, _permit: request.permit };
                    inbound::on_request(state, kind, peer, responder, request.bytes);
                }
                Message::Response { request_id: id, response } => {
                    outbound::on_response(state, &RequestKey { kind, connection, id }, response);
                }
            }
        }
        Event::OutboundFailure { connection_id: connection, request_id: id, error, .. } => {
            outbound::on_failure(state, &RequestKey { kind, connection, id }, error);
        }
        Event::InboundFailure { connection_id, request_id, error, .. } => {
            tracing::debug!(connection = %connection_id, %error, "a request stays without an answer");
            state.inbound.ended(kind, connection_id, request_id, Instant::now());
        }
        Event::ResponseSent { connection_id, request_id, .. } => {
            state.inbound.ended(kind, connection_id, request_id, Instant::now());
        }
    }
}
