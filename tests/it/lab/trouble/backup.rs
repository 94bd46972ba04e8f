//! Everything in one file, and back from it: through the real binary, while the node runs and while it does not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use ai2ai_tests::answer::Answer;
use ai2ai_tests::disk::SmallDisk;
use ai2ai_tests::lab::Lab;
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::steps::{conversation, dinner, two_who_know_each_other};
use ai2ai_tests::times::{PATIENCE, wait_for};

const PASSPHRASE: &str = "four words nobody guesses";

fn backs_up(of: &Laptop, file: &Path) -> Answer {
    let passphrase = of.file_with("passphrase", PASSPHRASE);
    of.owner(&["backup", text(file), "--passphrase-file", text(&passphrase)])
}

fn restores(home: &Laptop, file: &Path, passphrase: &str) -> Answer {
    let passphrase = home.file_with("passphrase", passphrase);
    home.owner(&["restore", text(file), "--passphrase-file", text(&passphrase)])
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path that is text")
}

fn delivers(from: &Laptop, to: &Laptop, words: &str) -> String {
    let id = from.owner(&["send", to.agent(), words]).done().text("conversation");
    wait_for("it to be delivered", PATIENCE, || {
        (conversation(from, &id)["messages"][0]["delivery"] == "delivered").then_some(())
    });
    id
}

#[test]
fn a_lost_laptop_comes_back_from_a_backup_and_goes_on() {
    let Some(mut lab) = Lab::open() else { return };
    let (alex, mut sam) = two_who_know_each_other(&mut lab);
    let agreed = dinner(&alex, &sam);
    let file = sam.home().with_extension("backup");
    let made = backs_up(&sam, &file).done();
    assert_eq!((made.text("file"), made.text("did")), (text(&file).to_owned(), sam.did().to_owned()));
    assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
    assert_eq!(backs_up(&sam, &file).failed(1), "exists");
    assert_eq!(sam.status()["running"], true, "the node ran on");
    let kept = conversation(&sam, &agreed);
    let lost = delivers(&alex, &sam, "After the backup");

    sam.kill();
    fs::rename(sam.home(), sam.home().with_extension("lost")).expect("the laptop is lost");
    assert_eq!(restores(&sam, &file, "four words somebody guesses").failed(5), "wrong_passphrase");
    assert_eq!(restores(&sam, &sam.pin_file(), PASSPHRASE).failed(8), "no_backup");
    assert!(!sam.home().join("identity").exists(), "nothing was made");
    let restored = restores(&sam, &file, PASSPHRASE).done();
    assert_eq!(restored.text("did"), sam.did());
    assert_eq!(restores(&sam, &file, PASSPHRASE).failed(1), "identity_exists");
    assert_eq!(sam.owner(&["doctor"]).line_where("check", "files").expect("a check")["status"], "OK");

    sam.up();
    assert_eq!(conversation(&sam, &agreed), kept, "the agreement is there, and says the same");
    let _ = sam.owner(&["export", &agreed]).done();
    assert_eq!(sam.owner(&["conversation", &lost]).failed(3), "unknown_conversation", "what came later is not");
    let from_sam = delivers(&sam, &alex, "I am back");
    let to_sam = delivers(&alex, &sam, "Welcome back");
    for id in [from_sam, to_sam] {
        assert_eq!(
            conversation(&alex, &id)["messages"][0]["payload"],
            conversation(&sam, &id)["messages"][0]["payload"]
        );
    }
    let audit = sam.owner(&["audit"]).done();
    assert!(audit.line_where("what", "restore").is_some());
}

#[test]
fn of_two_nodes_with_one_identity_only_the_newer_goes_on() {
    let Some(mut lab) = Lab::open() else { return };
    let (alex, mut sam) = two_who_know_each_other(&mut lab);
    let file = sam.home().with_extension("backup");
    let _ = backs_up(&sam, &file).done();
    let mut restored = sam.other_home("sam-again");
    let _ = restores(&restored, &file, PASSPHRASE).done();
    restored.up();
    assert_eq!(sam.leaves(), Some(1), "the old node stops when it sees the new one");
    let refused = sam.owner(&["up"]);
    let peer = restored.status()["peer"].as_str().expect("a peer").to_owned();
    assert!(refused.failed(1) == "taken_over" && refused.stdout.contains(&peer), "it says who has taken over");
    let words = "Who of you gets this?";
    let id = alex.owner(&["send", "sam", words]).done().text("conversation");
    wait_for("it to be delivered", PATIENCE, || {
        (conversation(&alex, &id)["messages"][0]["delivery"] == "delivered").then_some(())
    });
    assert_eq!(conversation(&restored, &id)["messages"].as_array().map(Vec::len), Some(1));
    let went_on = restored.owner(&["audit"]).done();
    assert!(went_on.line_where("what", "taken_over").is_none(), "an older card stops nobody");

    // The owner decides which one it is.
    sam.up_with(&["--take-over"]);
    assert_eq!(restored.leaves(), Some(1));
    assert_eq!(restored.owner(&["up"]).failed(1), "taken_over");
    assert_eq!(sam.status()["running"], true);
    assert!(sam.owner(&["audit"]).done().line_where("what", "taken_over").is_some());
    // Under a newer delegation the other one is nobody: its key was another's.
    let _ = restored.owner(&["keys", "rotate", "--stolen"]).done();
    restored.up();
    assert_eq!(sam.leaves(), Some(1));
}

