//! The agent's key ends after a year. Who has no PIN notices nothing of it; whoever has one is asked, once, a week before.

use ai2ai_core::content::Reply;
use ai2ai_core::inbox::{decide, renewal, snooze};
use ai2ai_core::rotation;
use std::time::Duration;

use ai2ai_store::audit;
use ai2ai_store::inbox::{ItemKind, ItemRow};
use ai2ai_tests::lab::{Lab, REQUIRE};
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::times::{PATIENCE, wait_for};
use ai2ai_tests::world::{Faults, World};
use serde_json::Value;

use crate::keys::begins_anew;
use crate::steps::{adds, approves, shows, waits_for};

const ALEX: usize = 0;
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// A day of the last week of the delegation that `init` makes, in seconds after it: it lasts for 365 days.
const LAST_WEEK: i64 = 361 * 24 * 3_600;

fn alone() -> World {
    let mut world = World::new(7, &["Alex"], Faults::default());
    world.transact(ALEX, |txn| rotation::begin(txn)).expect("it begins");
    world
}

/// A sweep of Alex's node.
fn sweeps(world: &mut World) -> Vec<ItemRow> {
    world.transact(ALEX, |txn| renewal::ask_to_renew(txn)).expect("looked");
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
        world.transact(ALEX, |txn| rotation::begin(txn)).expect("it begins again");
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
    world.transact(ALEX, |txn| snooze::snooze(txn, &id, None, later, "typed")).expect("snoozed");
    let stale = world.transact(ALEX, |txn| {
        let other = ai2ai_protocol::digest::Digest::of(b"something else");
        decide::reject(txn, &id, Some(&other), None, "typed")
    });
    assert_eq!(stale.map_err(|failure| failure.code).err().as_deref(), Some("item_changed"));
    world.transact(ALEX, |txn| decide::reject(txn, &id, Some(&item.digest), None, "typed")).expect("rejected");
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
    let (id, owner) = (item.id.to_string(), world.people[ALEX].owner());
    let reply = Reply::default();
    let tapped = world.transact(ALEX, |txn| decide::approve(txn, &id, &item.digest, &reply, None, &owner, "telegram"));
    assert_eq!(tapped.map_err(|failure| failure.code).err().as_deref(), Some("not_here"));
    assert_eq!(sweeps(&mut world).len(), 1);
}

/// Two laptops in the last week of their keys, who know each other: Alex's with a PIN, Sam's without one.
fn in_the_last_week(lab: &mut Lab) -> Option<(Laptop, Laptop)> {
    let [mut alex, mut sam] = ["alex", "sam"].map(|name| lab.laptop_with_mounts(name));
    for laptop in [&mut alex, &mut sam] {
        if let Err(reason) = laptop.has_own_clock() {
            assert!(std::env::var(REQUIRE).as_deref() != Ok("1"), "{REQUIRE}=1, and there is no clock: {reason}");
            println!("SKIPPED renewal: {reason}");
            return None;
        }
    }
    alex.init();
    sam.init_without_pin();
    for laptop in [&mut alex, &mut sam] {
        laptop.turn_clock(LAST_WEEK);
        laptop.up();
    }
    Some((alex, sam))
}

fn delegation(laptop: &Laptop) -> Option<u64> {
    let answer = laptop.owner(&["keys"]);
    (answer.exit == 0).then(|| answer.one()["delegation"].as_u64()).flatten()
}

/// How many renewals wait; nothing while the node begins anew.
fn renewals(laptop: &Laptop) -> Option<usize> {
    let answer = laptop.owner(&["pending"]);
    (answer.exit == 0).then(|| answer.lines.iter().filter(|line| line["kind"] == "renewal").count())
}

fn audited(laptop: &Laptop, what: &str, factor: &str) -> bool {
    let answer = laptop.owner(&["audit"]);
    let is_it = |line: &Value| line["what"] == what && line["factor"] == factor;
    answer.exit == 0 && answer.lines.iter().any(is_it)
}

#[test]
fn without_a_pin_a_key_renews_itself_and_with_one_the_owner_is_asked_and_says_yes() {
    let Some(mut lab) = Lab::open() else { return };
    let Some((mut alex, sam)) = in_the_last_week(&mut lab) else { return };
    wait_for("sam's key to renew itself", PATIENCE, || (delegation(&sam) == Some(2)).then_some(()));
    begins_anew(&sam);
    wait_for("sam's audit", PATIENCE, || audited(&sam, "rotate_keys", "in_time").then_some(()));

    let item = waits_for(&alex, "renewal");
    alex.kill();
    alex.up();
    assert_eq!((renewals(&alex), renewals(&sam)), (Some(1), Some(0)), "it stands once, over a crash");
    let shown = shows(&alex, &item);
    assert!(shown["next"].as_str().is_some_and(|next| next.contains("a new key")), "{shown}");
    adds(&alex, &sam);
    adds(&sam, &alex);

    let id = item["id"].as_str().expect("an id");
    let digest = shown["digest"].as_str().expect("a digest");
    let guess = alex.guesser(&["approve", id, "--digest", digest]);
    assert_eq!(guess.failed(5), "wrong_pin");
    assert_eq!(delegation(&alex), Some(1));
    let _ = approves(&alex, &shown, &[]).done();
    wait_for("alex's key to be renewed", PATIENCE, || (delegation(&alex) == Some(2)).then_some(()));
    wait_for("sam to learn it", PATIENCE, || audited(&sam, "new_key", "delegation").then_some(()));
    wait_for("the item to be gone", PATIENCE, || (renewals(&alex) == Some(0)).then_some(()));
    for what in ["approve", "rotate_keys"] {
        wait_for(what, PATIENCE, || audited(&alex, what, "pin").then_some(()));
    }
}
