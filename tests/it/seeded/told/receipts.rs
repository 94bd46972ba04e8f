//! Who may say that something arrived, and what is tried until somebody does. What the original teaches: receipts that anyone can
//! forge, a queue that is never drained, a retry slot that is never reached, a ping that replaces a key.

use ai2ai_core::outbound::receipts;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::delivery::State;
use ai2ai_protocol::envelope::{Draft, Kind};
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::limits::{ENVELOPE_LIFE_DEFAULT, RETRY_MOST};
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_store::{contacts, outbox};
use ai2ai_tests::world::{Faults, World};

use super::{ALEX, DARREN, MALLORY, MINUTE, NO_FAULTS, arrives, heard, says, state, two};

const ROUGH: Faults = Faults { lost: 20, repeated: 20, crashes: 3 };

#[test]
fn a_receipt_by_somebody_else_is_ignored() {
    let mut world = World::new(1, &["Darren", "Alex", "Mallory"], NO_FAULTS);
    world.introduce(DARREN, ALEX);
    world.introduce(DARREN, MALLORY);
    world.people[ALEX].asleep = true;
    let said = says(&mut world, DARREN, ALEX, "Hello");
    let digest = world.as_said(DARREN, ALEX, said.id).digest();
    let forged = |digest, outcome| Receipt {
        id: Some(said.id),
        digest,
        outcome,
        retry_after_s: None,
        state: None,
        at: world.now,
    };
    let mallory = *world.people[MALLORY].me.did();
    let alex = *world.people[ALEX].me.did();
    let other = ai2ai_protocol::digest::Digest::of(b"another envelope");
    let tries = [
        (mallory, forged(digest, Outcome::Accepted)),
        (mallory, forged(digest, Outcome::Refused(Code::Closed))),
        (alex, forged(other, Outcome::Accepted)),
    ];
    for (from, receipt) in tries {
        let taken = world.transact(DARREN, |txn| receipts::receipt(txn, &from, &said.id, &receipt)).expect("looked at");
        assert!(!taken, "{receipt:?}");
        assert_eq!(state(&world, DARREN, said.id), State::Queued);
    }
    world.wakes(ALEX);
    world.come_to_rest();
    assert_eq!(state(&world, DARREN, said.id), State::Delivered);
}

#[test]
fn the_queue_is_drained() {
    for seed in 300..306 {
        let mut world = World::new(seed, &["Darren", "Alex"], ROUGH);
        world.introduce(DARREN, ALEX);
        let mut said: Vec<MessageId> =
            (0..60).map(|n| says(&mut world, DARREN, ALEX, &format!("number {n}")).id).collect();
        world.come_to_rest();
        said.sort_unstable();
        assert_eq!(heard(&world, ALEX), said, "seed {seed}: each once");
        let tx = world.people[DARREN].store.read().expect("a look");
        assert_eq!(outbox::count_waiting(&tx).expect("a count"), 0, "seed {seed}");
    }
}

/// Nobody is seen again, no event comes: time alone brings each next try, hour by hour, until the end.
#[test]
fn the_retry_slot_is_reached() {
    let mut world = two();
    world.people[ALEX].asleep = true;
    let said = says(&mut world, DARREN, ALEX, "Hello");
    let end = world.now + ENVELOPE_LIFE_DEFAULT - 2 * RETRY_MOST;
    let mut tried = 0;
    let mut last = world.now;
    while world.now < end {
        world.let_time_pass();
        let tx = world.people[DARREN].store.read().expect("a look");
        let attempts = outbox::get(&tx, &said.id).expect("a look").expect("a row").delivery.attempts();
        if attempts > tried {
            assert!(world.now.since(last) <= RETRY_MOST + MINUTE, "{:?} without a try", world.now.since(last));
            (tried, last) = (attempts, world.now);
        }
    }
    assert!(tried > 7 * 24, "{tried} tries in a week");
    world.people[ALEX].asleep = false;
    world.come_to_rest();
    assert_eq!(state(&world, DARREN, said.id), State::Delivered, "the last tries were real ones");
}

#[test]
fn a_ping_replaces_no_key_and_makes_no_contact() {
    let mut world = World::new(1, &["Darren", "Alex", "Mallory"], NO_FAULTS);
    world.introduce(DARREN, ALEX);
    let before = contacts::all(&world.people[ALEX].store.read().expect("a look")).expect("contacts");
    let intent = "node.ping".parse().expect("an intent");
    let draft = Draft { kind: Kind::Ping, intent, ..world.draft(ALEX, 1, world.now) };
    let sender = &mut world.people[MALLORY].me.sender;
    sender.human = "Darren".parse().expect("a name");
    sender.agent = "darren-assistant".parse().expect("a name");
    let ping = world.signed(MALLORY, ALEX, draft);
    assert_eq!(arrives(&mut world, ALEX, &ping).outcome, Outcome::Held, "as any stranger's");
    assert_eq!(contacts::all(&world.people[ALEX].store.read().expect("a look")).expect("contacts"), before);
}
