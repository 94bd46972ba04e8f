//! Delivery worker: brings what waits for one recipient, several batches at a time, until nothing is due or an attempt fails.
//!
//! A conversation is in one batch at a time, so its messages arrive in order however the batches do.

use std::sync::Arc;
use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_core::outbound::due::{UnderWay, due_beside};
use ai2ai_discovery::web::https::Site;
use ai2ai_network::Fate;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::delivery::{Breaker, BreakerEvent};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::limits::BATCH_ENVELOPES;
use ai2ai_store::cards;
use ai2ai_store::contacts::{self, ContactRow};
use libp2p::Multiaddr;
use tokio::sync::Notify;
use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

use crate::context::{Context, Note};
use crate::delivery::attempt::{Attempt, Brought, End, Route};
use crate::delivery::https::door::Door;
use crate::delivery::mailbox_deposit;
use crate::state::scheduler::{Start, Went};

/// Batches of one worker that are under way at the same moment: while one is decided on there, the next is sealed here.
const BATCHES: usize = 4;

/// Time that a worker with nothing to bring waits for more: who talks says the next thing soon, and what was read and checked
/// for the last one is still at hand.
const LINGER: Duration = Duration::from_secs(2);

/// Worker for one recipient.
struct Worker {
    context: Context,
    to: Did,
    found: Vec<Multiaddr>,
    wake: Arc<Notify>,
    breaker: Breaker,
    under_way: UnderWay,
    batches: JoinSet<Option<Result<Brought, Failure>>>,
    /// The card that was read last, and its bytes.
    card: Option<(Vec<u8>, Card)>,
    /// The delegation that was checked last.
    known: Option<Delegation>,
    /// The recipient's web server, if their card names one; what is connected there stays so while the worker runs.
    door: Option<Door>,
    went: Went,
}

/// Runs the worker for a recipient until nothing is due, then says that it has ended. What could not be brought is left in one
/// of their mailboxes.
pub(crate) async fn run(context: Context, to: Did, found: Vec<Multiaddr>, start: Start) {
    let context_at_end = context.clone();
    let only_leaves = start.only_leaves;
    let worker = Worker {
        context,
        to,
        found,
        wake: start.wake,
        breaker: start.breaker,
        under_way: UnderWay::default(),
        batches: JoinSet::new(),
        card: None,
        known: None,
        door: None,
        went: Went::default(),
    };
    let went = if only_leaves { Went::default() } else { worker.run().await };
    if went.failed || !went.answered {
        mailbox_deposit::deposit(&context_at_end, to).await;
    }
    drop(context_at_end.notes.send(Note::LaneEnded(to, went)).await);
}

