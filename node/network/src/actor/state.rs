//! State of the network: the swarm, and what is known of each connection, request and address.

use std::collections::HashMap;
use std::time::Instant;

use ai2ai_discovery::address::{is_of_this_network, split_peer};
use ai2ai_discovery::mdns::Ears;
use ai2ai_discovery::relays::{Relays, relay_of};
use libp2p::core::transport::ListenerId;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId, Swarm};
use tokio::sync::{mpsc, watch};

use crate::NetworkConfig;
use crate::behaviour::Behaviour;
use crate::connections::dialer::Dialer;
use crate::connections::nearby::Nearby;
use crate::connections::{Change, CloseReason, Connections};
use crate::dht::DhtState;
use crate::event::{NetworkEvent, VolunteerService};
use crate::event_queue::EventQueue;
use crate::handle::{NetworkCommand, NetworkView, SharedCard};
use crate::limits::ROUND;
use crate::reachability::Outside;
use crate::requests::inbound::InboundRequests;
use crate::requests::outbound::{OutboundRequests, RequestKind};
use crate::requests::per_connection::PerConnection;

/// State of the network.
pub(crate) struct NetworkState {
    pub(crate) me: PeerId,
    pub(crate) swarm: Swarm<Behaviour>,
    pub(crate) orders: mpsc::Receiver<NetworkCommand>,
    pub(crate) card: watch::Receiver<SharedCard>,
    pub(crate) shown: watch::Sender<NetworkView>,
    pub(crate) events: EventQueue,
    pub(crate) connections: Connections,
    pub(crate) dialer: Dialer,
    pub(crate) outbound: OutboundRequests,
    pub(crate) inbound: InboundRequests,
    pub(crate) nearby: Nearby,
    pub(crate) ears: Ears,
    pub(crate) relays: Relays,
    /// The listeners that are places at relays.
    pub(crate) places: HashMap<ListenerId, PeerId>,
    /// Whether others reach this node only through relays, as far as is known.
    pub(crate) is_guest: bool,
    /// Whether it relays for others.
    pub(crate) is_volunteer: bool,
    pub(crate) table: DhtState,
    /// What others have found out about this node.
    pub(crate) outside: Outside,
    /// Addresses of this node that no listener has, and that a volunteer reached it at.
    pub(crate) found_outside: Vec<Multiaddr>,
    /// When dead, surplus and foreign connections are looked for next.
    pub(crate) round_at: Instant,
    /// Nothing new is begun any more.
    pub(crate) is_stopping: bool,
}

impl NetworkState {
    /// The state of a network that starts.
    pub(crate) fn new(
        swarm: Swarm<Behaviour>,
        config: &NetworkConfig,
        orders: mpsc::Receiver<NetworkCommand>,
        card: watch::Receiver<SharedCard>,
        shown: watch::Sender<NetworkView>,
        events: mpsc::Sender<NetworkEvent>,
    ) -> Self {
        let me = *swarm.local_peer_id();
        let now = Instant::now();
        Self {
            me,
            swarm,
            orders,
            card,
            shown,
            events: EventQueue::new(events),
            connections: Connections::new(me, config.relaying.is_some()),
            dialer: Dialer::new(me),
            outbound: OutboundRequests::default(),
            inbound: InboundRequests::default(),
            nearby: Nearby::new(config.mdns, now),
            ears: Ears::default(),
            relays: Relays::default(),
            places: HashMap::new(),
            is_volunteer: config.relaying.is_some(),
            is_guest: config.relaying.is_none() && config.announce.is_empty(),
            outside: Outside::default(),
            found_outside: Vec::new(),
            table: DhtState::new(config.publishes, config.remembered.clone(), now),
            round_at: now + ROUND,
            is_stopping: false,
        }
    }

    pub(crate) fn close(&mut self, peer: PeerId, connection: ConnectionId, why: CloseReason) {
        tracing::debug!(%peer, %connection, ?why, "closing a connection");
        if let (CloseReason::Dead, Some(relay)) = (why, self.connections.relay(&peer, connection)) {
            self.dialer.back_off(peer, relay, connection, Instant::now());
        }
        self.swarm.close_connection(connection);
    }

    /// Tells the node what became of its connections with the peer, and shows the present ones.
    pub(crate) fn settle(&mut self, peer: PeerId) {
        match self.connections.change(&peer) {
            Some(Change::Connected(path)) => self.events.tell(NetworkEvent::Connected { peer, path }),
            Some(Change::Disconnected) => self.events.tell(NetworkEvent::Disconnected { peer }),
            None => return,
        }
        self.show();
    }

    pub(crate) fn show(&mut self) {
        let connections = self.connections.chosen_ones();
        let open = self.connections.open();
        self.shown.send_modify(|view| (view.connections, view.open) = (connections, open));
    }

    pub(crate) fn not_listening(&mut self, address: Multiaddr, reason: String) {
        self.shown.send_modify(|view| view.listening.retain(|listening| *listening != address));
        self.events.tell(NetworkEvent::NotListening { address, reason });
    }

    /// A place at a relay is listened on with our own id at its end; the others without.
    pub(crate) fn bare(&self, address: Multiaddr) -> Multiaddr {
        match split_peer(&address) {
            (bare, Some(peer)) if peer == self.me => bare,
            _ => address,
        }
    }

    pub(crate) fn behaviour_of(&mut self, kind: RequestKind) -> &mut PerConnection {
        let behaviour = self.swarm.behaviour_mut();
        match kind {
            RequestKind::Card => &mut behaviour.cards,
            RequestKind::Batch => &mut behaviour.batches,
            RequestKind::Service(VolunteerService::Mailbox) => &mut behaviour.mailbox,
            RequestKind::Service(VolunteerService::Directory) => &mut behaviour.directory,
        }
    }

    /// Whether others can dial this node from anywhere, as far as is known.
    pub(crate) fn is_reachable(&self) -> bool {
        self.swarm.external_addresses().any(|address| relay_of(address).is_none() && !is_of_this_network(address))
    }
}
