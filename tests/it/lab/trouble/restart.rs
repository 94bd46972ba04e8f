//! A node is stopped, killed and started again: one at a time on a home, and nothing is lost.

use std::time::Instant;

use ai2ai_tests::lab::Lab;
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::steps::{conversation, dinner, two_who_know_each_other};
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::Value;

#[test]
fn a_second_node_on_the_same_home_says_so_and_leaves() {
    let Some(mut lab) = Lab::open() else { return };
    let mut alex = lab.person("alex");
    alex.up();
    let second = alex.owner(&["up"]);
    assert_eq!(second.failed(1), "in_use");
    assert_eq!(alex.status()["running"], true, "the first goes on");
}

#[test]
fn without_a_node_commands_say_so() {
    let Some(mut lab) = Lab::open() else { return };
    let alex = lab.laptop("alex");
    let before = alex.owner(&["status"]);
    assert_ne!(before.exit, 0, "there is no identity yet: {}", before.stdout);
    alex.init();
    assert_eq!(
        alex.owner(&["init", "--human", "alex", "--agent", "other"]).exit,
        1,
        "an identity is never made over another"
    );
    for command in ["nearby", "pending", "contacts", "conversations", "outbox"] {
        assert_eq!(alex.owner(&[command]).failed(4), "not_running", "{command}");
    }
    assert_eq!(alex.owner(&["dance"]).exit, 2);
}

#[test]
fn ctrl_c_and_kill_9_leave_a_home_that_starts_again() {
    let Some(mut lab) = Lab::open() else { return };
    let (mut alex, mut sam) = two_who_know_each_other(&mut lab);
    let id = dinner(&alex, &sam);
    wait_for("the last word to be read", PATIENCE, || {
        let said = conversation(&alex, &id)["messages"].as_array()?.last()?["delivery"].clone();
        (said == "read").then_some(())
    });
    let before = all_that_is_kept(&alex, &id);

    let left = alex.interrupt();
    assert!([Some(0), Some(130)].contains(&left), "Ctrl-C ended it with {left:?}:\n{}", alex.log());
    assert_eq!(alex.owner(&["nearby"]).failed(4), "not_running");
    alex.up();
    assert_eq!(all_that_is_kept(&alex, &id), before);

    alex.kill();
    sam.kill();
    assert_eq!(alex.owner(&["nearby"]).failed(4), "not_running", "a socket left behind by a killed node is no node");
    alex.up();
    sam.up();
    assert_eq!(all_that_is_kept(&alex, &id), before);
    let said = sam.owner(&["send", "alex", "See you there"]).done().text("conversation");
    wait_for("the message to be there", PATIENCE, || (alex.owner(&["conversation", &said]).exit == 0).then_some(()));
    assert!(!alex.home().with_extension("elsewhere").exists(), "`--home` moves everything");
}

#[test]
fn ctrl_c_is_said_to_the_others() {
    let Some(mut lab) = Lab::open() else { return };
    let (alex, mut sam) = two_who_know_each_other(&mut lab);
    wait_for("a connection", PATIENCE, || (!alex.connections_with(&sam).is_empty()).then_some(()));
    sam.interrupt();
    let left = Instant::now();
    wait_for("the connection to be gone", PATIENCE, || alex.connections_with(&sam).is_empty().then_some(()));
    assert!(left.elapsed().as_secs() < 3, "a goodbye is noticed at once, not after {:?}", left.elapsed());
}

/// Contacts and the agreed conversation, without what changes by itself.
fn all_that_is_kept(of: &Laptop, id: &str) -> (Vec<Value>, Value) {
    let contacts = of.owner(&["contacts"]).done();
    let lasting = |contact: &Value| {
        ["did", "name", "agent", "human", "trust", "blocked", "met"].map(|member| contact[member].clone()).into()
    };
    (contacts.lines.iter().map(lasting).collect(), conversation(of, id))
}
