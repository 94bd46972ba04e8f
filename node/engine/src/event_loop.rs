//! What happens, one thing after the other: each is handed to a task, and nothing is waited for here.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ai2ai_api::clock::now;
use ai2ai_api::door::{Asked, DoorEvent};
use ai2ai_core::audit;
use ai2ai_core::outbound::due;
use ai2ai_discovery::book::Book;
use ai2ai_discovery::mailboxes::Mailboxes;
use ai2ai_discovery::names::Names;
use ai2ai_discovery::plan::Plan;
use ai2ai_network::NetworkEvent;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::time::Timestamp;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{mpsc, oneshot, watch};

use crate::commands;
use crate::context::{Context, Note, Own, report};
use crate::delivery::worker;
use crate::inbound::batch;
use crate::legacy::post;
use crate::lookup::directory::Directories;
use crate::lookup::{dht, dns};
use crate::peers::{card_exchange, mailboxes, own_card, presence, volunteers};
use crate::state::neighbours::Neighbours;
use crate::state::scheduler::{Next, Scheduler, Start, Went};
use crate::upkeep::clock_jump::ClockJump;
use crate::upkeep::housekeeping;
use crate::upkeep::network_change::{self, NetworkChange};
use crate::volunteer::service::serve;

/// How often the outbox and the calendar of duties are looked at when nothing else happens.
const TICK: Duration = Duration::from_secs(1);
/// How long addresses are gathered before a card with them is signed.
const ADDRESSES_SETTLE: Duration = Duration::from_millis(50);
/// How long a node that starts finds its first addresses.
pub(crate) const STARTING: Duration = Duration::from_secs(2);
/// How often a card is renewed although nothing changed; a prekey is never offered much longer.
const CARD_RENEWED: Duration = Duration::from_secs(6 * 3600);

