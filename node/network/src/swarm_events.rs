//! Events of the swarm, and what is done about each.

use std::time::Instant;

use ai2ai_discovery::address::{self, is_of_this_network, split_peer};
use ai2ai_discovery::mdns::MdnsEvent;
use ai2ai_discovery::relays::relay_of;
use libp2p::core::ConnectedPoint;
use libp2p::core::transport::ListenerId;
use libp2p::swarm::{ConnectionId, DialError, SwarmEvent};
use libp2p::{Multiaddr, PeerId, identify, mdns, ping, relay};

use crate::actor::Actor;
use crate::behaviour::{BehaviourEvent, CARD, ENVELOPE, MAILBOX};
use crate::clock;
use crate::connections::{CloseReason, Link, Pulse};
use crate::error::{attempts, is_crossed, root_cause};
use crate::event::{NetworkEvent, Path, VolunteerService};
use crate::requests::outbound::RequestKind;

impl Actor {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the enum is open; what is left out needs nothing done")]
    pub(crate) fn on_swarm_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.on_opened(peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, cause, .. } => {
                tracing::debug!(peer = %peer_id, connection = %connection_id, ?cause, "a connection closed");
                self.connections.closed(&peer_id, connection_id);
                self.settle(peer_id);
                self.show();
            }
            SwarmEvent::OutgoingConnectionError { peer_id: Some(peer), connection_id, error } => {
                self.on_dial_failed(peer, connection_id, &error);
            }
            SwarmEvent::IncomingConnectionError { send_back_addr, error, .. } => {
                // Mostly the losing half of a dial over TCP and QUIC at once.
                tracing::debug!(from = %send_back_addr, %error, "a connection was not made");
            }
            SwarmEvent::NewListenAddr { listener_id, address } => self.on_listening(listener_id, self.bare(address)),
            SwarmEvent::ExpiredListenAddr { address, .. } => self.on_address_lost(self.bare(address)),
            SwarmEvent::ListenerClosed { listener_id, addresses, reason } => {
                self.on_place_lost(listener_id);
                let reason = reason.err().map_or_else(|| "closed".to_owned(), |error| root_cause(&error));
                for address in addresses {
                    self.not_listening(self.bare(address), reason.clone());
                }
            }
            SwarmEvent::ExternalAddrConfirmed { address } => self.on_reachable_at(address),
            SwarmEvent::ExternalAddrExpired { .. } => self.show_outside(),
            SwarmEvent::ListenerError { error, .. } => tracing::warn!(%error, "a listener is in trouble"),
            _ => {}
        }
    }

    fn on_behaviour(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Cards(event) => self.on_request_event(RequestKind::Card, event),
            BehaviourEvent::Batches(event) => self.on_request_event(RequestKind::Batch, event),
            BehaviourEvent::Mailbox(event) => {
                self.on_request_event(RequestKind::Service(VolunteerService::Mailbox), event)
            }
            BehaviourEvent::Directory(event) => {
                self.on_request_event(RequestKind::Service(VolunteerService::Directory), event)
            }
            BehaviourEvent::Identify(event) => self.on_identify(event),
            BehaviourEvent::Ping(event) => self.on_ping(&event),
            BehaviourEvent::Mdns(event) => self.on_mdns(event),
            BehaviourEvent::RelayClient(event) => self.on_relay(&event),
            BehaviourEvent::Dht(event) => self.on_dht(event),
            BehaviourEvent::AutonatClient(event) => self.on_probe(&event),
            BehaviourEvent::AutonatServer(event) => tracing::debug!(?event, "dialled back"),
            BehaviourEvent::Dcutr(event) => self.on_hole(&event),
            BehaviourEvent::RelayServer(event) => tracing::debug!(?event, "relaying"),
            BehaviourEvent::Blocked(never)
            | BehaviourEvent::Limits(never)
            | BehaviourEvent::Memory(never)
            | BehaviourEvent::DcutrCandidates(never) => match never {},
        }
    }

    fn on_opened(&mut self, peer: PeerId, id: ConnectionId, endpoint: &ConnectedPoint) {
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
        self.connections.opened(peer, link);
        self.show();
        self.dialer.connected(&peer);
        for request in self.outbound.take_waiting(&peer) {
            self.send(request, id);
        }
    }

    fn on_dial_failed(&mut self, peer: PeerId, connection: ConnectionId, error: &DialError) {
        tracing::debug!(%peer, %error, "a dial failed");
        if is_crossed(error) && self.dialer.crossed(&peer, connection, Instant::now()) {
            return;
        }
        let Some(dialled) = self.dialer.addresses(&peer, connection) else { return };
        let attempts = attempts(error, dialled);
        let step = self.dialer.failed(peer, connection, attempts, Instant::now());
        self.take_step(peer, step);
    }

    /// Any libp2p program may have been found; who does not speak our protocols is sent away.
    fn on_identify(&mut self, event: identify::Event) {
        let identify::Event::Received { connection_id, peer_id, info } = event else { return };
        if info.protocols.iter().any(|protocol| *protocol == CARD || *protocol == ENVELOPE) {
            let serves = [MAILBOX, relay::HOP_PROTOCOL_NAME].iter().any(|served| info.protocols.contains(served));
            self.connections.speaks(&peer_id, connection_id);
            let is_new = self.connections.serves(&peer_id, connection_id, serves);
            self.settle(peer_id);
            self.show();
            self.on_server_met(peer_id, connection_id, &info);
            self.on_volunteer_met(peer_id, connection_id, &info);
            if is_new {
                self.be_seen_by_quic(peer_id, connection_id, &info);
            }
        } else {
            self.close(peer_id, connection_id, CloseReason::Foreign);
        }
    }

    fn on_ping(&mut self, event: &ping::Event) {
        match &event.result {
            Ok(_) => self.connections.pulse(&event.peer, event.connection, Pulse::Heard(Instant::now())),
            Err(ping::Failure::Unsupported) => self.connections.pulse(&event.peer, event.connection, Pulse::Mute),
            Err(ping::Failure::Timeout | ping::Failure::Other { .. }) => {
                self.close(event.peer, event.connection, CloseReason::Dead);
            }
        }
    }

    fn on_mdns(&mut self, event: mdns::Event) {
        for heard in self.ears.hear(event, clock::now()) {
            match heard {
                MdnsEvent::Found(finding) => {
                    self.dialer.heard(finding.peer, Instant::now());
                    self.events.tell(NetworkEvent::Found { finding });
                }
                MdnsEvent::Gone(peer) => {
                    self.dialer.gone(&peer);
                    self.events.tell(NetworkEvent::Gone { peer });
                }
            }
        }
    }

    /// A place at a relay is listened on with our own id at its end; the others without.
    fn bare(&self, address: Multiaddr) -> Multiaddr {
        match split_peer(&address) {
            (bare, Some(peer)) if peer == self.me => bare,
            _ => address,
        }
    }

    fn on_listening(&mut self, listener: ListenerId, address: Multiaddr) {
        if relay_of(&address).is_none() {
            self.nearby.listening(listener, &address, Instant::now());
            self.touch_soon(Instant::now());
        }
        if self.is_volunteer && !is_of_this_network(&address) {
            self.swarm.add_external_address(address.clone());
            self.show_outside();
        }
        self.shown.send_modify(|view| view.listening.push(address.clone()));
        self.events.tell(NetworkEvent::Listening { address });
    }

    /// Connections from an address that this machine has lost hang until somebody closes them.
    fn on_address_lost(&mut self, address: Multiaddr) {
        if relay_of(&address).is_none() {
            for connection in self.connections.hanging(&address) {
                self.swarm.close_connection(connection);
            }
            self.swarm.remove_external_address(&address);
            if !address::is_loopback(&address) {
                self.forget_outside();
            }
        }
        self.not_listening(address, "this machine no longer has the address".to_owned());
    }

    pub(crate) fn not_listening(&mut self, address: Multiaddr, reason: String) {
        self.shown.send_modify(|view| view.listening.retain(|listening| *listening != address));
        self.events.tell(NetworkEvent::NotListening { address, reason });
    }
}
