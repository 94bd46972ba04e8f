//! Who may decide: the owner with the PIN, and nobody else who can run the same program.

use ai2ai_tests::answer::Answer;
use ai2ai_tests::lab::Lab;
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::steps::{approves, comes_to, conversation, shows, text, two_who_know_each_other, waits_for};
use serde_json::Value;

/// Wrong PINs before there is a wait.
const FREE_TRIES: usize = 5;

#[test]
fn a_wrong_pin_decides_nothing_and_is_audited() {
    let Some(mut lab) = Lab::open() else { return };
    let (alex, sam, item) = sam_is_asked(&mut lab);
    let approve = ["approve", text(&item, "id"), "--digest", text(&item, "digest")];
    assert_eq!(sam.guesser(&approve).failed(5), "wrong_pin");
    assert_eq!(sam.guesser(&["trust", "alex", "trusted"]).failed(5), "wrong_pin");
    nothing_was_decided(&sam, &item);
    assert!(audited(&sam, "approve", "wrong_pin"), "{}", audit(&sam).stdout);
    assert!(audited(&sam, "trust", "wrong_pin"), "{}", audit(&sam).stdout);

    let _ = approves(&sam, &item, &[]).done();
    comes_to(&alex, text(&item, "conversation"), "confirmed");
    assert!(audited(&sam, "approve", "done"), "{}", audit(&sam).stdout);
}

#[test]
fn the_agents_token_decides_nothing_and_is_audited() {
    let Some(mut lab) = Lab::open() else { return };
    let (_alex, sam, item) = sam_is_asked(&mut lab);
    let id = text(&item, "id");
    let digest = text(&item, "digest");
    let owners: [&[&str]; 10] = [
        &["approve", id, "--digest", digest],
        &["reject", id, "--digest", digest],
        &["trust", "alex", "trusted"],
        &["add", "alex-assistant"],
        &["block", "alex"],
        &["unblock", "alex"],
        &["forget", "alex"],
        &["pending"],
        &["show", id],
        &["export", text(&item, "conversation")],
    ];
    for command in owners {
        let answer = sam.agent_runs(command);
        assert_eq!(answer.failed(5), "owner_only", "{}", answer.typed);
    }
    nothing_was_decided(&sam, &item);
    for what in ["approve", "trust"] {
        assert!(audited(&sam, what, "owner_only"), "{}", audit(&sam).stdout);
    }
}

#[test]
fn guesses_have_to_wait() {
    let Some(mut lab) = Lab::open() else { return };
    let (_alex, sam, item) = sam_is_asked(&mut lab);
    let approve = ["approve", text(&item, "id"), "--digest", text(&item, "digest")];
    let codes: Vec<String> = (0..8).map(|_| sam.guesser(&approve).failed(5)).collect();
    assert_eq!(codes.iter().filter(|code| *code == "wrong_pin").count(), FREE_TRIES, "{codes:?}");
    assert!(codes.ends_with(&["pin_wait".to_owned()]), "{codes:?}");
    assert_eq!(sam.owner(&approve).failed(5), "pin_wait", "the wait tells nobody whether a guess was right");
    nothing_was_decided(&sam, &item);
}

#[test]
fn an_approval_is_bound_to_what_was_shown() {
    let Some(mut lab) = Lab::open() else { return };
    let (_alex, sam, item) = sam_is_asked(&mut lab);
    let id = text(&item, "id");
    let other = format!("sha256:{}", "0".repeat(64));
    assert_eq!(sam.owner(&["approve", id, "--digest", &other]).failed(5), "item_changed");
    let blind = sam.owner(&["approve", id]);
    assert!([2, 5].contains(&blind.exit), "without a terminal the digest is needed: {}{}", blind.stdout, blind.stderr);
    for unclear in ["1", id.get(..3).expect("an id"), "00000000-0000-0000-0000-000000000000"] {
        assert_eq!(sam.owner(&["approve", unclear, "--digest", text(&item, "digest")]).exit, 3, "{unclear}");
    }
    nothing_was_decided(&sam, &item);
}

/// Alex proposes one definite dinner; the item that waits for Sam, as shown.
fn sam_is_asked(lab: &mut Lab) -> (Laptop, Laptop, Value) {
    let (alex, sam) = two_who_know_each_other(lab);
    let _ = alex.owner(&["meet", sam.agent(), "--subject", "Dinner", "--time", "2035-02-10T19:00Z"]).done();
    let item = shows(&sam, &waits_for(&sam, "incoming"));
    (alex, sam, item)
}

fn nothing_was_decided(owner: &Laptop, item: &Value) {
    let still = waits_for(owner, "incoming");
    assert_eq!((&still["id"], &still["digest"]), (&item["id"], &item["digest"]));
    assert_eq!(conversation(owner, text(item, "conversation"))["state"], "proposed");
    let contacts = owner.owner(&["contacts"]).done();
    assert!(contacts.lines.iter().all(|contact| contact["trust"] == "known" && contact["blocked"] == false));
}

fn audit(of: &Laptop) -> Answer {
    of.owner(&["audit"]).done()
}

fn audited(of: &Laptop, what: &str, outcome: &str) -> bool {
    audit(of).lines.iter().any(|line| line["what"] == what && line["outcome"] == outcome)
}
