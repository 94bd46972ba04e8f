//! The agent's key ends after a year. Who has no PIN notices nothing of it; whoever has one is asked, once, a week before.

use std::time::Duration;

use ai2ai_api::audit::AuditFactor;
use ai2ai_core::content::Reply;
use ai2ai_core::decisions::decide;
use ai2ai_core::inbox::{renewal, snooze};
use ai2ai_core::rotation;
use ai2ai_store::audit;
use ai2ai_store::inbox::{ItemKind, ItemRow};
use ai2ai_tests::world::{Faults, World};

const ALEX: usize = 0;
const DAY: Duration = Duration::from_secs(24 * 3_600);

fn alone() -> World {
    let mut world = World::new(7, &["Alex"], Faults::default());
    world.transact(ALEX, rotation::begin).expect("it begins");
    world
}

/// A sweep of Alex's node.
fn sweeps(world: &mut World) -> Vec<ItemRow> {
    world.transact(ALEX, renewal::ask).expect("looked");
    world.items(ALEX)
}

/// How many days before the end of Alex's delegation it is now.
fn days_before_the_end(world: &mut World, days: u32) {
    world.now = world.people[ALEX].me.sender.delegation.not_after() - days * DAY;
}

#[test]
fn a_week_before_the_end_one_item_stands_and_no_day_or_restart_makes_another() {
    let mut world = alone();
    days_before_the_end(&mut world, 8);
    assert!(sweeps(&mut world).is_empty(), "too early");
    for days in (1..=7).rev() {
        days_before_the_end(&mut world, days);
        let items = sweeps(&mut world);
        assert_eq!(items.iter().map(|item| item.kind).collect::<Vec<_>>(), [ItemKind::Renewal], "{days}");
        assert_eq!(items[0].expires_at, world.people[ALEX].me.sender.delegation.not_after());
        world.transact(ALEX, rotation::begin).expect("it begins again");
    }
    let _ = world.renews_key(ALEX);
    assert!(sweeps(&mut world).is_empty(), "a key that was renewed is not asked about");
    days_before_the_end(&mut world, 2);
    assert_eq!(sweeps(&mut world).len(), 1, "the next one is");
}

#[test]
fn a_no_is_for_good_and_who_has_no_pin_is_never_asked() {
    let mut world = alone();
    days_before_the_end(&mut world, 7);
    let item = sweeps(&mut world).remove(0);
    let id = item.id.to_string();
    let later = world.now + DAY;
    world.transact(ALEX, |txn| snooze::snooze(txn, &id, None, later, &AuditFactor::Typed)).expect("snoozed");
    let stale = world.rejects(ALEX, &item.id, Some(&ai2ai_protocol::digest::Digest::of(b"something else")));
    assert_eq!(stale.map_err(|failure| failure.code.to_string()).err().as_deref(), Some("item_changed"));
    world.rejects(ALEX, &item.id, Some(&item.digest)).expect("rejected");
    days_before_the_end(&mut world, 1);
    assert!(sweeps(&mut world).is_empty());
    let tx = world.people[ALEX].store.read().expect("a look");
    let audited: Vec<String> = audit::all(&tx).expect("the audit").into_iter().map(|row| row.what).collect();
    assert_eq!(audited, ["snooze", "reject"]);
    drop(tx);

    let mut open = alone();
    open.people[ALEX].me.has_pin = false;
    days_before_the_end(&mut open, 1);
    assert!(sweeps(&mut open).is_empty());
}

#[test]
fn nobody_renews_a_key_by_an_approval_that_has_no_files_of_keys() {
    let mut world = alone();
    days_before_the_end(&mut world, 7);
    let item = sweeps(&mut world).remove(0);
    let owner = world.people[ALEX].owner();
    let reply = Reply::default();
    let tapped = world.transact(ALEX, |txn| decide::approve(txn, &item, &reply, None, &owner, &AuditFactor::Telegram));
    assert_eq!(tapped.map_err(|failure| failure.code.to_string()).err().as_deref(), Some("not_here"));
    assert_eq!(sweeps(&mut world).len(), 1);
}
