//! The loop of the network: one task that owns the swarm and all its state.

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

use super::NetworkConfig;
use super::arrivals::Arrivals;
use super::behaviour::Behaviour;
use super::dials::Dials;
use super::error::transport_reason;
use super::event::NetworkEvent;
use super::handle::{Command, SharedCard, View};
use super::limits::ROUND;
use super::mail::Mail;
use super::nearby::Nearby;
use super::news::Events;
use super::pairs::{News, Pairs, Why};
use super::reachability::Outside;
use super::table::Table;

/// Everything that the network knows.
pub(super) struct Actor {
    pub(super) me: PeerId,
    pub(super) swarm: Swarm<Behaviour>,
    pub(super) orders: mpsc::Receiver<Command>,
    pub(super) card: watch::Receiver<SharedCard>,
    pub(super) shown: watch::Sender<View>,
    pub(super) events: Events,
    pub(super) pairs: Pairs,
    pub(super) dials: Dials,
    pub(super) mail: Mail,
    pub(super) arrivals: Arrivals,
    pub(super) nearby: Nearby,
    pub(super) ears: Ears,
    pub(super) relays: Relays,
    /// The listeners that are places at relays.
    pub(super) places: HashMap<ListenerId, PeerId>,
    /// Whether others reach this node only through relays, as far as is known.
    pub(super) is_guest: bool,
    /// Whether it relays for others.
    pub(super) is_volunteer: bool,
    pub(super) table: Table,
    /// What others have found out about this node.
    pub(super) outside: Outside,
    /// Addresses of this node that no listener has, and that a volunteer reached it at.
    pub(super) found_outside: Vec<Multiaddr>,
    /// When dead, surplus and foreign connections are looked for next.
    round_at: Instant,
    /// Nothing new is begun any more.
    pub(super) is_stopping: bool,
}

impl Actor {
    pub(super) fn new(
        swarm: Swarm<Behaviour>,
        config: &NetworkConfig,
        orders: mpsc::Receiver<Command>,
        card: watch::Receiver<SharedCard>,
        shown: watch::Sender<View>,
        events: mpsc::Sender<NetworkEvent>,
    ) -> Self {
        let (me, now) = (*swarm.local_peer_id(), Instant::now());
        let mut actor = Self {
            me,
            swarm,
            orders,
            card,
            shown,
            events: Events::new(events),
            pairs: Pairs::new(me, config.relaying.is_some()),
            dials: Dials::new(me),
            mail: Mail::default(),
            arrivals: Arrivals::default(),
            nearby: Nearby::new(config.mdns, now),
            ears: Ears::default(),
            relays: Relays::default(),
            places: HashMap::new(),
            is_volunteer: config.relaying.is_some(),
            is_guest: config.relaying.is_none() && config.announce.is_empty(),
            outside: Outside::default(),
            found_outside: Vec::new(),
            table: Table::new(config.publishes, config.remembered.clone(), now),
            round_at: now + ROUND,
            is_stopping: false,
        };
        actor.listen(config);
        actor.announce(&config.announce);
        actor.show_outside();
        actor
    }

    pub(super) async fn run(mut self) {
        let done = loop {
            let wake_at = self.wake_at().into();
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_wire(event),
                order = self.orders.recv() => match order {
                    Some(Command::Shutdown(done)) => break Some(done),
                    Some(command) => self.obey(command),
                    None => break None,
                },
                Some(answered) = self.arrivals.answered() => self.on_answered(answered),
                Ok(()) = self.card.changed() => self.on_card_set(),
                () = self.events.hand_over() => {}
                Some(probe) = self.nearby.probed() => self.on_probed(probe),
                () = sleep_until(wake_at) => self.on_time(Instant::now()),
            }
        };
        self.goodbye().await;
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

    fn obey(&mut self, command: Command) {
        match command {
            Command::Ask(errand) => self.ask(errand),
            Command::LookFor(did, found) => self.look_for(did, found),
            Command::LetThemDial(peer, addresses, within) => self.let_them_dial(peer, &addresses, within),
            Command::Moved(at) => self.on_moved(at),
            Command::Disconnect(peer) => {
                // An error means that there is no connection.
                let _ = self.swarm.disconnect_peer_id(peer);
            }
            Command::Block(peer) => {
                self.swarm.behaviour_mut().blocked.block_peer(peer);
            }
            Command::Unblock(peer) => {
                self.swarm.behaviour_mut().blocked.unblock_peer(peer);
            }
            Command::Shutdown(_) => {}
        }
    }

    fn wake_at(&self) -> Instant {
        [self.dials.wake_at(), self.nearby.wake_at(), self.relays.wake_at()]
            .into_iter()
            .flatten()
            .fold(self.round_at, Instant::min)
    }

    fn on_time(&mut self, now: Instant) {
        for (peer, step) in self.dials.due(now) {
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
        for (peer, connection, why) in self.pairs.to_close(now) {
            self.close(peer, connection, why);
        }
        for asker in self.arrivals.take_late_card_askers(now) {
            self.refuse_card(asker);
        }
        self.tend_table(now);
    }

    pub(super) fn close(&mut self, peer: PeerId, connection: ConnectionId, why: Why) {
        tracing::debug!(%peer, %connection, ?why, "closing a connection");
        if let (Why::Dead, Some(relay)) = (why, self.pairs.relay(&peer, connection)) {
            self.dials.shun(peer, relay, connection, Instant::now());
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
    pub(super) fn settle(&mut self, peer: PeerId) {
        match self.pairs.news(&peer) {
            Some(News::Connected(path)) => self.events.tell(NetworkEvent::Connected { peer, path }),
            Some(News::Disconnected) => self.events.tell(NetworkEvent::Disconnected { peer }),
            None => return,
        }
        self.show();
    }

    pub(super) fn show(&mut self) {
        let (connections, open) = (self.pairs.connections(), self.pairs.open());
        self.shown.send_modify(|view| (view.connections, view.open) = (connections, open));
    }
}
