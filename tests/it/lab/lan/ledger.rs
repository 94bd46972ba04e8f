//! What an owner can look up of their own node: every decision, in a chain, and what was told to whom.

use ai2ai_tests::lab::Lab;
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::steps::{dinner, two_who_know_each_other};
use serde_json::Value;

fn head(of: &Laptop) -> String {
    let audit = of.owner(&["audit"]).done();
    let (last, before) = audit.lines.split_last().expect("entries");
    assert!(before.iter().all(|line| line["head"].is_null()), "only the last one has it: {}", audit.stdout);
    last["head"].as_str().expect("a head").to_owned()
}

fn verified(of: &Laptop, kept: &str) -> Value {
    of.owner(&["audit", "verify", "--head", kept]).done().one().clone()
}

#[test]
fn every_decision_is_in_a_chain_that_goes_on_over_forgetting_and_a_backup() {
    let Some(mut lab) = Lab::open() else { return };
    let (alex, mut sam) = two_who_know_each_other(&mut lab);
    let agreed = dinner(&alex, &sam);
    let audit = alex.owner(&["audit"]).done();
    let numbers: Vec<u64> = audit.lines.iter().filter_map(|line| line["number"].as_u64()).collect();
    assert_eq!(numbers, (1..=audit.lines.len() as u64).collect::<Vec<_>>());
    let factor = |of: &Laptop, what: &str| {
        let audit = of.owner(&["audit"]).done();
        let line = audit.line_where("what", what).unwrap_or_else(|| panic!("no {what} in {}", audit.stdout));
        assert!(line["message"].is_string(), "it says what was said by it: {line}");
        line["factor"].clone()
    };
    assert_eq!((factor(&alex, "say"), factor(&alex, "approve")), ("typed".into(), "pin".into()));
    assert_eq!(factor(&sam, "approve"), "pin");

    let kept = head(&sam);
    assert_eq!(verified(&sam, &kept)["valid"], true);
    let _ = sam.owner(&["forget", "--conversation", &agreed, "--yes"]).done();
    let later = verified(&sam, &kept);
    assert_eq!((&later["valid"], &later["problem"]), (&true.into(), &Value::Null));

    let file = sam.home().with_extension("backup").to_string_lossy().into_owned();
    let passphrase = sam.file_with("passphrase", "four words nobody guesses").to_string_lossy().into_owned();
    let _ = sam.owner(&["backup", &file, "--passphrase-file", &passphrase]).done();
    sam.interrupt();
    let mut again = sam.other_home("again");
    let _ = again.owner(&["restore", &file, "--passphrase-file", &passphrase]).done();
    again.up();
    assert_eq!(verified(&again, &kept)["valid"], true, "it goes on from where it was");

    // The head of somebody else, or of a later time, is no head of this one.
    let others = again.owner(&["audit", "verify", "--head", &head(&alex)]);
    assert_eq!((others.exit, &others.one()["valid"]), (8, &false.into()), "{}", others.stdout);
    let (_, link) = kept.split_once('-').expect("a head");
    let cut = again.owner(&["audit", "verify", "--head", &format!("4000-{link}")]);
    assert_eq!(cut.exit, 8);
    assert!(cut.text("problem").contains("its end was cut off"), "{}", cut.stdout);
    assert_eq!(again.owner(&["audit", "verify", "--head", "today's"]).failed(2), "usage");
}

#[test]
fn what_was_told_to_whom_and_by_whose_word_is_read_off_what_was_sent() {
    let Some(mut lab) = Lab::open() else { return };
    let (alex, sam) = two_who_know_each_other(&mut lab);
    let agreed = dinner(&alex, &sam);
    let told = alex.owner(&["told", "sam"]).done().lines;
    let card = &told[0];
    assert_eq!((&card["approval"], &card["content"]["human"]), (&"public".into(), &"alex".into()), "{card}");
    let of = |told: &[Value], kind: &str| {
        told.iter().find(|line| line["kind"] == kind).cloned().unwrap_or_else(|| panic!("no {kind} in {told:?}"))
    };
    let request = of(&told, "request");
    assert_eq!((&request["approval"], &request["factor"]), (&"owner".into(), &"typed".into()), "{request}");
    let times = &request["content"]["proposed_times"];
    let names = request["what"].as_array().expect("names");
    assert_eq!(times.as_array().map(Vec::len), Some(2), "the free times, as Sam read them: {request}");
    assert!(names.contains(&"proposed_times".into()) && !names.contains(&"replaces".into()), "{names:?}");
    let confirm = of(&told, "confirm");
    assert_eq!((&confirm["approval"], &confirm["factor"]), (&"owner".into(), &"pin".into()), "{confirm}");
    assert!(["delivered", "read", "answered"].contains(&confirm["delivery"].as_str().expect("how far")), "{confirm}");
    assert!(told.iter().all(|line| line["name"] == "sam-assistant" || line["to"] == sam.did()), "{told:?}");

    let terms = of(&sam.owner(&["told"]).done().lines, "response");
    assert_eq!((&terms["content"]["terms"]["subject"], &terms["factor"]), (&"Dinner".into(), &"pin".into()));

    let screen = alex.command(&["told", "sam"]).output().expect("it runs");
    assert!(screen.status.success());
    assert_eq!(alex.owner(&["told", "nobody"]).failed(3), "unknown_contact");
    let _ = alex.owner(&["forget", "--conversation", &agreed, "--yes"]).done();
    let left = alex.owner(&["told", "sam"]).done().lines;
    assert_eq!(left.len(), 1, "what was forgotten is told of no more, but for the card: {left:?}");
}
