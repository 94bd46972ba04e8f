//! A running node changes its agent's key and its owner's PIN, and begins anew.

use ai2ai_tests::laptop::{Laptop, PIN};
use ai2ai_tests::steps::{approves, begins_anew, comes_to, shows, waits_for};
use ai2ai_tests::times::{PATIENCE, wait_for};

/// Two who know each other, on this machine.
fn laptops(folder: &std::path::Path) -> (Laptop, Laptop) {
    let [mut alex, mut sam] = ["alex", "sam"].map(|name| Laptop::on_loopback(name, folder));
    for laptop in [&mut alex, &mut sam] {
        laptop.init();
        laptop.up();
    }
    let at = |laptop: &Laptop| {
        let listens = laptop.status()["listen"][0].as_str().expect("an address").to_owned();
        if listens.contains("/p2p/") { listens } else { format!("{listens}/p2p/{}", laptop.peer()) }
    };
    let _ = alex.owner(&["add", &at(&sam), "--as", "sam"]).done();
    let _ = sam.owner(&["add", &at(&alex), "--as", "alex"]).done();
    (alex, sam)
}

fn audited(laptop: &Laptop, what: &str, outcome: &str) -> bool {
    let is_it = |line: &serde_json::Value| line["what"] == what && line["outcome"] == outcome;
    laptop.owner(&["audit"]).done().lines.iter().any(is_it)
}

#[test]
fn a_running_node_changes_its_agents_key_and_what_was_agreed_before_still_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let (alex, mut sam) = laptops(folder.path());
    let dinner = ["meet", "sam", "--subject", "Dinner", "--time", "2036-02-10T19:00Z"];
    let id = alex.owner(&dinner).done().text("conversation");
    let _ = approves(&sam, &shows(&sam, &waits_for(&sam, "incoming")), &[]).done();
    comes_to(&alex, &id, "confirmed");

    sam.kill();
    assert_eq!(alex.guesser(&["keys", "rotate"]).failed(5), "wrong_pin");
    let before = alex.owner(&["keys"]).done();
    let after = alex.owner(&["keys", "rotate", "--stolen"]).done();
    assert_eq!((before.one()["delegation"].as_u64(), after.one()["delegation"].as_u64()), (Some(1), Some(2)));
    assert_eq!(before.text("did"), after.text("did"));
    assert_ne!(before.text("agent_key"), after.text("agent_key"));
    begins_anew(&alex);
    sam.up();
    wait_for("sam to learn the new key", PATIENCE, || audited(&sam, "new_key", "done").then_some(()));
    assert!(audited(&alex, "revoke_keys", "done") && audited(&alex, "rotate_keys", "wrong_pin"));

    let file = folder.path().join("dinner.json");
    let _ = alex.owner(&["export", &id, "-o", file.to_str().expect("a path")]).done();
    assert_eq!(sam.owner(&["verify", file.to_str().expect("a path")]).done().one()["valid"], true);
    let _ = alex.owner(&["send", "sam", "still me"]).done();
    assert_eq!(waits_for(&sam, "incoming")["summary"], "still me");
}

#[test]
fn another_pin_seals_the_key_whether_the_node_runs_or_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut alex = Laptop::on_loopback("alex", folder.path());
    alex.init();
    let new = alex.file_with("new-pin", "a few words");
    let old = alex.file_with("old-pin", PIN);
    let change =
        |alex: &Laptop, to: &std::path::Path| alex.owner(&["pin", "--new-pin-file", to.to_str().expect("a path")]);
    assert_eq!(alex.guesser(&["pin", "--new-pin-file", new.to_str().expect("a path")]).failed(5), "wrong_pin");
    let _ = change(&alex, &new).done();
    assert_eq!(change(&alex, &new).failed(5), "wrong_pin", "the old one opens nothing any more");

    alex.up();
    let with = |pin: &std::path::Path, arguments: &[&str]| {
        let output = alex.command(arguments).arg("--pin-file").arg(pin).output().expect("ai2ai runs");
        output.status.code()
    };
    let back = ["pin", "--new-pin-file", old.to_str().expect("a path")];
    assert_eq!(with(&old, &back), Some(5));
    assert_eq!(with(&new, &back), Some(0));
    begins_anew(&alex);
    assert_eq!(with(&new, &["keys", "rotate"]), Some(5));
    assert_eq!(alex.owner(&["keys", "rotate"]).exit, 0);
    wait_for("the audit", PATIENCE, || {
        let answer = alex.owner(&["audit"]);
        let all = answer.lines.iter().filter(|line| line["what"] == "pin").count();
        (answer.exit == 0 && all >= 2).then_some(())
    });
}
