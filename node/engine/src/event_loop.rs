//! What happens, one thing after the other: each is handed to a task, and nothing is waited for here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::clock::now;
use ai2ai_api::door::{Asked, DoorEvent};
use ai2ai_api::event_name::EventName;
use ai2ai_core::audit;
use ai2ai_core::outbound::due;
use ai2ai_discovery::mailboxes::Mailboxes;
use ai2ai_network::NetworkEvent;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::time::Timestamp;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{mpsc, oneshot, watch};

use crate::call::Call;
use crate::commands;
use crate::context::{Context, Note, Own, report};
use crate::delivery::worker;
use crate::inbound::batch;
use crate::legacy::post;
use crate::lookup::{dht, dns, volunteers};
use crate::loop_state::LoopState;
use crate::peers::{card_exchange, mailboxes, own_card, presence};
use crate::state::scheduler::{Next, Start, Went};
use crate::upkeep::clock_jump::ClockJump;
use crate::upkeep::housekeeping;
use crate::upkeep::network_change::{self, NetworkChange};
use crate::volunteer::service::serve;

/// How often the outbox and the calendar of duties are looked at when nothing else happens.
const TICK: Duration = Duration::from_secs(1);
/// How long addresses are gathered before a card with them is signed.
const ADDRESSES_SETTLE: Duration = Duration::from_millis(50);
/// How often a card is renewed although nothing changed; a prekey is never offered much longer.
const CARD_RENEWED: Duration = Duration::from_secs(6 * 3600);

/// Event loop of the node.
pub struct EventLoop {
    state: LoopState,
    own: watch::Sender<Arc<Own>>,
    renew_at: Timestamp,
    tick_at: Timestamp,
    clock_jump: ClockJump,
    network_change: NetworkChange,
}

/// Where things come from.
pub struct Inlets {
    /// The doors.
    pub doors: mpsc::Receiver<DoorEvent>,
    /// The network.
    pub network: mpsc::Receiver<NetworkEvent>,
    /// Notes of the tasks.
    pub notes: mpsc::Receiver<Note>,
    /// Fires when the node is to stop.
    pub stop: oneshot::Receiver<()>,
}

impl EventLoop {
    /// An event loop with this context, of the libp2p peer `me`, whose mail is kept in these mailboxes.
    pub fn new(context: Context, own: watch::Sender<Arc<Own>>, me: PeerId, mailboxes: Mailboxes) -> Self {
        let now = now();
        Self {
            state: LoopState::new(context, me, mailboxes),
            own,
            renew_at: now + CARD_RENEWED,
            tick_at: now,
            clock_jump: ClockJump::new(now, Instant::now()),
            network_change: NetworkChange::new(),
        }
    }

    /// Keeps an eye on these names: domains, or multiaddresses with a peer in them. What is neither is told and left out.
    pub fn watch(&mut self, names: &[String]) {
        presence::watch(&mut self.state, names);
    }

    /// Works until it is told to stop.
    pub async fn run(mut self, mut inlets: Inlets) {
        loop {
            let wake = self.wake_in();
            tokio::select! {
                Some(event) = inlets.doors.recv() => self.on_door(event),
                Some(event) = inlets.network.recv() => self.on_network(event),
                Some(note) = inlets.notes.recv() => self.on_note(note),
                () = tokio::time::sleep(wake) => self.on_time(),
                _ = &mut inlets.stop => break,
            }
        }
    }

    fn wake_in(&self) -> Duration {
        let next = [self.state.plan.wake_at(), self.state.names.wake_at(), self.state.sought.wake_at()]
            .into_iter()
            .flatten()
            .fold(self.tick_at, Timestamp::min);
        // A clock that was set back is noticed by looking, not by waiting for what it says.
        next.min(self.renew_at).since(now()).min(TICK)
    }

    fn on_door(&mut self, event: DoorEvent) {
        match event {
            DoorEvent::Command(asked) => self.on_command(asked),
            DoorEvent::Refused { role, command, code } => {
                let context = self.state.context.clone();
                let factor = if role.is_some() { &AuditFactor::AgentToken } else { &AuditFactor::None };
                let what = AuditAction::from(command.as_str());
                let outcome = AuditOutcome::from(code.as_str());
                self.state.task(async move {
                    let audited =
                        context.transact(move |txn| audit::record(txn, &what, None, None, factor, &outcome)).await;
                    audited.unwrap_or_else(|failure| tracing::error!(%failure, "a refusal was not audited"));
                });
            }
        }
    }

    fn on_command(&self, (role, command, answer): Asked) {
        let asked = Call {
            context: self.state.context.clone(),
            neighbours: Arc::clone(&self.state.neighbours),
            directories: Arc::clone(&self.state.directories),
            role,
            uptime: self.state.started.elapsed(),
            once: None,
        };
        self.state.task(async move { drop(answer.send(commands::answer(asked, command).await)) });
    }

    fn on_network(&mut self, event: NetworkEvent) {
        match event {
            NetworkEvent::Listening { address } => self.on_listening(&address),
            NetworkEvent::NotListening { address, reason } => self.on_not_listening(&address.to_string(), &reason),
            NetworkEvent::Found { finding } => self.state.found(&finding),
            NetworkEvent::Gone { peer } => presence::on_gone(&mut self.state, peer),
            NetworkEvent::Connected { peer, .. } => presence::on_connected(&mut self.state, peer),
            NetworkEvent::Disconnected { peer } => presence::on_disconnected(&mut self.state, peer),
            NetworkEvent::Remember { servers } => dht::on_remember(&self.state, servers),
            NetworkEvent::Card { peer, bytes } => presence::on_card(&mut self.state, peer, &bytes),
            NetworkEvent::Batch { peer, bytes, answer } => {
                let context = self.state.context.clone();
                self.state.task(async move { drop(answer.send(batch::receive(context, peer, bytes).await)) });
            }
            NetworkEvent::MdnsUnavailable { reason } => {
                self.state.context.say(EventName::NoMdns, format!("mDNS does not work here: {reason}"), None)
            }
            NetworkEvent::Volunteer { peer, address, service } => {
                volunteers::on_volunteer(&mut self.state, peer, address, service)
            }
            NetworkEvent::Asked { service, peer, from, bytes, answer } => {
                let context = self.state.context.clone();
                self.state.task(async move { drop(answer.send(serve(context, service, (peer, from), bytes).await)) });
            }
        }
    }