/// Event loop of the node: what it holds between two events.
pub struct EventLoop {
    pub(crate) context: Context,
    own: watch::Sender<Arc<Own>>,
    pub(crate) book: Book,
    pub(crate) plan: Plan,
    pub(crate) names: Names,
    /// Those who could not be reached, and are looked for in the table of cards.
    pub(crate) sought: Names,
    pub(crate) neighbours: Arc<Neighbours>,
    pub(crate) lanes: Scheduler,
    pub(crate) mailboxes: Arc<Mutex<Mailboxes>>,
    pub(crate) directories: Arc<Directories>,
    renew_at: Timestamp,
    tick_at: Timestamp,
    pace: ClockJump,
    pub(crate) whereabouts: NetworkChange,
    pub(crate) started: Instant,
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
            context,
            own,
            book: Book::new(me),
            plan: Plan::new(me),
            names: Names::default(),
            sought: Names::default(),
            neighbours: Arc::default(),
            lanes: Scheduler::default(),
            mailboxes: Arc::new(Mutex::new(mailboxes)),
            directories: Arc::default(),
            renew_at: now + CARD_RENEWED,
            tick_at: now,
            pace: ClockJump::new(now, Instant::now()),
            whereabouts: NetworkChange::new(),
            started: Instant::now(),
        }
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
        let next = [self.plan.wake_at(), self.names.wake_at(), self.sought.wake_at()]
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
                let context = self.context.clone();
                let factor = if role.is_some() { "agent_token" } else { "none" };
                self.task(async move {
                    let audited =
                        context.transact(move |txn| audit::record(txn, &command, None, None, factor, &code)).await;
                    audited.unwrap_or_else(|failure| tracing::error!(%failure, "a refusal was not audited"));
                });
            }
        }
    }

    fn on_command(&self, (role, command, answer): Asked) {
        let asked = commands::Call {
            context: self.context.clone(),
            neighbours: Arc::clone(&self.neighbours),
            directories: Arc::clone(&self.directories),
            role,
            uptime: self.started.elapsed(),
            once: None,
        };
        self.task(async move { drop(answer.send(commands::answer(asked, command).await)) });
    }

    fn on_network(&mut self, event: NetworkEvent) {
        match event {
            NetworkEvent::Listening { address } => self.on_listening(&address),
            NetworkEvent::NotListening { address, reason } => self.on_not_listening(&address.to_string(), &reason),
            NetworkEvent::Found { finding } => presence::on_found(self, &finding),
            NetworkEvent::Gone { peer } => presence::on_gone(self, peer),
            NetworkEvent::Connected { peer, .. } => presence::on_connected(self, peer),
            NetworkEvent::Disconnected { peer } => presence::on_disconnected(self, peer),
            NetworkEvent::Remember { servers } => dht::on_remember(self, servers),
            NetworkEvent::Card { peer, bytes } => presence::on_card(self, peer, &bytes),
            NetworkEvent::Batch { peer, bytes, answer } => {
                let context = self.context.clone();
                self.task(async move { drop(answer.send(batch::receive(context, peer, bytes).await)) });
            }
            NetworkEvent::MdnsUnavailable { reason } => {
                self.context.say("no_mdns", format!("mDNS does not work here: {reason}"), None)
            }
            NetworkEvent::Volunteer { peer, address, service } => {
                volunteers::on_volunteer(self, peer, address, service)
            }
            NetworkEvent::Asked { service, peer, from, bytes, answer } => {
                let context = self.context.clone();
                self.task(async move { drop(answer.send(serve(context, service, (peer, from), bytes).await)) });
            }
        }
    }

    fn on_listening(&mut self, address: &Multiaddr) {
        self.context.say("listening", address.to_string(), None);
        network_change::may_have_moved(self, address);
        self.renew_soon();
    }

    fn on_not_listening(&mut self, address: &str, reason: &str) {
        self.context.say("not_listening", format!("{address}: {reason}"), None);
        self.renew_soon();
    }

    fn renew_soon(&mut self) {
        self.renew_at = self.renew_at.min(now() + ADDRESSES_SETTLE);
    }

    pub(crate) fn on_note(&mut self, note: Note) {
        match note {
            Note::Met(neighbour) => presence::on_met(self, *neighbour),
            Note::NoCard(peer) => {
                self.plan.failed(peer, now(), rand::random());
                presence::forget_neighbour(self, &peer);
            }
            Note::NoAgent(peer) => self.plan.stranger(peer, now()),
            Note::Post(to) => post::begin(&self.context, to),
            Note::Deliver(to) => {
                if let Some(start) = self.lanes.want(to, now()).or_else(|| self.lanes.leave(&to, now())) {
                    self.start_lane(to, start);
                }
            }
            Note::Looked { name, looked } => presence::on_looked(self, &name, looked),
            Note::Sought { did, found } => dht::on_sought(self, did, found),
            Note::LaneEnded(to, went) => self.on_lane_ended(to, went),
            Note::Renewed(own) => self.on_renewed(own),
            Note::Shown(card) => presence::on_shown(self, *card),
            Note::Listed(neighbour) => volunteers::on_listed(self, *neighbour),
            Note::Visited(peer, came) => mailboxes::on_visited(self, peer, came),
        }
    }

    /// Whoever is connected is shown a card with new addresses or mailboxes at once.
    fn on_renewed(&mut self, own: Arc<Own>) {
        let places =
            |own: &Own| own.card.as_ref().map(|card| (card.nodes()[0].addresses.clone(), card.mailboxes().to_vec()));
        let moved = places(&self.own.borrow()) != places(&own);
        self.own.send_replace(own);
        volunteers::enlist(self, self.directories.all());
        if moved {
            for connection in self.context.network.connections() {
                let source = presence::source_of(self, &connection.peer);
                self.task(card_exchange::introduce(self.context.clone(), connection.peer, Vec::new(), source));
            }
        }
    }

    fn start_lane(&self, to: Did, start: Start) {
        let found = self.book.nodes_of(&to).iter().flat_map(|peer| self.book.addresses(peer)).collect();
        self.task(worker::run(self.context.clone(), to, found, start));
    }

    fn on_lane_ended(&mut self, to: Did, went: Went) {
        match went {
            Went { failed: true, .. } => dht::seek(self, &to),
            Went { answered: true, .. } => dht::found_again(self, &to),
            Went { .. } => {}
        }
        match self.lanes.ended(&to, went, now(), rand::random()) {
            Next::Rest => {}
            Next::Start(start) => self.start_lane(to, start),
            Next::Hurry => {
                let context = self.context.clone();
                self.task(async move { report(context.transact(move |txn| due::hurry(txn, &to)).await) });
            }
            Next::LeftAlone(until) => {
                let detail = format!("{to} does not answer: left alone until {until}, or until they are seen");
                self.context.say("left_alone", detail, Some(to));
            }
        }
    }

    fn on_time(&mut self) {
        let now = now();
        if self.pace.has_jumped(now, Instant::now()) {
            self.on_jump(now);
        }
        for peer in self.plan.next(now) {
            let name = presence::source_of(self, &peer);
            self.task(card_exchange::introduce(self.context.clone(), peer, self.book.addresses(&peer), name));
        }
        mailboxes::visit_mailboxes(self, now);
        for name in self.names.next(now) {
            self.task(dns::watch(self.context.clone(), name));
        }
        dht::seek_next(self);
        if now >= self.renew_at {
            self.renew_at = now + CARD_RENEWED;
            self.task(own_card::renew(self.context.clone()));
        }
        if now >= self.tick_at {
            self.tick_at = now + TICK;
            network_change::look_around(self, now);
            self.book.forget_old(now);
            self.task(housekeeping::sweep(self.context.clone()));
        }
    }

    /// The clock was turned, or the machine slept: whatever was planned by the clock is done now.
    fn on_jump(&mut self, now: Timestamp) {
        tracing::info!("the clock jumped, or this machine slept: everybody is looked for again");
        (self.tick_at, self.renew_at) = (now, now);
        network_change::seek_everybody(self, now);
    }

    pub(crate) fn task(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.context.tasks.spawn(work);
    }
}
