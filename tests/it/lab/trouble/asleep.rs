//! The other laptop sleeps: what is sent waits, and is there as soon as it wakes.

use std::time::{Duration, Instant};

use ai2ai_tests::lab::Lab;
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::steps::{text, two_who_know_each_other, waits_for};
use ai2ai_tests::times::{PATIENCE, wait_for};

/// From being seen again to being delivered.
const AT_ONCE: Duration = Duration::from_secs(2);
/// Until a connection to a node that is gone without a goodbye is noticed to be dead.
const MISSED: Duration = Duration::from_secs(20);

#[test]
fn what_is_sent_to_a_sleeping_laptop_arrives_when_it_wakes() {
    let Some(mut lab) = Lab::open() else { return };
    let (mut alex, mut sam) = two_who_know_each_other(&mut lab);
    sam.interrupt();
    let words = ["First", "Second", "Third"];
    let sent: Vec<_> = words.iter().map(|word| alex.owner(&["send", sam.agent(), word]).done()).collect();
    assert!(sent.iter().all(|answer| answer.text("delivery") == "queued"));
    assert_eq!(waiting(&alex).len(), words.len());

    alex.kill();
    alex.up();
    assert_eq!(waiting(&alex).len(), words.len(), "what waits survives kill -9");

    sam.up();
    arrives_at_once(&alex, &sam);
    for answer in &sent {
        came_once(&sam, &answer.text("conversation"));
    }
    assert_eq!(text(&waits_for(&sam, "incoming"), "intent"), "message.relay");
}

#[test]
fn a_laptop_that_vanished_without_goodbye_is_missed_and_found_again() {
    let Some(mut lab) = Lab::open() else { return };
    let (alex, mut sam) = two_who_know_each_other(&mut lab);
    sam.kill();
    wait_for("the dead connection to be noticed", MISSED, || alex.connections_with(&sam).is_empty().then_some(()));
    let sent = alex.owner(&["send", sam.agent(), "Are you awake?"]).done();
    assert_eq!(sent.text("delivery"), "queued");
    sam.up();
    arrives_at_once(&alex, &sam);
    came_once(&sam, &sent.text("conversation"));
}

#[test]
fn what_was_under_way_when_the_laptop_vanished_is_sent_again() {
    let Some(mut lab) = Lab::open() else { return };
    let (alex, mut sam) = two_who_know_each_other(&mut lab);
    sam.kill();
    let sent = alex.owner(&["send", sam.agent(), "Still there?"]).done();
    sam.up();
    let up = Instant::now();
    wait_for("the message to be delivered", MISSED, || waiting(&alex).is_empty().then_some(()));
    println!("lab: {:<36} {:.0} ms", "sent again after kill -9 and up", up.elapsed().as_secs_f64() * 1000.0);
    came_once(&sam, &sent.text("conversation"));
}

/// Waits until the sleeper is seen again, and then until nothing waits for it.
fn arrives_at_once(sender: &Laptop, sleeper: &Laptop) {
    wait_for("the other to be seen again", PATIENCE, || (!sender.connections_with(sleeper).is_empty()).then_some(()));
    let seen = Instant::now();
    wait_for("all that waited to be delivered", PATIENCE, || waiting(sender).is_empty().then_some(()));
    let took = seen.elapsed();
    println!("lab: {:<36} {:.0} ms", "delivered after being seen again", took.as_secs_f64() * 1000.0);
    assert!(took < AT_ONCE, "it took {took:?}");
}

/// The conversation holds one message: it came, and not twice.
fn came_once(to: &Laptop, conversation: &str) {
    let came = to.owner(&["conversation", conversation]).done().one().clone();
    assert_eq!(came["messages"].as_array().map(Vec::len), Some(1), "{came}");
}

fn waiting(of: &Laptop) -> Vec<serde_json::Value> {
    of.owner(&["outbox"]).done().lines
}
