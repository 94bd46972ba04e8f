//! Messages that go by hand: two nodes that are never up at the same time agree on dinner by files alone; and files that are not
//! what they say have no effect.

use std::path::{Path, PathBuf};
use std::process::Command;

use ai2ai_tests::solo::Solo;
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::{Value, json};

/// What somebody who carries files has in their pocket.
struct Pocket(tempfile::TempDir);

impl Pocket {
    fn empty() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn path(file: &Path) -> &str {
    file.to_str().expect("a path")
}

/// The one object of a command that was done.
fn done(home: &Solo, words: &[&str]) -> Value {
    let output = home.types(words);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{words:?}: {told}{}", String::from_utf8_lossy(&output.stderr));
    told.lines().next().map_or(Value::Null, |line| serde_json::from_str(line).expect("JSON"))
}

fn code_of(home: &Solo, words: &[&str]) -> String {
    let output = home.types(words);
    assert!(!output.status.success(), "{words:?} was done");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    told["code"].as_str().expect("a code").to_owned()
}

/// A home whose card is in the pocket; its node is not up.
fn moves_in(human: &str, pocket: &Pocket) -> Solo {
    let mut home = Solo::moves_in(human, "").is_up();
    let card = pocket.file(&format!("{human}.card"));
    done(&home, &["card", "-o", path(&card)]);
    home.is_killed();
    home
}

fn brings(home: &Solo, file: &Path) -> [u64; 4] {
    let told = done(home, &["carry", "in", path(file)]);
    ["accepted", "held", "refused", "again"].map(|name| told[name].as_u64().expect("a count"))
}

/// How many messages and receipts somebody takes along.
fn takes(home: &Solo, who: &str, file: &Path) -> (u64, u64) {
    let told = done(home, &["carry", "out", who, "-o", path(file)]);
    let count = |name: &str| told[name].as_u64().expect("a count");
    (count("messages"), count("receipts"))
}

/// Bob's offer of dinner to Alex, in a file; neither node is up.
fn dinner_in_a_file(bob: &mut Solo, pocket: &Pocket, file: &str) -> String {
    bob.starts();
    let offer = ["meet", "Alex", "--subject", "Dinner", "--time", "2027-02-10T19:00Z", "--minutes", "90"];
    let said = done(bob, &offer);
    assert_eq!(takes(bob, "Alex", &pocket.file(file)), (1, 0));
    bob.is_killed();
    said["conversation"].as_str().expect("a conversation").to_owned()
}

/// Alex and Bob, who have added each other's cards and never saw each other.
fn two(pocket: &Pocket) -> (Solo, Solo) {
    let mut alex = moves_in("Alex", pocket);
    let mut bob = moves_in("Bob", pocket);
    for (home, other) in [(&mut alex, "Bob"), (&mut bob, "Alex")] {
        home.starts();
        done(home, &["add", "--card", path(&pocket.file(&format!("{other}.card"))), "--as", other]);
        home.is_killed();
    }
    (alex, bob)
}

fn state(home: &Solo, conversation: &str) -> String {
    done(home, &["conversation", conversation])["state"].as_str().expect("a state").to_owned()
}

fn approves(home: &Solo) {
    let item = home.asks(&["pending"]).into_iter().next().expect("something that waits");
    let id = item["id"].as_str().expect("an id");
    let digest = item["digest"].as_str().expect("a digest");
    done(home, &["approve", id, "--digest", digest]);
}

#[test]
fn two_nodes_that_never_meet_agree_on_dinner_by_files() {
    let pocket = Pocket::empty();
    let (mut alex, mut bob) = two(&pocket);
    let dinner = dinner_in_a_file(&mut bob, &pocket, "1");

    alex.starts();
    assert_eq!(brings(&alex, &pocket.file("1")), [2, 0, 0, 0], "the offer, and Bob's card");
    assert_eq!(brings(&alex, &pocket.file("1")), [2, 0, 0, 0], "a repeat gets its first receipt");
    assert_eq!(alex.asks(&["pending"]).len(), 1, "and has no second effect");
    approves(&alex);
    let (messages, receipts) = takes(&alex, "Bob", &pocket.file("2"));
    assert!(messages == 1 && receipts >= 1, "the confirm, and {receipts} receipts");
    assert_eq!(code_of(&alex, &["carry", "out", "Bob", "-o", path(&pocket.file("2"))]), "io", "no file is overwritten");
    assert_ne!(state(&alex, &dinner), "confirmed", "it is not, before Bob's node says so");
    alex.is_killed();

    bob.starts();
    assert_eq!(brings(&bob, &pocket.file("2"))[1..], [0, 0, 0]);
    assert_eq!(state(&bob, &dinner), "confirmed");
    assert!(bob.asks(&["outbox"]).iter().all(|row| row["conversation"] != dinner.as_str()), "the offer is delivered");
    let (messages, receipts) = takes(&bob, "Alex", &pocket.file("3"));
    assert!(messages == 0 && receipts >= 1, "the receipt for the confirm");
    bob.is_killed();

    alex.starts();
    brings(&alex, &pocket.file("3"));
    assert_eq!(state(&alex, &dinner), "confirmed");
    let agreement = pocket.file("agreement");
    done(&alex, &["export", &dinner, "-o", path(&agreement)]);
    assert_eq!(done(&alex, &["verify", path(&agreement)])["valid"], true);
    assert_eq!(takes(&alex, "Bob", &pocket.file("4")).0, 0, "no message waits any more");
    assert_eq!(alex.asks(&["dead"]).len(), 0, "and none was lost");
}

#[test]
fn what_is_carried_and_comes_by_wire_too_happens_once() {
    let pocket = Pocket::empty();
    let (mut alex, mut bob) = two(&pocket);
    let dinner = dinner_in_a_file(&mut bob, &pocket, "1");
    let copy = std::fs::read(pocket.file("1")).expect("a file");
    alex.starts();
    brings(&alex, &pocket.file("1"));
    bob.starts();
    let (peer, address) = alex.listens().expect("an address");
    done(&bob, &["add", &format!("{address}/p2p/{peer}"), "--as", "Alex"]);
    wait_for("Bob's message to be acknowledged by wire", PATIENCE, || bob.asks(&["outbox"]).is_empty().then_some(()));
    std::fs::write(pocket.file("later"), copy).expect("a file");
    assert_eq!(brings(&alex, &pocket.file("later")), [2, 0, 0, 0]);
    let messages = done(&alex, &["conversation", &dinner])["messages"].as_array().map(Vec::len);
    assert_eq!((messages, alex.asks(&["pending"]).len()), (Some(1), 1));
}

#[test]
fn a_strangers_file_waits_for_the_owner() {
    let pocket = Pocket::empty();
    let mut alex = moves_in("Alex", &pocket);
    let mut bob = moves_in("Bob", &pocket);
    bob.starts();
    done(&bob, &["add", "--card", path(&pocket.file("Alex.card")), "--as", "Alex"]);
    bob.is_killed();
    dinner_in_a_file(&mut bob, &pocket, "1");
    alex.starts();
    assert_eq!(brings(&alex, &pocket.file("1")), [0, 2, 0, 0]);
    let item = alex.asks(&["pending"]).remove(0);
    assert_eq!((&item["kind"], alex.asks(&["contacts"]).len()), (&"contact_request".into(), 0));
    done(&alex, &["add", "--card", path(&pocket.file("Bob.card")), "--as", "Bob"]);
    assert_eq!(alex.asks(&["pending"]).remove(0)["kind"], "incoming", "what was held is taken in");
    assert_eq!(takes(&alex, "Bob", &pocket.file("2")).0, 0);
    assert!(pocket.file("2").exists(), "and Bob's next file says so");
}

/// A pipe that nobody writes into.
fn pipe(file: &Path) {
    assert!(Command::new("mkfifo").arg(file).status().expect("mkfifo").success());
}

#[test]
fn a_file_that_is_not_what_it_says_has_no_effect() {
    let pocket = Pocket::empty();
    let (mut alex, mut bob) = two(&pocket);
    dinner_in_a_file(&mut bob, &pocket, "good");
    let good = std::fs::read(pocket.file("good")).expect("a file");
    let object: Value = serde_json::from_slice(&good).expect("JSON");
    alex.starts();
    let refused = |name: &str, bytes: &[u8]| {
        let file = pocket.file(name);
        std::fs::write(&file, bytes).expect("a file");
        code_of(&alex, &["carry", "in", path(&file)])
    };
    let with = |name: &str, value: Value| {
        let mut changed = object.clone();
        changed[name] = value;
        changed.to_string().into_bytes()
    };
    assert_eq!(refused("huge", &vec![b' '; 5 * 1024 * 1024]), "too_large");
    assert_eq!(refused("truncated", &good[..good.len() - 1]), "malformed");
    assert_eq!(refused("garbage", b"\x00\xff{\"ai2ai\""), "malformed");
    assert_eq!(refused("empty", b""), "malformed");
    assert_eq!(
        refused("twice", String::from_utf8_lossy(&good).replacen('{', "{\"type\":1,", 1).as_bytes()),
        "malformed"
    );
    assert_eq!(refused("version", &with("ai2ai", json!("9.9"))), "unsupported_version");
    assert_eq!(refused("many", &with("sealed", json!(vec![Value::Null; 2_000]))), "too_large");
    assert_eq!(refused("deep", format!("{}{}", "[".repeat(40), "]".repeat(40)).as_bytes()), "too_deep");
    let bob_did = done(&alex, &["contacts"])["did"].clone();
    assert_eq!(refused("theirs", &with("to", bob_did)), "wrong_recipient");

    std::os::unix::fs::symlink(pocket.file("good"), pocket.file("link")).expect("a link");
    pipe(&pocket.file("pipe"));
    for name in ["link", "pipe", "."] {
        assert_eq!(code_of(&alex, &["carry", "in", path(&pocket.file(name))]), "not_a_file", "{name}");
    }
    assert_eq!(code_of(&alex, &["carry", "in", path(&pocket.file("nowhere"))]), "io");
    done(&alex, &["send", "Bob", "hello"]);
    assert_eq!(
        code_of(&alex, &["carry", "out", "Bob", "-o", path(&pocket.file("link"))]),
        "io",
        "a link is not written through"
    );

    let mut entries = object["sealed"].as_array().expect("seals").clone();
    let mut forged = entries[0].clone();
    forged["ciphertext"] = Value::from("A".repeat(64));
    entries.insert(0, forged);
    entries.insert(0, Value::Null);
    std::fs::write(pocket.file("mixed"), with("sealed", Value::Array(entries))).expect("a file");
    assert_eq!(brings(&alex, &pocket.file("mixed")), [2, 0, 2, 0], "one bad entry spoils no other");
    assert_eq!(alex.asks(&["pending"]).len(), 1);
}

#[test]
fn the_agent_carries_nothing() {
    let pocket = Pocket::empty();
    let mut alex = moves_in("Alex", &pocket);
    alex.starts();
    let token = alex.home().join("agent.token");
    for words in [["carry", "out", "Bob"], ["carry", "in", "/etc/hostname"]] {
        let words = [&["--token-file", path(&token)][..], &words[..]].concat();
        assert_eq!(code_of(&alex, &words), "owner_only");
    }
}
