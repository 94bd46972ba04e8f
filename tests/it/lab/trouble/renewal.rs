//! The last week of an agent's key, between real nodes whose clocks are turned: renewed in time, or by the owner's yes.

use ai2ai_tests::lab::{Lab, REQUIRE};
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::steps::{adds, approves, begins_anew, shows, waits_for};
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::Value;

/// A day of the last week of the delegation that `init` makes, in seconds after it: it lasts for 365 days.
const LAST_WEEK: i64 = 361 * 24 * 3_600;

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
