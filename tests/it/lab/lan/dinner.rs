//! Two people agree on dinner, and can prove it to anyone.

use std::fs;
use std::path::Path;

use ai2ai_protocol::agreement;
use ai2ai_tests::lab::Lab;
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::steps::{approves, comes_to, conversation, dinner, shows, text, two_who_know_each_other, waits_for};

#[test]
fn two_people_agree_on_dinner_and_can_prove_it() {
    let Some(mut lab) = Lab::open() else { return };
    let (alex, sam) = two_who_know_each_other(&mut lab);
    let id = dinner(&alex, &sam);

    let mine = conversation(&alex, &id);
    let theirs = conversation(&sam, &id);
    for side in [&mine, &theirs] {
        assert_eq!(side["state"], "confirmed");
        assert_eq!(side["terms"]["subject"], "Dinner");
        assert_eq!(side["pending_act"], serde_json::Value::Null);
    }
    assert_eq!(text(&mine, "terms_hash"), text(&theirs, "terms_hash"));
    assert_eq!(mine["terms"], theirs["terms"]);

    let file = exports(&alex, &id);
    assert!(is_valid(&file, &lab), "the agreement holds on a machine that never heard of them");
    assert!(is_valid(&exports(&sam, &id), &lab), "and so does the other's copy");
    every_changed_byte_is_noticed(&file, &lab);
}

#[test]
fn the_agents_draft_and_the_owners_decide() {
    let Some(mut lab) = Lab::open() else { return };
    let (alex, sam) = two_who_know_each_other(&mut lab);
    let times = ["--time", "2035-02-10T19:00Z", "--time", "2035-02-11T19:30Z"];
    let drafted = alex.agent_runs(&[&["meet", sam.agent(), "--subject", "Lunch"][..], &times[..]].concat()).done();
    assert_eq!(drafted.text("state"), "pending_approval");
    let id = drafted.text("conversation");
    assert!(sam.owner(&["pending"]).done().lines.is_empty(), "a draft goes nowhere");

    let _ = approves(&alex, &shows(&alex, &waits_for(&alex, "draft")), &[]).done();
    waits_for(&sam, "incoming");
    let drafted = sam.agent_runs(&["reply", &id, "--choose", "2"]).done();
    assert_eq!(drafted.text("state"), "pending_approval");
    assert_eq!(conversation(&sam, &id)["terms"], serde_json::Value::Null, "a draft puts nothing on the table");
    let answer = shows(&sam, &waits_for(&sam, "incoming"));
    assert_eq!(text(&answer["terms"], "time"), "2035-02-11T19:30Z", "the owner sees what would be sent");
    let _ = approves(&sam, &answer, &[]).done();

    let _ = approves(&alex, &shows(&alex, &waits_for(&alex, "incoming")), &[]).done();
    let mine = comes_to(&alex, &id, "confirmed");
    let theirs = comes_to(&sam, &id, "confirmed");
    assert_eq!(text(&mine, "terms_hash"), text(&theirs, "terms_hash"));
}

#[test]
fn a_refused_dinner_is_rejected_on_both_sides() {
    let Some(mut lab) = Lab::open() else { return };
    let (alex, sam) = two_who_know_each_other(&mut lab);
    let meet = ["meet", sam.agent(), "--subject", "Dinner", "--time", "2035-02-10T19:00Z"];
    let id = alex.owner(&meet).done().text("conversation");
    let item = shows(&sam, &waits_for(&sam, "incoming"));
    let decided =
        sam.owner(&["reject", text(&item, "id"), "--digest", text(&item, "digest"), "--reply", "Not that week."]);
    assert_eq!(decided.done().text("decision"), "rejected");
    comes_to(&alex, &id, "rejected");
    comes_to(&sam, &id, "rejected");
    let out = alex.home().with_extension("none");
    let nothing = alex.owner(&["export", &id, "-o", &out.to_string_lossy()]);
    assert_eq!(nothing.failed(1), "not_confirmed");
    assert!(!out.exists());
}

fn exports(of: &Laptop, id: &str) -> Vec<u8> {
    let path = of.home().with_extension("agreement.json");
    let exported = of.owner(&["export", id, "-o", &path.to_string_lossy()]);
    assert_eq!(exported.exit, 0, "{}{}", exported.stdout, exported.stderr);
    fs::read(path).expect("the agreement")
}

/// What `verify` says in an empty home with no node: whether its exit code is 0; any other than 8 fails the test.
fn is_valid(file: &[u8], lab: &Lab) -> bool {
    let nobody = lab.bystander();
    let path = nobody.home().with_extension("agreement.json");
    fs::write(&path, file).expect("a copy");
    let answer = nobody.owner(&["verify", &path.to_string_lossy()]);
    let empty =
        |folder: &Path| !folder.exists() || fs::read_dir(folder).is_ok_and(|mut inside| inside.next().is_none());
    assert!(empty(nobody.home()), "verifying needs no home and makes none");
    match answer.exit {
        0 => answer.one()["valid"] == true && answer.one()["parties"].as_array().is_some_and(|both| both.len() == 2),
        8 => {
            let said = answer.one();
            assert!(said["schema"] == "error/1" || said["valid"] == false, "{said}");
            false
        }
        other => panic!("verify ended with {other}:\n{}{}", answer.stdout, answer.stderr),
    }
}

/// Every single byte of the file, by the check itself; and one in each telling place, by the command.
fn every_changed_byte_is_noticed(file: &[u8], lab: &Lab) {
    assert!(agreement::verify(file).is_valid());
    for place in 0..file.len() {
        let report = agreement::verify(&changed(file, place));
        assert!(!report.is_valid() && !report.problems.is_empty(), "byte {place} was changed unnoticed");
    }
    for word in ["Dinner", "approval", "signature", "terms", "did"] {
        for place in places_of(file, word) {
            assert!(!is_valid(&changed(file, place), lab), "a change at {place}, at `{word}`, was not noticed");
        }
    }
}

/// The file with one byte made another one that is as printable.
fn changed(file: &[u8], place: usize) -> Vec<u8> {
    let mut changed = file.to_vec();
    changed[place] ^= 1;
    changed
}

/// Where the word stands, and where what follows it begins: the first letter or digit of its value.
fn places_of(file: &[u8], word: &str) -> Vec<usize> {
    let stands = |at: &usize| file[*at..].starts_with(word.as_bytes());
    let value = |at: usize| (at + word.len()..file.len()).find(|place| file[*place].is_ascii_alphanumeric());
    (0..file.len()).filter(stands).flat_map(|at| [Some(at), value(at)]).flatten().collect()
}
