//! Places at relays: a node behind a router keeps some, and is reached through them.

use std::time::Instant;

use ai2ai_discovery::address::{is_loopback, is_of_this_network, split_peer};
use ai2ai_discovery::relays::relay_of;
use libp2p::core::transport::ListenerId;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::ConnectionId;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::{Multiaddr, PeerId, dcutr, identify, relay};

use super::outside;
use super::state::NetworkState;
use crate::behaviour::{DIRECTORY, MAILBOX};
use crate::dht::passes;
use crate::event::{Carrier, NetworkEvent, Path, VolunteerService};
use crate::limits::DIAL_ADDRESSES;

/// A peer that relays is a place to ask for, one with a mailbox may keep our mail; and what it sees of us is what others can
/// dial.
pub(super) fn on_volunteer_met(
    state: &mut NetworkState,
    peer: PeerId,
    connection: ConnectionId,
    info: &identify::Info,
) {
    let Some((Path::Direct(_), remote)) = state.connections.dialled(&peer, connection) else { return };
    for (protocol, service) in [(MAILBOX, VolunteerService::Mailbox), (DIRECTORY, VolunteerService::Directory)] {
        if info.protocols.contains(&protocol) {
            state.events.tell(NetworkEvent::Volunteer { peer, address: remote.clone(), service });
        }
    }
    if !info.protocols.contains(&relay::HOP_PROTOCOL_NAME) || !state.is_guest || has_public_listener(state) {
        return;
    }
    for address in seen_as(&info.observed_addr, &state.shown.borrow().listening) {
        state.swarm.behaviour_mut().dcutr_candidates.seen(address);
    }
    state.relays.offers(peer, remote, Instant::now());
    ask_relays(state, Instant::now());
}

/// A relay that was reached by TCP sees only the port that the router gave to TCP. Most holes are punched by UDP, so it is to
/// see that port too.
pub(super) fn be_seen_by_quic(state: &mut NetworkState, peer: PeerId, connection: ConnectionId, info: &identify::Info) {
    let by_tcp = matches!(state.connections.dialled(&peer, connection), Some((Path::Direct(Carrier::Tcp), _)));
    let relays = info.protocols.contains(&relay::HOP_PROTOCOL_NAME);
    if !by_tcp || !relays || !state.is_guest || state.connections.has(&peer, Carrier::Quic) {
        return;
    }
    let is_quic = |address: &&Multiaddr| address.iter().any(|part| part == Protocol::QuicV1);
    let doors = info.listen_addrs.iter().filter(is_quic).filter(|address| passes(address, &peer));
    let doors: Vec<Multiaddr> = doors.take(DIAL_ADDRESSES).cloned().collect();
    if doors.is_empty() {
        return;
    }
    let options = DialOpts::peer_id(peer).condition(PeerCondition::Always).addresses(doors).build();
    if let Err(error) = state.swarm.dial(options) {
        tracing::debug!(%peer, %error, "a relay that is reached by TCP was not dialled by QUIC");
    }
}

/// Whether others reach one of its own listeners, so that it needs no relay.
fn has_public_listener(state: &NetworkState) -> bool {
    let outside = |address: &Multiaddr| relay_of(address).is_none() && !state.found_outside.contains(address);
    state.swarm.external_addresses().any(outside)
}

/// Asks for the places that are missing.
pub(super) fn ask_relays(state: &mut NetworkState, now: Instant) {
    for (peer, address) in state.relays.next(now) {
        match state.swarm.listen_on(address.clone()) {
            Ok(listener) => drop(state.places.insert(listener, peer)),
            Err(error) => {
                tracing::debug!(%address, %error, "a relay could not be asked");
                state.relays.lost(&peer, now);
            }
        }
    }
}

pub(super) fn on_relay(state: &mut NetworkState, event: &relay::client::Event) {
    match event {
        relay::client::Event::ReservationReqAccepted { relay_peer_id, renewal, .. } => {
            tracing::debug!(relay = %relay_peer_id, renewal, "a relay holds a place for this node");
            state.relays.given(relay_peer_id);
            outside::show_outside(state);
        }
        relay::client::Event::OutboundCircuitEstablished { .. }
        | relay::client::Event::InboundCircuitEstablished { .. } => {}
    }
}

/// A listener ended. If it was a place at a relay, another is asked for.
pub(super) fn on_place_lost(state: &mut NetworkState, listener: ListenerId) {
    if let Some(peer) = state.places.remove(&listener) {
        tracing::info!(relay = %peer, "a relay holds no place for this node any more");
        state.relays.lost(&peer, Instant::now());
        outside::show_outside(state);
    }
}

pub(super) fn on_hole(event: &dcutr::Event) {
    match &event.result {
        Ok(_) => tracing::debug!(peer = %event.remote_peer_id, "a direct path was opened"),
        Err(error) => tracing::debug!(peer = %event.remote_peer_id, %error, "no direct path: the relay goes on"),
    }
}

/// Addresses that others can dial, and that no listener of this machine has.
pub(super) fn announce(state: &mut NetworkState, addresses: &[Multiaddr]) {
    for address in addresses {
        state.swarm.add_external_address(address.clone());
        state.shown.send_modify(|view| view.listening.push(address.clone()));
    }
}

/// Where others may dial a node that a relay sees at an address: there, and, since most routers keep the port, at the ports that
/// it listens on. A relay sees only one transport, and the other side may be able to use only the other.
fn seen_as(observed: &Multiaddr, listening: &[Multiaddr]) -> Vec<Multiaddr> {
    let Some(outside) = observed.iter().next().filter(|part| matches!(part, Protocol::Ip4(_) | Protocol::Ip6(_)))
    else {
        return Vec::new();
    };
    if relay_of(observed).is_some() || is_of_this_network(observed) {
        return Vec::new();
    }
    let mut addresses = vec![split_peer(observed).0];
    for inside in listening.iter().filter(|inside| relay_of(inside).is_none() && !is_loopback(inside)) {
        let ip = inside.iter().next();
        let is_same_kind = ip.is_some_and(|ip| std::mem::discriminant(&ip) == std::mem::discriminant(&outside));
        let Some(moved) = inside.replace(0, |_| Some(outside.clone())).filter(|_| is_same_kind) else { continue };
        if !addresses.contains(&moved) {
            addresses.push(moved);
        }
    }
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<Multiaddr> {
        texts.iter().map(|text| text.parse().expect("an address")).collect()
    }

    #[test]
    fn a_node_is_told_to_be_where_it_was_seen_and_where_its_router_would_keep_its_ports() {
        let listening = addresses(&[
            "/ip4/127.0.0.1/udp/4001/quic-v1",
            "/ip4/192.168.1.5/udp/4001/quic-v1",
            "/ip4/192.168.1.5/tcp/4002",
            "/ip6/fd00::5/tcp/4002",
        ]);
        let seen = seen_as(&addresses(&["/ip4/203.0.113.9/udp/61000/quic-v1"])[0], &listening);
        let told =
            ["/ip4/203.0.113.9/udp/61000/quic-v1", "/ip4/203.0.113.9/udp/4001/quic-v1", "/ip4/203.0.113.9/tcp/4002"];
        assert_eq!(seen, addresses(&told));
        for useless in ["/ip4/192.168.1.9/tcp/4001", "/ip4/127.0.0.1/tcp/4001", "/dns4/x.example/tcp/4001"] {
            assert_eq!(seen_as(&addresses(&[useless])[0], &listening), [], "{useless}");
        }
    }
}
