//! A disk that is full, read-only or damaged: what cannot be kept is refused, and what was kept is lost to nobody.

use std::fs;

use ai2ai_tests::answer::Answer;
use ai2ai_tests::disk::SmallDisk;
use ai2ai_tests::lab::Lab;
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::steps::{adds, comes_to, conversation, dinner};
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::Value;

/// MiB of Sam's disk: more than a node wants to be left, and its files.
const DISK: u32 = 64;

/// Alex, and Sam whose home is on a small disk. They know each other.
fn alex_and_sam_with_a_small_disk(lab: &mut Lab, disk: &SmallDisk) -> (Laptop, Laptop) {
    let mut alex = lab.person("alex");
    let sam = lab.laptop("sam");
    let mut sam = sam.at_home_in(disk.place("home"));
    sam.init();
    alex.up();
    sam.up();
    adds(&alex, &sam);
    adds(&sam, &alex);
    (alex, sam)
}

/// Sends, and gives the conversation once it is delivered.
fn delivers(from: &Laptop, to: &Laptop, words: &str) -> String {
    let sent = from.owner(&["send", to.agent(), words]).done();
    is_delivered(from, &sent.text("conversation"));
    sent.text("conversation")
}

fn is_delivered(from: &Laptop, id: &str) {
    wait_for(&format!("what {} said to be delivered", from.name()), PATIENCE, || {
        (conversation(from, id)["messages"][0]["delivery"] == "delivered").then_some(())
    });
}

/// Waits until a message of `from` was tried and could not be kept by the other side.
fn was_turned_back(from: &Laptop, id: &str) {
    wait_for("the other side to say that it cannot keep it", PATIENCE, || {
        let waiting = from.owner(&["outbox"]).done();
        let line = waiting.line_where("conversation", id).expect("it is not delivered");
        line["last_error"].as_str().is_some_and(|error| error.contains("internal")).then_some(())
    });
}

fn said_in(of: &Laptop, id: &str) -> Vec<Value> {
    let messages = conversation(of, id)["messages"].clone();
    let ids = messages.as_array().expect("messages").iter().map(|message| message["id"].clone());
    ids.collect()
}

#[test]
fn a_full_disk_refuses_loses_nothing_and_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::open(DISK) else { return };
    let Some(mut lab) = Lab::open() else { return };
    let (alex, sam) = alex_and_sam_with_a_small_disk(&mut lab, &disk);
    let agreed = dinner(&alex, &sam);
    let before = delivers(&sam, &alex, "While there is room");

    disk.fill();
    let refused = sam.owner(&["send", alex.agent(), "No room for this"]);
    assert_eq!(refused.failed(1), "unwritable");
    assert!(refused.text("message").contains("nothing was changed"), "{}", refused.stdout);
    assert_eq!(sam.status()["outbox"], 0, "what was refused is not queued");
    assert_eq!(conversation(&sam, &agreed)["state"], "confirmed", "what is there can be read");
    let sent = alex.owner(&["send", sam.agent(), "Is there room?"]).done().text("conversation");
    was_turned_back(&alex, &sent);
    assert_eq!(sam.owner(&["conversation", &sent]).failed(3), "unknown_conversation");

    disk.empty();
    is_delivered(&alex, &sent);
    let after = delivers(&sam, &alex, "There is room again");
    comes_to(&alex, &after, "proposed");
    for id in [&before, &agreed, &sent, &after] {
        assert_eq!(said_in(&alex, id), said_in(&sam, id));
        assert_eq!(conversation(&alex, id)["state"], conversation(&sam, id)["state"]);
    }
    assert_eq!(said_in(&sam, &sent).len(), 1, "once, however often it was tried");
}

#[test]
fn a_node_whose_disk_can_only_be_read_says_so_and_starts_when_it_can_be_written() {
    let Some(disk) = SmallDisk::open(DISK) else { return };
    let Some(mut lab) = Lab::open() else { return };
    let (alex, mut sam) = alex_and_sam_with_a_small_disk(&mut lab, &disk);
    let said = delivers(&sam, &alex, "While it can be written");
    sam.kill();
    let before = fs::read(sam.home().join("ai2ai.redb")).expect("a database");
    disk.set_read_only(true);
    let output = sam.command(&["up"]).output().expect("it runs");
    let refused = Answer::read("up".to_owned(), output.status.code().unwrap_or(-1), &output.stdout, &output.stderr);
    assert_eq!(refused.failed(1), "io");
    assert!(refused.text("message").contains("Read-only"), "{}", refused.stdout);
    assert!(fs::read(sam.home().join("ai2ai.redb")).expect("a database") == before);
    disk.set_read_only(false);
    sam.up();
    assert_eq!(said_in(&sam, &said), said_in(&alex, &said));
    delivers(&alex, &sam, "Welcome back");
}

#[test]
fn a_node_that_finds_its_disk_full_says_so_and_starts_when_there_is_room() {
    let Some(disk) = SmallDisk::open(DISK) else { return };
    let Some(mut lab) = Lab::open() else { return };
    let (alex, mut sam) = alex_and_sam_with_a_small_disk(&mut lab, &disk);
    let said = delivers(&sam, &alex, "While there is room");
    sam.kill();
    disk.fill();
    let refused = sam.owner(&["up"]);
    assert_eq!(refused.exit, 1, "{}{}", refused.stdout, refused.stderr);
    let message = refused.lines.last().expect("a failure")["message"].as_str().expect("a message").to_owned();
    assert!(message.contains("space") || message.contains("MiB"), "{message}");
    disk.empty();
    sam.up();
    assert_eq!(said_in(&sam, &said), said_in(&alex, &said));
    delivers(&alex, &sam, "Welcome back");
}

#[test]
fn a_damaged_or_unreadable_database_is_refused_with_what_to_do_and_left_as_it_is() {
    let Some(mut lab) = Lab::open() else { return };
    let mut alex = lab.person("alex");
    alex.up();
    alex.interrupt();
    let database = alex.home().join("ai2ai.redb");
    let whole = fs::read(&database).expect("a database");
    let mut flipped = whole.clone();
    for byte in &mut flipped[whole.len() / 4..whole.len() * 3 / 4] {
        *byte ^= 0x55;
    }
    for damaged in [&flipped[..], &whole[..whole.len() / 2], &whole[..5_000], b""] {
        fs::write(&database, damaged).expect("written");
        let refused = alex.owner(&["up"]);
        assert_eq!(refused.failed(1), "database");
        assert!(refused.text("message").contains("backup"), "it says what to do: {}", refused.stdout);
        assert!(fs::read(&database).expect("a database") == damaged, "it was left as it is");
        let doctor = alex.owner(&["doctor"]);
        assert_eq!(doctor.line_where("check", "database").expect("a check")["status"], "FAIL");
    }
    fs::remove_file(&database).expect("removed");
    fs::create_dir(&database).expect("a directory in its place");
    assert_eq!(alex.owner(&["up"]).failed(1), "database");
    fs::remove_dir(&database).expect("removed");
    fs::write(&database, &whole).expect("put back");
    alex.up();
}