    fn on_listening(&mut self, address: &Multiaddr) {
        self.state.context.say(EventName::Listening, address.to_string(), None);
        network_change::may_have_moved(&mut self.state, address);
        self.renew_soon();
    }

    fn on_not_listening(&mut self, address: &str, reason: &str) {
        self.state.context.say(EventName::NotListening, format!("{address}: {reason}"), None);
        self.renew_soon();
    }

    fn renew_soon(&mut self) {
        self.renew_at = self.renew_at.min(now() + ADDRESSES_SETTLE);
    }

    fn on_note(&mut self, note: Note) {
        match note {
            Note::Met(neighbour) => presence::on_met(&mut self.state, *neighbour),
            Note::NoCard(peer) => {
                self.state.plan.failed(peer, now(), rand::random());
                presence::forget_neighbour(&mut self.state, &peer);
            }
            Note::NoAgent(peer) => self.state.plan.stranger(peer, now()),
            Note::Post(to) => post::begin(&self.state.context, to),
            Note::Deliver(to) => {
                if let Some(start) =
                    self.state.scheduler.want(to, now()).or_else(|| self.state.scheduler.leave(&to, now()))
                {
                    self.start_lane(to, start);
                }
            }
            Note::Looked { name, looked } => presence::on_looked(&mut self.state, &name, looked),
            Note::Sought { did, found } => dht::on_sought(&mut self.state, did, found),
            Note::LaneEnded(to, went) => self.on_lane_ended(to, went),
            Note::Renewed(own) => self.on_renewed(own),
            Note::Shown(card) => presence::on_shown(&mut self.state, *card),
            Note::Listed(neighbour) => volunteers::on_listed(&mut self.state, *neighbour),
            Note::Visited(peer, came) => mailboxes::on_visited(&self.state, peer, came),
        }
    }

    /// Whoever is connected is shown a card with new addresses or mailboxes at once.
    fn on_renewed(&mut self, own: Arc<Own>) {
        let places =
            |own: &Own| own.card.as_ref().map(|card| (card.nodes()[0].addresses.clone(), card.mailboxes().to_vec()));
        let moved = places(&self.own.borrow()) != places(&own);
        self.own.send_replace(own);
        volunteers::enlist(&self.state, self.state.directories.all());
        if moved {
            for connection in self.state.context.network.connections() {
                let source = self.state.source_of(&connection.peer);
                self.state.task(card_exchange::introduce(
                    self.state.context.clone(),
                    connection.peer,
                    Vec::new(),
                    source,
                ));
            }
        }
    }

    fn start_lane(&self, to: Did, start: Start) {
        let found = self.state.book.nodes_of(&to).iter().flat_map(|peer| self.state.book.addresses(peer)).collect();
        self.state.task(worker::run(self.state.context.clone(), to, found, start));
    }

    fn on_lane_ended(&mut self, to: Did, went: Went) {
        match went {
            Went { failed: true, .. } => self.state.seek(&to),
            Went { answered: true, .. } => self.state.found_again(&to),
            Went { .. } => {}
        }
        match self.state.scheduler.ended(&to, went, now(), rand::random()) {
            Next::Rest => {}
            Next::Start(start) => self.start_lane(to, start),
            Next::Hurry => {
                let context = self.state.context.clone();
                self.state.task(async move { report(context.transact(move |txn| due::hurry(txn, &to)).await) });
            }
            Next::LeftAlone(until) => {
                let detail = format!("{to} does not answer: left alone until {until}, or until they are seen");
                self.state.context.say(EventName::LeftAlone, detail, Some(to));
            }
        }
    }

    fn on_time(&mut self) {
        let now = now();
        if self.clock_jump.has_jumped(now, Instant::now()) {
            self.on_jump(now);
        }
        for peer in self.state.plan.next(now) {
            let name = self.state.source_of(&peer);
            self.state.task(card_exchange::introduce(
                self.state.context.clone(),
                peer,
                self.state.book.addresses(&peer),
                name,
            ));
        }
        mailboxes::visit_mailboxes(&self.state, now);
        for name in self.state.names.next(now) {
            self.state.task(dns::watch(self.state.context.clone(), name));
        }
        dht::seek_next(&mut self.state);
        if now >= self.renew_at {
            self.renew_at = now + CARD_RENEWED;
            self.state.task(own_card::renew(self.state.context.clone()));
        }
        if now >= self.tick_at {
            self.tick_at = now + TICK;
            if self.network_change.has_moved() {
                network_change::on_moved(&mut self.state, now);
            }
            self.state.book.forget_old(now);
            self.state.task(housekeeping::sweep(self.state.context.clone()));
        }
    }

    /// The clock was turned, or the machine slept: whatever was planned by the clock is done now.
    fn on_jump(&mut self, now: Timestamp) {
        tracing::info!("the clock jumped, or this machine slept: everybody is looked for again");
        (self.tick_at, self.renew_at) = (now, now);
        network_change::seek_everybody(&mut self.state, now);
    }
}
