//! The PIN is being changed when the machine dies: the owner key opens with the old PIN or with the new one, never with none.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use ai2ai_api::pin::Pin;
use ai2ai_home::identity::unlock;
use ai2ai_home::paths::Paths;
use ai2ai_tests::laptop::{Laptop, PIN};
use ai2ai_tests::times::{PATIENCE, wait_for};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// The other PIN.
const OTHER: &str = "a few words";
/// Changes that are killed at a random moment, and as many right when the new file appears or takes the place of the old one.
const KILLS: usize = 12;

/// A home, and what is known of its owner key.
struct Home {
    laptop: Laptop,
    paths: Paths,
    pins: [PathBuf; 2],
    /// Which of the two opens it.
    opens: usize,
}

impl Home {
    fn new(folder: &std::path::Path) -> Self {
        let laptop = Laptop::on_loopback("alex", folder);
        laptop.init();
        let paths = Paths::in_home(laptop.home()).expect("paths");
        let pins = [laptop.file_with("one-pin", PIN), laptop.file_with("other-pin", OTHER)];
        Self { laptop, paths, pins, opens: 0 }
    }

    /// `ai2ai pin` begins, from the PIN that opens to the other one.
    fn begins(&self) -> Child {
        let new = self.pins[1 - self.opens].to_str().expect("a path");
        let mut command = self.laptop.command(&["pin", "--new-pin-file", new]);
        command.arg("--pin-file").arg(&self.pins[self.opens]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("ai2ai starts")
    }

    /// Exactly one of the two opens the same key; gives whether it is the new one.
    fn looks(&mut self) -> bool {
        let did = self.laptop.did().to_owned();
        let opens = [PIN, OTHER].map(|pin| {
            let pin = Pin::new(pin.to_owned()).expect("a PIN");
            unlock(&self.paths, Some(&pin)).is_ok_and(|key| key.did().to_string() == did)
        });
        assert_eq!(opens.iter().filter(|opens| **opens).count(), 1, "of the old and the new one: {opens:?}");
        let now = usize::from(opens[1]);
        let is_new = now != self.opens;
        self.opens = now;
        is_new
    }

    fn fresh(&self) -> PathBuf {
        self.paths.owner_key.with_file_name("owner.key.new")
    }
}

fn kills(mut child: Child) {
    child.kill().expect("kill -9");
    child.wait().expect("it is gone");
}

#[test]
fn kill_9_at_any_moment_leaves_the_old_pin_or_the_new_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut home = Home::new(folder.path());
    let seed: u64 = rand::random();
    println!("moments of seed {seed}");
    let mut dice = StdRng::seed_from_u64(seed);
    let start = Instant::now();
    assert!(home.begins().wait().expect("it ends").success());
    let whole = start.elapsed();
    assert!(home.looks(), "an undisturbed change is a change");

    let mut changed = 0;
    for _ in 0..KILLS {
        let child = home.begins();
        std::thread::sleep(whole.mul_f64(dice.random_range(0.0..1.2)));
        kills(child);
        changed += usize::from(home.looks());
    }
    let mut caught = 0;
    let mut renamed = 0;
    for round in 0..KILLS {
        let before = fs::read(&home.paths.owner_key).expect("a key");
        let fresh = home.fresh();
        let _ = fs::remove_file(&fresh);
        let mut child = home.begins();
        let in_place = round % 2 == 1;
        // No rest between two looks: the moment is short.
        while child.try_wait().expect("a look").is_none() {
            let is_now =
                if in_place { fs::read(&home.paths.owner_key).is_ok_and(|key| key != before) } else { fresh.exists() };
            if is_now {
                break;
            }
        }
        kills(child);
        caught += usize::from(fresh.exists());
        renamed += usize::from(home.looks());
    }
    println!(
        "whole: {whole:?}; random kills: {changed} of {KILLS} changed; aimed: {caught} left a new file, {renamed} changed"
    );
    assert!(renamed >= KILLS / 2, "whoever is killed after the rename has the new PIN");
    assert!(home.begins().wait().expect("it ends").success(), "and what is left behind hinders nothing");
    assert!(home.looks());
}

#[test]
fn whatever_is_on_the_disk_of_the_new_file_hinders_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut home = Home::new(folder.path());
    let before = fs::read(&home.paths.owner_key).expect("a key");
    assert!(home.begins().wait().expect("it ends").success());
    assert!(home.looks());
    let new = fs::read(&home.paths.owner_key).expect("a key");
    // Each step of the change: nothing written, a part, all of it; and the old file is still in place.
    for end in [0, 1, new.len() / 2, new.len() - 1, new.len()] {
        fs::write(&home.paths.owner_key, &before).expect("as it was");
        fs::write(home.fresh(), &new[..end]).expect("a part of it");
        home.opens = 0;
        assert!(!home.looks(), "{end}");
        assert!(home.begins().wait().expect("it ends").success(), "{end}");
        assert!(home.looks() && !home.fresh().exists(), "{end}");
    }
}

#[test]
fn a_running_node_that_is_killed_while_it_changes_the_pin_starts_again_with_one_of_the_two() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut home = Home::new(folder.path());
    let mut dice = StdRng::seed_from_u64(7);
    for _ in 0..4 {
        home.laptop.up();
        let mut child = home.begins();
        let fresh = home.fresh();
        let patience = Duration::from_millis(dice.random_range(0..600));
        let start = Instant::now();
        while start.elapsed() < patience && !fresh.exists() {}
        home.laptop.kill();
        let _ = wait_for("the command to notice", PATIENCE, || child.try_wait().expect("a look"));
        home.looks();
    }
    home.laptop.up();
    let rotated = home.laptop.command(&["keys", "rotate"]).arg("--pin-file").arg(&home.pins[home.opens]).output();
    assert!(rotated.expect("ai2ai runs").status.success());
}

#[test]
fn whatever_is_typed_after_another_pin_or_key_finds_a_node_that_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut home = Home::new(folder.path());
    home.laptop.up();
    let answers = |after: &str| {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(1) {
            let asked = home.laptop.owner(&["pending"]);
            assert_eq!(asked.exit, 0, "after {after}: {}{}", asked.stdout, asked.stderr);
        }
    };
    // By its time a node knows that it has begun anew.
    wait_for("a second to pass", PATIENCE, || (home.laptop.status()["uptime_s"].as_u64() > Some(1)).then_some(()));
    let _ = home.laptop.owner(&["keys", "rotate"]).done();
    answers("another key");
    wait_for("a second to pass", PATIENCE, || (home.laptop.status()["uptime_s"].as_u64() > Some(1)).then_some(()));
    assert!(home.begins().wait().expect("ai2ai ends").success());
    answers("another PIN");
}
