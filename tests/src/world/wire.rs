//! The wire: what is on it, what becomes of it, and when.

use std::collections::BTreeSet;
use std::time::Duration;

use ai2ai_core::inbound;
use ai2ai_core::outbound::due::due;
use ai2ai_core::outbound::receipts;
use ai2ai_engine::delivery::batch::Batch;
use ai2ai_engine::explain::explain;
use ai2ai_engine::inbound::batch;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::limits::BATCH_ENVELOPES;
use ai2ai_protocol::receipt::Receipts;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::{cards, outbox};
use rand::RngExt as _;

use super::{Person, World};

/// Longest time for which a parcel is under way.
const LONGEST_WAY: u64 = 400;
/// After this, a sender gives up waiting for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone)]
pub(super) enum Parcel {
    Batch { from: usize, to: usize, number: u64, bytes: Vec<u8> },
    Answer { from: usize, to: usize, number: u64, bytes: Vec<u8> },
    GiveUp { who: usize, number: u64 },
}

impl World {
    /// One thing happens: a parcel arrives, or time passes until something is due.
    pub(super) fn step(&mut self) -> bool {
        if self.dice.random_range(0..100) < self.faults.crashes {
            self.somebody_crashes();
        }
        let parcel_at = self.wire.keys().next().map(|(at, _)| *at);
        let due_at = self.next_due();
        match (parcel_at, due_at) {
            (Some(parcel), Some(due)) if due < parcel => self.pass_to(due),
            (Some(_), _) => self.next_parcel(),
            (None, Some(due)) => self.pass_to(due),
            (None, None) => return !self.wanted.is_empty(),
        }
        true
    }

    fn pass_to(&mut self, moment: Timestamp) {
        self.now = self.now.max(moment) + Duration::from_millis(1);
        for who in 0..self.people.len() {
            let tx = self.people[who].store.read().expect("a look");
            for row in outbox::due(&tx, self.now, 1_000).expect("what is due") {
                self.wanted.insert((who, row.to));
            }
        }
    }

    /// Returns when something is tried next. What waits behind another message of its conversation is not.
    fn next_due(&self) -> Option<Timestamp> {
        let of = |person: &Person| {
            let mut begun = BTreeSet::new();
            let waiting = outbox::waiting(&person.store.read().expect("a look"), usize::MAX).expect("what waits");
            let first = waiting.into_iter().filter(|row| begun.insert(row.conversation));
            first.filter_map(|row| row.delivery.next_attempt_at()).min()
        };
        self.people.iter().filter(|person| person.waiting.is_empty()).filter_map(of).min()
    }

    pub(super) fn send_what_is_wanted(&mut self) {
        for (who, to) in std::mem::take(&mut self.wanted) {
            let busy = self.people[who].waiting.values().any(|batch| batch.to() == &to);
            if busy {
                continue;
            }
            self.send(who, to);
        }
    }

    fn send(&mut self, who: usize, to: Did) {
        let person = &self.people[who];
        let tx = person.store.read().expect("a look");
        let waiting = due(&tx, person.me.did(), &to, self.now, BATCH_ENVELOPES).map_err(explain).expect("what is due");
        let card = cards::get(&tx, &to).expect("a look").and_then(|row| Card::read(&row.bytes).ok());
        let recipient = self.people.iter().position(|person| person.me.did() == &to);
        let (false, Some(card), Some(recipient)) = (waiting.is_empty(), card, recipient) else { return };
        let ids: Vec<MessageId> = waiting.iter().map(|due| due.id).collect();
        if self.people[recipient].asleep {
            self.transact(who, |txn| receipts::unreached(txn, &ids, "asleep")).expect("noted");
            return;
        }
        let stays: Vec<MessageId> = waiting.iter().filter(|due| due.stays).map(|due| due.id).collect();
        self.transact(who, |txn| receipts::attempted(txn, &stays)).expect("noted");
        let prekey = card.nodes()[0].prekeys[0].clone();
        let batch = Batch::seal(&waiting, to, &prekey, &mut self.dice).expect("a good prekey");
        let number = self.number();
        let bytes = batch.bytes();
        self.people[who].waiting.insert(number, batch);
        self.put(Parcel::Batch { from: who, to: recipient, number, bytes });
        let give_up = (self.now + PATIENCE, self.number());
        self.wire.insert(give_up, Parcel::GiveUp { who, number });
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Puts a parcel on the wire, which may lose it or bring it twice.
    fn put(&mut self, parcel: Parcel) {
        let copies = match self.dice.random_range(0..100) {
            roll if roll < self.faults.lost => 0,
            roll if roll < self.faults.lost + self.faults.repeated => 2,
            _ => 1,
        };
        for _ in 0..copies {
            let delay = Duration::from_millis(self.dice.random_range(1..LONGEST_WAY));
            let key = (self.now + delay, self.number());
            self.wire.insert(key, parcel.clone());
        }
    }

    fn next_parcel(&mut self) {
        let Some(((at, _), parcel)) = self.wire.pop_first() else { return };
        self.now = self.now.max(at);
        match parcel {
            Parcel::Batch { from, to, number, bytes } => {
                let person = &self.people[to];
                let opened = batch::open_all(&bytes, &person.me, &person.own, self.now);
                let receipts = self.transact(to, |txn| inbound::batch::take_in(txn, &opened)).expect("receipts");
                let person = &self.people[to];
                let bytes = batch::answer(&receipts, &person.me, &person.own, self.now);
                self.put(Parcel::Answer { from: to, to: from, number, bytes });
            }
            Parcel::Answer { from, to, number, bytes } => {
                let Some(batch) = self.people[to].waiting.remove(&number) else { return };
                let did = *self.people[from].me.did();
                let receipts = Receipts::read(&bytes, &did).expect("receipts that verify");
                self.transact(to, |txn| batch.settle(txn, &receipts)).expect("settled");
                self.wanted.insert((to, did));
            }
            Parcel::GiveUp { who, number } => self.gives_up(who, number),
        }
    }

    fn gives_up(&mut self, who: usize, number: u64) {
        if let Some(batch) = self.people[who].waiting.remove(&number) {
            let ids: Vec<MessageId> = batch.ids().copied().collect();
            self.transact(who, |txn| receipts::failed(txn, &ids, "no answer")).expect("noted");
        }
    }

    /// Returns what somebody knew and had not committed is gone; what they had sent is on the wire.
    fn somebody_crashes(&mut self) {
        let who = self.dice.random_range(0..self.people.len());
        self.people[who].waiting.clear();
        self.transact(who, receipts::recover).expect("recovered");
        let tx = self.people[who].store.read().expect("a look");
        for row in outbox::all(&tx).expect("the outbox") {
            self.wanted.insert((who, row.to));
        }
    }

    /// Everything on the wire is lost, and nobody waits for an answer any more.
    pub fn loses_what_is_under_way(&mut self) {
        self.wire.clear();
        self.people.iter_mut().for_each(|person| person.waiting.clear());
    }
}
