//! Real nodes tell the truth about what was sent: taken back, read, answered, asked to come again.

use std::time::{Duration, Instant};

use ai2ai_tests::lab::Lab;
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::steps::{adds, shows, text, two_who_know_each_other, waits_for};
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::Value;

/// A message of ours, as `outbox --all` tells.
fn sent(of: &Laptop, id: &str) -> Value {
    let outbox = of.owner(&["outbox", "--all"]).done();
    outbox.line_where("id", id).cloned().unwrap_or_else(|| panic!("{id} is not in the outbox"))
}

fn comes_to(of: &Laptop, id: &str, state: &str) {
    wait_for(&format!("{id} to be {state}"), PATIENCE, || (sent(of, id)["state"] == state).then_some(()));
}

#[test]
fn what_never_left_is_taken_back_and_never_arrives() {
    let Some(mut lab) = Lab::open() else { return };
    let (mut alex, mut sam) = two_who_know_each_other(&mut lab);
    sam.interrupt();
    // What goes into a connection that is just ending may have arrived.
    wait_for("Sam's goodbye", PATIENCE, || alex.connections_with(&sam).is_empty().then_some(()));
    let meet = ["meet", sam.agent(), "--subject", "Dinner", "--time", "2035-02-10T19:00Z"];
    let offer = alex.owner(&meet).done();
    let id = offer.text("id");
    let withdrawn = wait_for("a try to find nobody there", PATIENCE, || {
        let answer = alex.owner(&["withdraw", &id]);
        (answer.exit == 0).then_some(answer)
    });
    assert_eq!((withdrawn.text("what"), withdrawn.text("state")), ("message".to_owned(), "expired".to_owned()));
    let dead = alex.owner(&["dead"]).done();
    assert_eq!(dead.line_where("id", &id).expect("it is listed")["last_error"], "withdrawn");
    assert_eq!(alex.owner(&["withdraw", &id]).failed(5), "over");

    alex.kill();
    alex.up();
    sam.up();
    let said = alex.owner(&["send", sam.agent(), "Never mind"]).done();
    comes_to(&alex, &said.text("id"), "delivered");
    assert_eq!(sam.owner(&["conversations"]).done().lines.len(), 1, "the offer never came");
    assert_eq!(alex.owner(&["withdraw", &said.text("id")]).failed(5), "arrived");

    let again = alex.owner(&["dead", "retry", &id]).done();
    assert_ne!(again.text("id"), id, "it is said anew");
    comes_to(&alex, &again.text("id"), "delivered");
    assert!(alex.owner(&["dead"]).done().lines.is_empty());
    assert_eq!(text(&waits_for(&sam, "incoming"), "kind"), "incoming");
}

#[test]
fn a_message_is_delivered_then_read_then_answered_as_its_sender_can_see() {
    let Some(mut lab) = Lab::open() else { return };
    let (alex, sam) = two_who_know_each_other(&mut lab);
    let said = alex.owner(&["ask", sam.agent(), "Do you eat fish?"]).done();
    let id = said.text("id");
    comes_to(&alex, &id, "delivered");
    shows(&sam, &waits_for(&sam, "incoming"));
    comes_to(&alex, &id, "read");
    let _ = sam.owner(&["reply", &said.text("conversation"), "Yes, I do"]).done();
    comes_to(&alex, &id, "answered");
}

#[test]
fn who_sends_too_much_to_a_real_node_is_slowed_down_and_loses_nothing() {
    const MESSAGES: usize = 9;
    let Some(mut lab) = Lab::open() else { return };
    let mut alex = lab.person("alex");
    let mut sam = lab.person("sam");
    sam.sets("[limits]\nmessages_per_minute = 6\n");
    alex.up();
    sam.up();
    adds(&alex, &sam);
    adds(&sam, &alex);
    let start = Instant::now();
    let said: Vec<String> =
        (0..MESSAGES).map(|n| alex.owner(&["send", sam.agent(), &format!("number {n}")]).done().text("id")).collect();
    let limited = wait_for("a refusal with a time to come again", PATIENCE, || {
        let outbox = alex.owner(&["outbox"]).done();
        outbox.line_where("last_error", "rate_limited").cloned()
    });
    assert_eq!(limited["state"], "sent");
    let doctor = sam.owner(&["doctor"]).done();
    assert_eq!(doctor.line_where("check", "limits").expect("a line")["status"], "WARN");
    wait_for("all of it to arrive", Duration::from_secs(60), || {
        alex.owner(&["outbox"]).done().lines.is_empty().then_some(())
    });
    assert!(start.elapsed() > Duration::from_secs(20), "three too many at one each ten seconds: {:?}", start.elapsed());
    assert!(said.iter().all(|id| sent(&alex, id)["state"] == "delivered"));
    assert_eq!(sam.owner(&["conversations"]).done().lines.len(), MESSAGES);
}
