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
    /// Everything on the wire is lost, and nobody waits for an answer any more.
    pub fn loses_what_is_under_way(&mut self) {
        self.wire.clear();
        self.people.iter_mut().for_each(|person| person.waiting.clear());
    }
}

/// One thing happens: a parcel arrives, or time passes until something is due.
pub(super) fn step(world: &mut World) -> bool {
    if world.dice.random_range(0..100) < world.faults.crashes {
        somebody_crashes(world);
    }
    let parcel_at = world.wire.keys().next().map(|(at, _)| *at);
    let due_at = next_due(world);
    match (parcel_at, due_at) {
        (Some(parcel), Some(due)) if due < parcel => pass_to(world, due),
        (Some(_), _) => next_parcel(world),
        (None, Some(due)) => pass_to(world, due),
        (None, None) => return !world.wanted.is_empty(),
    }
    true
}

fn pass_to(world: &mut World, moment: Timestamp) {
    world.now = world.now.max(moment) + Duration::from_millis(1);
    for who in 0..world.people.len() {
        let tx = world.people[who].store.read().expect("a look");
        for row in outbox::due(&tx, world.now, 1_000).expect("what is due") {
            world.wanted.insert((who, row.to));
        }
    }
}

/// Returns when something is tried next. What waits behind another message of its conversation is not.
fn next_due(world: &World) -> Option<Timestamp> {
    let of = |person: &Person| {
        let mut begun = BTreeSet::new();
        let waiting = outbox::waiting(&person.store.read().expect("a look"), usize::MAX).expect("what waits");
        let first = waiting.into_iter().filter(|row| begun.insert(row.conversation));
        first.filter_map(|row| row.delivery.next_attempt_at()).min()
    };
    world.people.iter().filter(|person| person.waiting.is_empty()).filter_map(of).min()
}

pub(super) fn send_what_is_wanted(world: &mut World) {
    for (who, to) in std::mem::take(&mut world.wanted) {
        let busy = world.people[who].waiting.values().any(|batch| batch.to() == &to);
        if busy {
            continue;
        }
        send(world, who, to);
    }
}

fn send(world: &mut World, who: usize, to: Did) {
    let person = &world.people[who];
    let tx = person.store.read().expect("a look");
    let waiting = due(&tx, person.me.did(), &to, world.now, BATCH_ENVELOPES).map_err(explain).expect("what is due");
    let card = cards::get(&tx, &to).expect("a look").and_then(|row| Card::read(&row.bytes).ok());
    let recipient = world.people.iter().position(|person| person.me.did() == &to);
    let Some(card) = card.filter(|_| !waiting.is_empty()) else { return };
    let Some(recipient) = recipient else { return };
    let ids: Vec<MessageId> = waiting.iter().map(|due| due.id).collect();
    if world.people[recipient].asleep {
        world.transact(who, |txn| receipts::unreached(txn, &ids, "asleep")).expect("noted");
        return;
    }
    let stays: Vec<MessageId> = waiting.iter().filter(|due| due.stays).map(|due| due.id).collect();
    world.transact(who, |txn| receipts::attempted(txn, &stays)).expect("noted");
    let prekey = card.nodes()[0].prekeys[0].clone();
    let batch = Batch::seal(&waiting, to, &prekey, &mut world.dice).expect("a good prekey");
    let number = next_number(world);
    let bytes = batch.bytes();
    world.people[who].waiting.insert(number, batch);
    put(world, Parcel::Batch { from: who, to: recipient, number, bytes });
    let give_up = (world.now + PATIENCE, next_number(world));
    world.wire.insert(give_up, Parcel::GiveUp { who, number });
}

fn next_number(world: &mut World) -> u64 {
    world.next += 1;
    world.next
}

/// Puts a parcel on the wire, which may lose it or bring it twice.
fn put(world: &mut World, parcel: Parcel) {
    let copies = match world.dice.random_range(0..100) {
        roll if roll < world.faults.lost => 0,
        roll if roll < world.faults.lost + world.faults.repeated => 2,
        _ => 1,
    };
    for _ in 0..copies {
        let delay = Duration::from_millis(world.dice.random_range(1..LONGEST_WAY));
        let key = (world.now + delay, next_number(world));
        world.wire.insert(key, parcel.clone());
    }
}

fn next_parcel(world: &mut World) {
    let Some(((at, _), parcel)) = world.wire.pop_first() else { return };
    world.now = world.now.max(at);
    match parcel {
        Parcel::Batch { from, to, number, bytes } => {
            let person = &world.people[to];
            let opened = batch::open_all(&bytes, &person.me, &person.own, world.now);
            let receipts = world.transact(to, |txn| inbound::batch::take_in(txn, &opened)).expect("receipts");
            let person = &world.people[to];
            let bytes = batch::answer(&receipts, &person.me, &person.own, world.now);
            put(world, Parcel::Answer { from: to, to: from, number, bytes });
        }
        Parcel::Answer { from, to, number, bytes } => {
            let Some(batch) = world.people[to].waiting.remove(&number) else { return };
            let did = *world.people[from].me.did();
            let receipts = Receipts::read(&bytes, &did).expect("receipts that verify");
            world.transact(to, |txn| batch.settle(txn, &receipts)).expect("settled");
            world.wanted.insert((to, did));
        }
        Parcel::GiveUp { who, number } => gives_up(world, who, number),
    }
}

fn gives_up(world: &mut World, who: usize, number: u64) {
    if let Some(batch) = world.people[who].waiting.remove(&number) {
        let ids: Vec<MessageId> = batch.ids().copied().collect();
        world.transact(who, |txn| receipts::failed(txn, &ids, "no answer")).expect("noted");
    }
}

/// Returns what somebody knew and had not committed is gone; what they had sent is on the wire.
fn somebody_crashes(world: &mut World) {
    let who = world.dice.random_range(0..world.people.len());
    world.people[who].waiting.clear();
    world.transact(who, receipts::recover).expect("recovered");
    let tx = world.people[who].store.read().expect("a look");
    for row in outbox::all(&tx).expect("the outbox") {
        world.wanted.insert((who, row.to));
    }
}
