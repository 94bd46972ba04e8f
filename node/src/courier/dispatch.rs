//! What happens, one thing after the other: each is handed to a task, and nothing is waited for here.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ai2ai_discovery::book::Book;
use ai2ai_discovery::mailboxes::Mailboxes;
use ai2ai_discovery::names::Names;
use ai2ai_discovery::plan::Plan;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::time::Timestamp;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{mpsc, oneshot, watch};

use crate::clock::now;
use crate::doors::{Asked, DoorEvent};
use crate::network::{NetworkEvent, Service};

use super::directory::{self, Directories};
use super::lanes::{Lanes, Next, Start, Went};
use super::neighbours::Neighbours;
use super::pace::Pace;
use super::reach::{Note, Own, Reach};
use super::whereabouts::Whereabouts;
use super::{commands, domains, introduce, inward, lane, mailbox, meet, original, report, sweep};

/// How often the outbox and the calendar of duties are looked at when nothing else happens.
const TICK: Duration = Duration::from_secs(1);
/// How long addresses are gathered before a card with them is signed.
const ADDRESSES_SETTLE: Duration = Duration::from_millis(50);
/// How long a node that starts finds its first addresses.
pub(super) const STARTING: Duration = Duration::from_secs(2);
/// How often a card is renewed although nothing changed; a prekey is never offered much longer.
const CARD_RENEWED: Duration = Duration::from_secs(6 * 3600);

/// The courier: what it holds between two things that happen.
pub struct Courier {
    pub(super) reach: Reach,
    own: watch::Sender<Arc<Own>>,
    pub(super) book: Book,
    pub(super) plan: Plan,
    pub(super) names: Names,
    /// Those who could not be reached, and are looked for in the table of cards.
    pub(super) sought: Names,
    pub(super) neighbours: Arc<Neighbours>,
    pub(super) lanes: Lanes,
    pub(super) mailboxes: Arc<Mutex<Mailboxes>>,
    pub(super) directories: Arc<Directories>,
    renew_at: Timestamp,
    tick_at: Timestamp,
    pace: Pace,
    pub(super) whereabouts: Whereabouts,
    pub(super) started: Instant,
}

/// Where things come from.
pub struct Inlets {
    /// The doors.
    pub doors: mpsc::Receiver<DoorEvent>,
    /// The network.
    pub network: mpsc::Receiver<NetworkEvent>,
    /// The courier's own tasks.
    pub notes: mpsc::Receiver<Note>,
    /// Fires when the node is to stop.
    pub stop: oneshot::Receiver<()>,
}

