//! A repeat is known, whatever happened since. What the original teaches: a cache in memory, shorter than a message's life, that
//! answers an honest retry with "replay".

use ai2ai_core::forget;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::limits::{CLOCK_SKEW, ENVELOPE_LIFE};
use ai2ai_protocol::receipt::Outcome;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::{Store, messages, replay};
use ai2ai_tests::world::World;

use super::{ALEX, DARREN, DAY, MINUTE, NO_FAULTS, arrives, envelope, heard, refused, says, two};

#[test]
fn a_replay_cache_outlives_a_restart() {
    let home = tempfile::tempdir().expect("a directory");
    let file = home.path().join("alex.redb");
    let mut world = World::new(1, &["Darren", "Alex"], NO_FAULTS);
    world.people[ALEX].store = Store::open(&file).expect("a store");
    world.introduce(DARREN, ALEX);
    let said = says(&mut world, DARREN, ALEX, "Hello");
    world.come_to_rest();
    let envelope = world.as_said(DARREN, ALEX, said.id);
    let first = arrives(&mut world, ALEX, &envelope);

    world.people[ALEX].store = Store::in_memory();
    world.people[ALEX].store = Store::open(&file).expect("the same store");
    assert_eq!(arrives(&mut world, ALEX, &envelope), first);
    assert_eq!(heard(&world, ALEX).len(), 1);
}

#[test]
fn an_honest_retry_gets_its_receipt_not_replay() {
    let mut world = two();
    let said = says(&mut world, DARREN, ALEX, "Hello");
    world.come_to_rest();
    let envelope = world.as_said(DARREN, ALEX, said.id);
    let first = arrives(&mut world, ALEX, &envelope);
    assert_eq!(first.outcome, Outcome::Accepted);
    for later in [MINUTE, DAY, 10 * DAY, 36 * DAY] {
        world.now = said_at(&world, said.id) + later;
        assert_eq!(arrives(&mut world, ALEX, &envelope), first, "after {later:?}");
    }
    assert_eq!(heard(&world, ALEX).len(), 1);
}

fn said_at(world: &World, id: MessageId) -> Timestamp {
    let sender = *world.people[DARREN].me.did();
    let tx = world.people[DARREN].store.read().expect("a look");
    messages::get(&tx, &sender, &id).expect("a look").expect("a message").at
}

#[test]
fn no_envelope_outlives_the_memory_of_its_receipt() {
    let mut world = two();
    let now = world.now;
    let longest = envelope(&world, DARREN, ALEX, 2, now, ENVELOPE_LIFE);
    assert_eq!(refused(&arrives(&mut world, ALEX, &longest)), None);
    let tx = world.people[ALEX].store.read().expect("a look");
    let row = replay::get(&tx, world.people[DARREN].me.did(), &longest.id()).expect("a look").expect("remembered");
    assert!(row.keep_until > longest.expires_at() + CLOCK_SKEW);
}

#[test]
fn a_replay_is_known_after_its_contact_was_forgotten_and_added_again() {
    let mut world = two();
    let said = says(&mut world, DARREN, ALEX, "Hello");
    world.come_to_rest();
    let envelope = world.as_said(DARREN, ALEX, said.id);
    let first = arrives(&mut world, ALEX, &envelope);
    world.transact(ALEX, |txn| forget::contact(txn, "Darren")).expect("forgotten");
    assert_eq!(arrives(&mut world, ALEX, &envelope), first);
    world.adds(ALEX, DARREN);
    assert_eq!(arrives(&mut world, ALEX, &envelope), first);
    assert_eq!(heard(&world, ALEX).len(), 1);
}