impl Worker {
    async fn run(mut self) -> Went {
        loop {
            while self.has_room() {
                match self.load().await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(failure) => self.fails(&failure),
                }
            }
            let wake = Arc::clone(&self.wake);
            let has_room = self.has_room();
            if self.batches.is_empty() {
                if self.went.failed || !self.is_wanted_again().await {
                    return self.went;
                }
                continue;
            }
            tokio::select! {
                Some(brought) = self.batches.join_next() => self.came_back(brought),
                () = wake.notified(), if has_room => {}
            }
        }
    }

    /// Waits for more, and no longer than the node runs. Returns whether there may be some.
    async fn is_wanted_again(&self) -> bool {
        tokio::select! {
            () = self.wake.notified() => true,
            () = self.context.tasks.stopped() => false,
            () = sleep(LINGER) => false,
        }
    }

    /// Returns whether one more batch may leave: a single one, until they have answered once.
    fn has_room(&self) -> bool {
        let most = if self.went.answered { BATCHES } else { 1 };
        !self.went.failed && self.batches.len() < most
    }

    fn fails(&mut self, failure: &Failure) {
        tracing::warn!(to = %self.to, %failure, "delivery stopped for now");
        self.went.failed = true;
    }

    fn came_back(&mut self, brought: Result<Option<Result<Brought, Failure>>, JoinError>) {
        // Nothing comes back when the node stops in the middle.
        let stopped = || Err(Failure::internal("the node stopped"));
        match brought.map_err(Failure::internal).and_then(|brought| brought.unwrap_or_else(stopped)) {
            Ok(Brought { ids, end }) => {
                match end {
                    End::Answered(delegation) => (self.went.answered, self.known) = (true, Some(delegation)),
                    End::Failed => self.went.failed = true,
                    End::TakenBack => {}
                }
                self.under_way.retain(|id, _| !ids.contains(id));
            }
            Err(failure) => self.fails(&failure),
        }
    }

    /// Sends off one batch of what is due and not under way. Returns whether there was any.
    async fn load(&mut self) -> Result<bool, Failure> {
        let me = self.context.me.did();
        let to = &self.to;
        let under_way = &self.under_way;
        let (waiting, card, contact) = self.context.storage.glance(|tx| {
            let waiting = due_beside(tx, me, to, now(), BATCH_ENVELOPES, under_way)?;
            let card = if waiting.is_empty() { None } else { cards::get(tx, to)? };
            let contact = if waiting.is_empty() { None } else { contacts::get(tx, to)? };
            Ok((waiting, card, contact))
        })?;
        if waiting.is_empty() {
            return Ok(false);
        }
        match self.route(card.map(|row| row.bytes), contact) {
            Ok(route) => {
                self.under_way.extend(waiting.iter().map(|due| (due.id, due.conversation)));
                let attempt = Attempt {
                    context: self.context.clone(),
                    to: self.to,
                    route,
                    known: self.known.clone(),
                    if_it_fails: self.if_it_fails(),
                };
                self.batches.spawn(self.context.tasks.owned(attempt.bring(waiting)));
            }
            Err(why) => {
                let ids = waiting.iter().map(|due| due.id).collect();
                let why = format!("{why}{}", self.if_it_fails());
                self.context.not_brought(ids, Fate::NotSent, why).await?;
                self.went.failed = true;
            }
        }
        Ok(true)
    }

    /// Finds the route, out of the newest card and what was found; or says why there is none.
    fn route(&mut self, card: Option<Vec<u8>>, contact: Option<ContactRow>) -> Result<Route, String> {
        let card = self.read(card.ok_or("they have not shown a card yet")?)?;
        let node = card.nodes().first().ok_or("their card names no node")?;
        let peer = node.peer.parse().map_err(|_| "their card names no libp2p peer")?;
        let prekey = node.prekey(now()).ok_or("the key in their card has run out; a newer card is needed")?.clone();
        let by_hand = contact.map(|row| row.addresses).unwrap_or_default();
        let mut addresses = Vec::new();
        addresses.extend(node.addresses.iter().chain(&by_hand).filter_map(|text| text.parse().ok()));
        addresses.splice(0..0, self.found.iter().cloned());
        addresses.dedup();
        let site = Site::named(&node.addresses);
        if self.door.as_ref().map(Door::site) != site.as_ref() {
            self.door = site.map(Door::at);
        }
        Ok(Route { peer, addresses, prekey, door: self.door.clone() })
    }

    /// The card of these bytes, which are read once.
    fn read(&mut self, bytes: Vec<u8>) -> Result<Card, String> {
        if let Some((of, card)) = &self.card
            && *of == bytes
        {
            return Ok(card.clone());
        }
        let card = Card::read(&bytes).map_err(|_| "the card that they showed is damaged")?;
        self.card = Some((bytes, card.clone()));
        Ok(card)
    }

    /// Sentence for the sender: what a failure means for the next attempt.
    fn if_it_fails(&self) -> &'static str {
        let breaker = if self.went.answered { Breaker::default() } else { self.breaker };
        match breaker.on(BreakerEvent::Failed, now(), 0) {
            Breaker::Open { .. } => "; they are left alone for a while, or until they are seen",
            Breaker::Closed { .. } | Breaker::HalfOpen { .. } => "",
        }
    }
}
