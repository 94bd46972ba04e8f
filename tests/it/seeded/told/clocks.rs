//! Clocks that differ and jump: nothing is revived, nothing is lost, and who is minutes off is told.

use std::time::Duration;

use ai2ai_core::people::clocks;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::delivery::State;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::contacts;
use ai2ai_tests::world::World;

use super::{ALEX, DARREN, DAY, MINUTE, arrives, envelope, heard, refused, says, state, two};

#[test]
fn a_clock_that_jumps_revives_nothing_and_loses_nothing() {
    let mut world = two();
    let start = world.now;
    let first = envelope(&world, DARREN, ALEX, 1, start, DAY);
    let second = envelope(&world, DARREN, ALEX, 2, start, DAY);
    let accepted = arrives(&mut world, ALEX, &first);
    world.now = start + 2 * DAY;
    assert_eq!(refused(&arrives(&mut world, ALEX, &second)), Some(Code::Expired));
    assert_eq!(arrives(&mut world, ALEX, &first), accepted, "two days on, a repeat gets its first receipt");
    world.now = start + MINUTE;
    assert_eq!(refused(&arrives(&mut world, ALEX, &second)), Some(Code::Expired), "what was refused for good stays so");
    assert_eq!(arrives(&mut world, ALEX, &first), accepted);
    world.now = start - DAY;
    assert_eq!(arrives(&mut world, ALEX, &first), accepted, "back by a day");
    let fresh = envelope(&world, DARREN, ALEX, 3, start, DAY);
    assert_eq!(refused(&arrives(&mut world, ALEX, &fresh)), Some(Code::NotYetValid));
    world.now = start;
    assert_eq!(refused(&arrives(&mut world, ALEX, &fresh)), None, "and is taken once the clock is right");
    assert_eq!(heard(&world, ALEX).len(), 2);
}

#[test]
fn what_was_sent_arrives_though_the_senders_clock_jumps() {
    for jump in [Duration::from_secs(5 * 3_600), 3 * DAY] {
        let mut world = two();
        world.people[ALEX].asleep = true;
        let said = says(&mut world, DARREN, ALEX, "Hello");
        (0..4).for_each(|_| world.let_time_pass());
        world.now = world.now + jump;
        (0..4).for_each(|_| world.let_time_pass());
        world.wakes(ALEX);
        world.come_to_rest();
        assert_eq!((state(&world, DARREN, said.id), heard(&world, ALEX).len()), (State::Delivered, 1), "{jump:?}");
    }
}

#[test]
fn a_contacts_clock_that_is_minutes_off_is_noticed_and_told() {
    let mut world = two();
    let ahead_of = |world: &World| {
        let tx = world.people[DARREN].store.read().expect("a look");
        contacts::get(&tx, world.people[ALEX].me.did()).expect("a look").expect("a contact").clock_ahead_s
    };
    let note = |world: &mut World, theirs: Timestamp| {
        let did = *world.people[ALEX].me.did();
        let noted = world.transact(DARREN, |txn| {
            let contact = contacts::get(txn.view(), &did)?.expect("a contact");
            clocks::note(txn, &contact, theirs)
        });
        noted.expect("noted");
    };
    let now = world.now;
    note(&mut world, now + Duration::from_secs(20));
    assert_eq!(ahead_of(&world), None, "an answer may have been under way for so long");
    note(&mut world, now + 7 * MINUTE);
    assert_eq!(ahead_of(&world), Some(420));
    note(&mut world, now - 5 * MINUTE);
    assert_eq!(ahead_of(&world), Some(-300));
    let future = envelope(&world, ALEX, DARREN, 1, now + 11 * MINUTE, DAY);
    assert_eq!(refused(&arrives(&mut world, DARREN, &future)), Some(Code::NotYetValid));
    assert_eq!(ahead_of(&world), Some(660), "a time that cannot be is the sender's clock");
}