#[test]
fn without_a_node_a_backup_is_the_same_and_the_agent_gets_none() {
    let Some(mut lab) = Lab::open() else { return };
    let mut alex = lab.person("alex");
    let new = alex.home().with_extension("new");
    let file = alex.home().with_extension("backup");
    let passphrase = alex.file_with("passphrase", PASSPHRASE);
    let by_agent = alex.agent_runs(&["backup", text(&file), "--passphrase-file", text(&passphrase)]);
    assert_eq!(by_agent.failed(4), "not_running", "an agent's token opens no file");
    let _ = backs_up(&alex, &new).done();
    alex.up();
    let by_agent = alex.agent_runs(&["backup", text(&file), "--passphrase-file", text(&passphrase)]);
    assert_eq!(by_agent.failed(5), "owner_only");
    alex.interrupt();
    let _ = backs_up(&alex, &file).done();
    let short = alex.file_with("short", "too short");
    let refused = alex.owner(&["backup", text(&file), "--passphrase-file", text(&short)]);
    assert_eq!(refused.failed(2), "bad_passphrase");
    for (place, file) in [("one", &new), ("two", &file)] {
        let mut other = alex.other_home(place);
        assert_eq!(restores(&other, file, PASSPHRASE).done().text("did"), alex.did());
        other.up();
        assert_eq!(other.status()["did"], alex.did());
        other.interrupt();
    }
}

#[test]
fn a_restoration_that_is_killed_leaves_all_or_nothing() {
    let Some(mut lab) = Lab::open() else { return };
    let alex = lab.person("alex");
    let file = alex.home().with_extension("backup");
    let _ = backs_up(&alex, &file).done();
    let mut whole = 0;
    let mut nothing = 0;
    for step in 0..12 {
        let other = alex.other_home(&format!("killed-{step}"));
        let passphrase = other.file_with("passphrase", PASSPHRASE);
        let mut command = other.command(&["restore", text(&file), "--passphrase-file", text(&passphrase)]);
        let mut restoring = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        thread::sleep(Duration::from_millis(40 * step));
        restoring.kill().expect("kill -9");
        restoring.wait().expect("it is gone");
        if other.home().join("identity").exists() {
            whole += 1;
        } else {
            nothing += 1;
            let _ = restores(&other, &file, PASSPHRASE).done();
        }
        let mut other = other;
        other.up();
        assert_eq!(other.status()["did"], alex.did());
        other.interrupt();
    }
    println!("killed: {whole} whole, {nothing} with nothing");
}

#[test]
fn a_disk_that_fills_up_in_the_middle_leaves_no_half() {
    let Some(disk) = SmallDisk::open(1) else { return };
    let Some(mut lab) = Lab::open() else { return };
    let (alex, sam) = two_who_know_each_other(&mut lab);
    for _ in 0..30 {
        let _ = alex.owner(&["send", sam.agent(), &"words ".repeat(8_000)]).done();
    }
    let refused = backs_up(&alex, &disk.place("backup"));
    assert_eq!(refused.failed(1), "io");
    assert!(refused.text("hint").contains("room"), "{}", refused.stdout);
    let left: Vec<_> = fs::read_dir(disk.path()).expect("the disk").flatten().collect();
    assert!(left.is_empty(), "{left:?}");

    let file = alex.home().with_extension("backup");
    let _ = backs_up(&alex, &file).done();
    let small = alex.other_home("small").at_home_in(disk.place("home"));
    let passphrase = alex.file_with("passphrase", PASSPHRASE);
    let mut command = small.command(&["restore", text(&file), "--passphrase-file", text(&passphrase)]);
    let ended = command.output().expect("it runs");
    assert_eq!(ended.status.code(), Some(1), "{}", String::from_utf8_lossy(&ended.stdout));
    for left in ["identity", "ai2ai.redb", "restoring"] {
        assert!(!disk.place("home").join(left).exists(), "{left}");
    }
}
