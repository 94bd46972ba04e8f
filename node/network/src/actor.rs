//! Actor: the loop of the network: one task that owns the swarm and all its state.

use std::collections::HashMap;
use std::time::Instant;

use ai2ai_discovery::mdns::Ears;
use ai2ai_discovery::relays::Relays;
use futures::StreamExt;
use libp2p::core::transport::ListenerId;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId, Swarm};
use tokio::sync::{mpsc, watch};
use tokio::time::sleep_until;

use crate::NetworkConfig;
use crate::behaviour::Behaviour;
use crate::connections::dialer::Dialer;
use crate::connections::nearby::Nearby;
use crate::connections::{Change, CloseReason, Connections};
use crate::dht::DhtState;
use crate::error::transport_reason;
use crate::event::NetworkEvent;
use crate::event_queue::EventQueue;
use crate::handle::{NetworkCommand, NetworkView, SharedCard};
use crate::limits::ROUND;
use crate::reachability::Outside;
use crate::requests::inbound::InboundRequests;
use crate::requests::outbound::OutboundRequests;

/// State of the network.
pub(crate) struct Actor {
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
    round_at: Instant,
    /// Nothing new is begun any more.
    pub(crate) is_stopping: bool,
}

impl Actor {
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
        let mut actor = Self {
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
        };
        actor.listen(config);
        actor.announce(&config.announce);
        actor.show_outside();
        actor
    }

    pub(crate) async fn run(mut self) {
        let done = loop {
            let wake_at = self.wake_at().into();
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_swarm_event(event),
                order = self.orders.recv() => match order {
                    Some(NetworkCommand::Shutdown(done)) => break Some(done),
                    Some(command) => self.obey(command),
                    None => break None,
                },
                Some(answered) = self.inbound.answered() => self.on_answered(answered),
                Ok(()) = self.card.changed() => self.on_card_set(),
                () = self.events.hand_over() => {}
                Some(probe) = self.nearby.probed() => self.on_probed(probe),
                () = sleep_until(wake_at) => self.on_time(Instant::now()),
            }
        };
        self.shut_down().await;
        if let Some(done) = done {
            // Who asked may have left before us.
            let _ = done.send(());
        }
    }

    fn listen(&mut self, config: &NetworkConfig) {
        for address in &config.listen {
            if let Err(error) = self.swarm.listen_on(address.clone()) {
                let reason = transport_reason(&error);
                self.events.tell(NetworkEvent::NotListening { address: address.clone(), reason });
            }
        }
    }

    fn obey(&mut self, command: NetworkCommand) {
        match command {
            NetworkCommand::Ask(request) => self.ask(request),
            NetworkCommand::LookFor(did, found) => self.look_for(did, found),
            NetworkCommand::LetThemDial(peer, addresses, within) => self.let_them_dial(peer, &addresses, within),
            NetworkCommand::Moved(at) => self.on_moved(at),
            NetworkCommand::Disconnect(peer) => {
                // An error means that there is no connection.
                let _ = self.swarm.disconnect_peer_id(peer);
            }
            NetworkCommand::Block(peer) => {
                self.swarm.behaviour_mut().blocked.block_peer(peer);
            }
            NetworkCommand::Unblock(peer) => {
                self.swarm.behaviour_mut().blocked.unblock_peer(peer);
            }
            NetworkCommand::Shutdown(_) => {}
        }
    }

    fn wake_at(&self) -> Instant {
        [self.dialer.wake_at(), self.nearby.wake_at(), self.relays.wake_at()]
            .into_iter()
            .flatten()
            .fold(self.round_at, Instant::min)
    }

    fn on_time(&mut self, now: Instant) {
        for (peer, step) in self.dialer.due(now) {
            self.take_step(peer, step);
        }
        self.begin_mdns(now);
        self.ask_relays(now);
        if now >= self.round_at {
            self.round_at = now + ROUND;
            self.make_round(now);
        }
    }

    fn make_round(&mut self, now: Instant) {
        for (peer, connection, why) in self.connections.to_close(now) {
            self.close(peer, connection, why);
        }
        for responder in self.inbound.take_late_card_askers(now) {
            self.refuse_card(responder);
        }
        self.tend_table(now);
    }

    pub(crate) fn close(&mut self, peer: PeerId, connection: ConnectionId, why: CloseReason) {
        tracing::debug!(%peer, %connection, ?why, "closing a connection");
        if let (CloseReason::Dead, Some(relay)) = (why, self.connections.relay(&peer, connection)) {
            self.dialer.back_off(peer, relay, connection, Instant::now());
        }
        self.swarm.close_connection(connection);
    }

    fn begin_mdns(&mut self, now: Instant) {
        match self.nearby.begin(self.me, now) {
            Some(Ok(mdns)) => self.swarm.behaviour_mut().mdns = Some(mdns).into(),
            Some(Err(reason)) => self.events.tell(NetworkEvent::MdnsUnavailable { reason }),
            None => {}
        }
    }

    fn on_probed(&mut self, probe: Result<(), String>) {
        if let Err(reason) = probe {
            self.events.tell(NetworkEvent::MdnsUnavailable { reason });
        }
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
}
