//! How much is too much, who is told when to come again, and that nobody pays for another.

use std::time::Duration;

use ai2ai_api::settings::Limits;
use ai2ai_core::content::Words;
use ai2ai_core::people::contacts;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::delivery::State;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::receipt::Outcome;
use ai2ai_store::{Store, outbox};
use ai2ai_tests::world::World;

use super::{ALEX, DARREN, DAY, MALLORY, MINUTE, NO_FAULTS, arrives, envelope, heard, refused, says, state, two};

fn strict(limits: Limits) -> World {
    let mut world = two();
    world.people[ALEX].me.limits = limits;
    world
}

#[test]
fn who_sends_too_much_is_told_when_to_come_again_and_obeys() {
    let mut world = strict(Limits { messages_per_minute: 6, ..Limits::default() });
    let start = world.now;
    let mut said: Vec<MessageId> = (0..24).map(|n| says(&mut world, DARREN, ALEX, &format!("number {n}")).id).collect();
    said.sort_unstable();
    world.come_to_rest();
    assert_eq!(heard(&world, ALEX), said, "all of it arrived, once");
    let took = world.now.since(start);
    assert!((3 * MINUTE..6 * MINUTE).contains(&took), "24 at 6 a minute, 6 of them at once: {took:?}");
    let tx = world.people[DARREN].store.read().expect("a look");
    let tries: u32 =
        said.iter().map(|id| outbox::get(&tx, id).expect("a look").expect("a row").delivery.attempts()).sum();
    assert!(tries <= 3 * 24, "{tries} tries for 24 messages: nobody runs against the wall");
}

#[test]
fn a_flood_of_large_messages_is_bounded_by_bytes() {
    let mut world = strict(Limits { bytes_per_minute: 65_536, ..Limits::default() });
    let now = world.now;
    let accepted = (0..200)
        .filter(|n| {
            let one = envelope(&world, DARREN, ALEX, *n, now, DAY);
            refused(&arrives(&mut world, ALEX, &one)).is_none()
        })
        .count();
    let size = envelope(&world, DARREN, ALEX, 1, now, DAY).bytes().len();
    assert!(accepted * size <= 65_536 && accepted > 20, "{accepted} of {size} bytes");
}

#[test]
fn a_restart_opens_no_flood() {
    let home = tempfile::tempdir().expect("a directory");
    let file = home.path().join("alex.redb");
    let mut world = World::new(1, &["Darren", "Alex"], NO_FAULTS);
    world.people[ALEX].store = Store::open(&file).expect("a store");
    world.introduce(DARREN, ALEX);
    world.people[ALEX].me.limits.messages_per_minute = 3;
    let now = world.now;
    let try_one = |world: &mut World, n: u8| {
        let one = envelope(world, DARREN, ALEX, n, now, DAY);
        refused(&arrives(world, ALEX, &one))
    };
    assert_eq!((0..3).filter_map(|n| try_one(&mut world, n)).count(), 0);
    assert_eq!(try_one(&mut world, 3), Some(Code::RateLimited));
    world.people[ALEX].store = Store::in_memory();
    world.people[ALEX].store = Store::open(&file).expect("the same store");
    assert_eq!(try_one(&mut world, 4), Some(Code::RateLimited));
    world.now = now + MINUTE;
    assert_eq!(try_one(&mut world, 5), None);
}

#[test]
fn a_repeat_costs_nothing_and_is_answered_though_the_rate_is_used_up() {
    let mut world = strict(Limits { messages_per_minute: 1, ..Limits::default() });
    let now = world.now;
    let first = envelope(&world, DARREN, ALEX, 1, now, DAY);
    let second = envelope(&world, DARREN, ALEX, 2, now, DAY);
    let receipt = arrives(&mut world, ALEX, &first);
    let limited = arrives(&mut world, ALEX, &second);
    assert_eq!((refused(&limited), limited.retry_after_s.is_some()), (Some(Code::RateLimited), true));
    assert_eq!(arrives(&mut world, ALEX, &first), receipt);
}

/// What a stranger learns is what every stranger learns, and what a blocked sender learns is the same.
#[test]
fn strangers_share_one_rate_and_the_blocked_look_like_strangers() {
    let names = ["Darren", "Alex", "Mallory", "Bob", "Carol"];
    let mut world = World::new(1, &names, NO_FAULTS);
    world.introduce(DARREN, ALEX);
    world.people[ALEX].me.limits.strangers_per_hour = 4;
    world.transact(ALEX, |txn| contacts::block(txn, "Darren", true)).expect("blocked");
    let now = world.now;
    let mut try_one = |from: usize, n: u8| {
        let one = envelope(&world, from, ALEX, n, now, DAY);
        let receipt = arrives(&mut world, ALEX, &one);
        (receipt.outcome, receipt.retry_after_s, receipt.state.is_some())
    };
    let held = (Outcome::Held, None, false);
    let full = (Outcome::Refused(Code::Quarantined), None, false);
    assert_eq!([try_one(MALLORY, 1), try_one(DARREN, 2), try_one(3, 3), try_one(4, 4)], [held; 4]);
    assert_eq!([try_one(MALLORY, 5), try_one(DARREN, 6), try_one(3, 7), try_one(4, 8)], [full; 4]);
    world.now = now + Duration::from_secs(900);
    let one = envelope(&world, 3, ALEX, 9, world.now, DAY);
    assert_eq!(arrives(&mut world, ALEX, &one).outcome, Outcome::Held, "one more each quarter of an hour");
}

#[test]
fn no_number_of_strangers_slows_a_contact() {
    let names: Vec<String> = (0..20).map(|n| format!("Stranger{n}")).collect();
    let names: Vec<&str> = ["Darren", "Alex"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut world = World::new(1, &names, NO_FAULTS);
    world.introduce(DARREN, ALEX);
    world.people[ALEX].me.limits.strangers_per_hour = 2;
    let now = world.now;
    for stranger in 2..names.len() {
        let one = envelope(&world, stranger, ALEX, 1, now, DAY);
        arrives(&mut world, ALEX, &one);
    }
    let one = envelope(&world, DARREN, ALEX, 1, now, DAY);
    assert_eq!(arrives(&mut world, ALEX, &one).outcome, Outcome::Accepted);
    assert_eq!(world.items(ALEX).len(), 3, "two strangers and the contact");
}

#[test]
fn two_agents_that_talk_all_night_are_stopped_by_the_owners_bound() {
    let mut world = strict(Limits { messages_per_conversation: 4, ..Limits::default() });
    let first = says(&mut world, DARREN, ALEX, "One");
    let talk = Some(first.conversation);
    let more: Vec<MessageId> =
        (0..6).map(|n| world.says(DARREN, ALEX, talk, Words::message(&format!("and {n}"))).expect("said").id).collect();
    world.come_to_rest();
    assert_eq!(heard(&world, ALEX).len(), 4);
    let last = more.last().expect("the last");
    assert_eq!(state(&world, DARREN, *last), State::Dead);
}
