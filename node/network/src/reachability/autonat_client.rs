//! Client of AutoNAT v2: asks volunteers whether this node can be reached.
//!
//! What is asked about was mostly said by others, so it is bounded, and only what may be an address of this node in the open
//! internet is asked about. Each is asked about once; when this machine moves to another network, all is asked anew.

use std::collections::{BTreeSet, HashMap};
use std::task::{Context, Poll};

use ai2ai_discovery::address::{self, Reach, is_of_this_network};
use ai2ai_discovery::relays::relay_of;
use libp2p::autonat::v2::client;
use libp2p::core::transport::PortUse;
use libp2p::core::{ConnectedPoint, Endpoint};
use libp2p::swarm::behaviour::ConnectionEstablished;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NewExternalAddrCandidate, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};

use crate::limits::{PROBE_EVERY, PROBED};

/// The client's side of AutoNAT v2.
pub(crate) struct AutonatClient {
    me: PeerId,
    client: client::Behaviour,
    open: HashMap<ConnectionId, (PeerId, ConnectedPoint)>,
    asked_about: BTreeSet<Multiaddr>,
}

impl AutonatClient {
    pub(crate) fn new(me: PeerId) -> Self {
        Self { me, client: client(), open: HashMap::new(), asked_about: BTreeSet::new() }
    }

    /// Forgets what was found out, and asks anew.
    pub(crate) fn begin_anew(&mut self) {
        self.client = client();
        self.asked_about.clear();
        for (connection_id, (peer_id, endpoint)) in &self.open {
            self.client.on_swarm_event(FromSwarm::ConnectionEstablished(ConnectionEstablished {
                peer_id: *peer_id,
                connection_id: *connection_id,
                endpoint,
                failed_addresses: &[],
                other_established: 0,
            }));
        }
    }

    /// The address to ask about, if it is worth it.
    fn worth_asking(&mut self, address: &Multiaddr) -> Option<Multiaddr> {
        let bare = address::useful(address, &self.me, Reach::Elsewhere).ok()?;
        let is_outside = relay_of(&bare).is_none() && !is_of_this_network(&bare);
        let has_room = self.asked_about.len() < PROBED || self.asked_about.contains(&bare);
        if !is_outside || !has_room {
            return None;
        }
        self.asked_about.insert(bare.clone());
        Some(bare)
    }
}

fn client() -> client::Behaviour {
    client::Behaviour::new(rand::make_rng(), client::Config::default().with_probe_interval(PROBE_EVERY))
}

impl NetworkBehaviour for AutonatClient {
    type ConnectionHandler = <client::Behaviour as NetworkBehaviour>::ConnectionHandler;
    type ToSwarm = client::Event;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.client.handle_established_inbound_connection(connection, peer, local, remote)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port_use: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.client.handle_established_outbound_connection(connection, peer, address, role, port_use)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::NewExternalAddrCandidate(candidate) = &event {
            if let Some(addr) = self.worth_asking(candidate.addr) {
                let candidate = NewExternalAddrCandidate { addr: &addr };
                self.client.on_swarm_event(FromSwarm::NewExternalAddrCandidate(candidate));
            }
            return;
        }
        if let FromSwarm::ConnectionEstablished(opened) = &event {
            self.open.insert(opened.connection_id, (opened.peer_id, opened.endpoint.clone()));
        } else if let FromSwarm::ConnectionClosed(closed) = &event {
            self.open.remove(&closed.connection_id);
        }
        self.client.on_swarm_event(event);
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, event: THandlerOutEvent<Self>) {
        self.client.on_connection_handler_event(peer, connection, event);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        self.client.poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_few_addresses_in_the_open_internet_are_asked_about() {
        let me = PeerId::random();
        let mut probes = AutonatClient::new(me);
        let mut worth = |text: &str| probes.worth_asking(&text.parse().expect("an address")).map(|a| a.to_string());
        for useless in [
            "/ip4/192.168.1.7/tcp/4001",
            "/ip4/127.0.0.1/tcp/4001",
            "/ip4/0.0.0.0/tcp/4001",
            "/memory/7",
            &format!("/ip4/203.0.113.7/tcp/4001/p2p/{}", PeerId::random()),
            &format!("/ip4/203.0.113.7/tcp/4001/p2p/{}/p2p-circuit", PeerId::random()),
        ] {
            assert_eq!(worth(useless), None, "{useless}");
        }
        let good = "/ip4/203.0.113.7/tcp/4001";
        assert_eq!(worth(&format!("{good}/p2p/{me}")).as_deref(), Some(good));
        let asked = (1..1_000).filter(|port| worth(&format!("/ip4/203.0.113.7/tcp/{port}")).is_some()).count();
        assert_eq!(asked, PROBED - 1);
        assert_eq!(worth(good).as_deref(), Some(good), "what was asked about is known");
    }
}