impl Courier {
    /// A courier with these hands, of the libp2p peer `me`, whose mail is kept in these mailboxes.
    pub fn new(reach: Reach, own: watch::Sender<Arc<Own>>, me: PeerId, mailboxes: Mailboxes) -> Self {
        let now = now();
        Self {
            reach,
            own,
            book: Book::new(me),
            plan: Plan::new(me),
            names: Names::default(),
            sought: Names::default(),
            neighbours: Arc::default(),
            lanes: Lanes::default(),
            mailboxes: Arc::new(Mutex::new(mailboxes)),
            directories: Arc::default(),
            renew_at: now + CARD_RENEWED,
            tick_at: now,
            pace: Pace::new(now, Instant::now()),
            whereabouts: Whereabouts::new(),
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
                let reach = self.reach.clone();
                let factor = if role.is_some() { "agent_token" } else { "none" };
                self.task(async move {
                    let audited = reach.turn(move |turn| turn.audit(&command, None, None, factor, &code)).await;
                    audited.unwrap_or_else(|failure| tracing::error!(%failure, "a refusal was not audited"));
                });
            }
        }
    }

    fn on_command(&self, (role, command, answer): Asked) {
        let asked = commands::Asked {
            reach: self.reach.clone(),
            neighbours: Arc::clone(&self.neighbours),
            directories: Arc::clone(&self.directories),
            role,
            uptime: self.started.elapsed(),
            once: None,
        };
        self.task(async move { drop(answer.send(asked.answer(command).await)) });
    }

    fn on_network(&mut self, event: NetworkEvent) {
        match event {
            NetworkEvent::Listening { address } => self.on_listening(&address),
            NetworkEvent::NotListening { address, reason } => self.on_not_listening(&address.to_string(), &reason),
            NetworkEvent::Found { finding } => self.on_found(&finding),
            NetworkEvent::Gone { peer } => self.on_gone(peer),
            NetworkEvent::Connected { peer, .. } => self.on_connected(peer),
            NetworkEvent::Disconnected { peer } => self.on_disconnected(peer),
            NetworkEvent::Remember { servers } => self.on_remember(servers),
            NetworkEvent::Card { peer, bytes } => self.on_card(peer, &bytes),
            NetworkEvent::Batch { peer, bytes, answer } => {
                let reach = self.reach.clone();
                self.task(async move { drop(answer.send(inward::receive(reach, peer, bytes).await)) });
            }
            NetworkEvent::MdnsUnavailable { reason } => {
                self.reach.say("no_mdns", format!("mDNS does not work here: {reason}"), None)
            }
            NetworkEvent::Volunteer { peer, address, service } => self.on_volunteer(peer, address, service),
            NetworkEvent::Asked { service, peer, from, bytes, answer } => {
                let reach = self.reach.clone();
                self.task(async move { drop(answer.send(serve(reach, service, (peer, from), bytes).await)) });
            }
        }
    }

    fn on_listening(&mut self, address: &Multiaddr) {
        self.reach.say("listening", address.to_string(), None);
        self.may_have_moved(address);
        self.renew_soon();
    }

    fn on_not_listening(&mut self, address: &str, reason: &str) {
        self.reach.say("not_listening", format!("{address}: {reason}"), None);
        self.renew_soon();
    }

    fn renew_soon(&mut self) {
        self.renew_at = self.renew_at.min(now() + ADDRESSES_SETTLE);
    }

    pub(super) fn on_note(&mut self, note: Note) {
        match note {
            Note::Met(neighbour) => self.on_met(*neighbour),
            Note::NoCard(peer) => {
                self.plan.failed(peer, now(), rand::random());
                self.forget_neighbour(&peer);
            }
            Note::NoAgent(peer) => self.plan.stranger(peer, now()),
            Note::Deliver(to) => {
                if let Some(start) = self.lanes.want(to, now()).or_else(|| self.lanes.leave(&to, now())) {
                    self.start_lane(to, start);
                }
            }
            Note::Looked { name, looked } => self.on_looked(&name, looked),
            Note::Sought { did, found } => self.on_sought(did, found),
            Note::LaneEnded(to, went) => self.on_lane_ended(to, went),
            Note::Renewed(own) => self.on_renewed(own),
            Note::Shown(card) => self.on_shown(*card),
            Note::Listed(neighbour) => self.on_listed(*neighbour),
            Note::Visited(peer, came) => self.on_visited(peer, came),
        }
    }

    /// Whoever is connected is shown a card with new addresses or mailboxes at once.
    fn on_renewed(&mut self, own: Arc<Own>) {
        let places =
            |own: &Own| own.card.as_ref().map(|card| (card.nodes()[0].addresses.clone(), card.mailboxes().to_vec()));
        let moved = places(&self.own.borrow()) != places(&own);
        self.own.send_replace(own);
        self.enlist(self.directories.all());
        if moved {
            for connection in self.reach.network.connections() {
                let source = self.source_of(&connection.peer);
                self.task(meet::introduce(self.reach.clone(), connection.peer, Vec::new(), source));
            }
        }
    }

    fn start_lane(&self, to: Did, start: Start) {
        let found = self.book.nodes_of(&to).iter().flat_map(|peer| self.book.addresses(peer)).collect();
        self.task(lane::run(self.reach.clone(), to, found, start));
    }

    fn on_lane_ended(&mut self, to: Did, went: Went) {
        match went {
            Went { failed: true, .. } => self.seek(&to),
            Went { answered: true, .. } => self.found_again(&to),
            Went { .. } => {}
        }
        match self.lanes.ended(&to, went, now(), rand::random()) {
            Next::Rest => {}
            Next::Start(start) => self.start_lane(to, start),
            Next::Hurry => {
                let reach = self.reach.clone();
                self.task(async move { report(reach.turn(move |turn| turn.hurry(&to)).await) });
            }
            Next::LeftAlone(until) => {
                let detail = format!("{to} does not answer: left alone until {until}, or until they are seen");
                self.reach.say("left_alone", detail, Some(to));
            }
        }
    }

    fn on_time(&mut self) {
        let now = now();
        if self.pace.has_jumped(now, Instant::now()) {
            self.on_jump(now);
        }
        for peer in self.plan.next(now) {
            let name = self.source_of(&peer);
            self.task(meet::introduce(self.reach.clone(), peer, self.book.addresses(&peer), name));
        }
        self.visit_mailboxes(now);
        for name in self.names.next(now) {
            self.task(domains::watch(self.reach.clone(), name));
        }
        self.seek_next();
        if now >= self.renew_at {
            self.renew_at = now + CARD_RENEWED;
            self.task(introduce::renew(self.reach.clone()));
        }
        if now >= self.tick_at {
            self.tick_at = now + TICK;
            self.look_around(now);
            self.book.forget_old(now);
            self.task(sweep::sweep(self.reach.clone()));
            self.task(original::sweep(self.reach.clone()));
        }
    }

    /// The clock was turned, or the machine slept: whatever was planned by the clock is done now.
    fn on_jump(&mut self, now: Timestamp) {
        tracing::info!("the clock jumped, or this machine slept: everybody is looked for again");
        (self.tick_at, self.renew_at) = (now, now);
        self.seek_everybody(now);
    }

    #[expect(clippy::unused_self, reason = "one place where the courier's tasks begin")]
    pub(super) fn task(&self, work: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(work);
    }
}

/// Answers what a peer asks of this volunteer.
async fn serve(reach: Reach, service: Service, (peer, from): (PeerId, Option<IpAddr>), bytes: Vec<u8>) -> Vec<u8> {
    match service {
        Service::Mailbox => mailbox::serve(reach, peer, from, bytes).await,
        Service::Directory => directory::serve(reach, peer, bytes).await,
    }
}
