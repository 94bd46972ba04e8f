//! The conformance kit finds nothing wrong with this implementation, nor with the one in JavaScript; and everything that is wrong
//! with one that was broken on purpose.

use std::collections::BTreeMap;
use std::process::Command;

use ai2ai::conformance::{Finding, Level, Target, Verdict, examine};
use ai2ai_protocol::code::Code;
use ai2ai_tests::binary::ai2ai;
use ai2ai_tests::broken::{Break, Broken};
use ai2ai_tests::solo::Solo;
use serde_json::{Value, json};

use crate::interop::javascript;

/// What the command prints about somebody: each check's level and verdict; and how it ends.
fn examines(who: &str) -> (Option<i32>, BTreeMap<String, Value>) {
    let output = Command::new(ai2ai()).args(["--json", "conformance", who]).output().expect("it runs");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = told.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let findings = lines.map(|line| (line["check"].as_str().unwrap_or_default().to_owned(), line));
    let findings: BTreeMap<String, Value> = findings.collect();
    (output.status.code(), findings)
}

fn with(findings: &BTreeMap<String, Value>, verdict: &str) -> Vec<String> {
    let those = findings.values().filter(|line| line["verdict"] == verdict);
    those.map(|line| format!("{} ({}): {}", line["check"], line["level"], line["detail"])).collect()
}

#[test]
fn our_own_node_passes_all_that_a_stranger_can_try() {
    let alex = Solo::moves_in("Alex", "").is_up();
    let (peer, address) = alex.listens().expect("an address");
    let (exit, findings) = examines(&format!("{address}/p2p/{peer}"));
    assert_eq!((exit, with(&findings, "failed")), (Some(0), Vec::<String>::new()));
    assert!(with(&findings, "passed").len() >= 55, "{findings:#?}");
    let untried = with(&findings, "not_tried");
    assert!(untried.iter().all(|line| line.contains("contact") || line.contains("messages")), "{untried:?}");
    assert_eq!(alex.asks(&["contacts"]).len(), 0, "and nobody became a contact by it");
    assert!(alex.asks(&["conversations"]).is_empty());
}

#[test]
fn our_own_node_passes_all_that_a_contact_can_try() {
    let alex = Solo::moves_in("Alex", "").is_up();
    let link = alex.asks(&["invite"]).remove(0)["link"].as_str().expect("a link").to_owned();
    let (exit, findings) = examines(&link);
    assert_eq!((exit, with(&findings, "failed")), (Some(0), Vec::<String>::new()));
    assert_eq!(with(&findings, "not_tried").len(), 2, "{:?}", with(&findings, "not_tried"));
}

#[test]
fn the_node_in_javascript_passes_too() {
    let Some(javascript) = javascript() else { return };
    let jo = javascript.node_of("Jo");
    let (exit, findings) = examines(&jo.address);
    assert_eq!(exit, Some(0), "{:?}", with(&findings, "failed"));
    let failed = with(&findings, "failed");
    assert!(failed.iter().all(|line| line.contains("SHOULD")), "{failed:?}");
    assert!(with(&findings, "passed").len() >= 55, "{:?}", with(&findings, "not_tried"));
}

#[test]
fn whoever_is_not_there_is_not_examined() {
    let output = |who: &str| Command::new(ai2ai()).args(["--json", "conformance", who]).output().expect("it runs");
    let nobody = format!("/ip4/127.0.0.1/tcp/9/p2p/{}", libp2p::PeerId::random());
    for (who, exit, code) in [(nobody.as_str(), 7, "unreachable"), ("/ip4/127.0.0.1/tcp/9", 2, "bad_address")] {
        let output = output(who);
        let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!((output.status.code(), &told["code"]), (Some(exit), &json!(code)), "{who}");
    }
}

/// What a stranger finds wrong.
async fn faults(broken: Break) -> Vec<Finding> {
    let node = Broken::starts(broken).await;
    let address = node.address.clone().with_p2p(node.peer).expect("an address");
    let target = Target { peer: node.peer, addresses: vec![address], did: None, invite: None };
    let findings = examine(target, |_| {}).await.expect("an examination");
    findings.into_iter().filter(|finding| matches!(finding.verdict, Verdict::Failed(_))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_that_is_broken_is_found() {
    assert_eq!(faults(Break::Nothing).await, [], "the honest one has no fault");
    let codes = [
        (Code::Malformed, "a member that stands twice is malformed"),
        (Code::TooLarge, "a batch of 65 entries is too_large"),
        (Code::TooDeep, "a request that nests deeper than 32 is too_deep"),
        (Code::UnsupportedVersion, "an envelope of another version is unsupported_version"),
        (Code::UnknownSuite, "a suite that nobody knows is unknown_suite"),
        (Code::CannotOpen, "a ciphertext that was changed is cannot_open"),
        (Code::BadSignature, "an envelope that was changed is bad_signature"),
        (Code::BadDelegation, "somebody else's delegation is bad_delegation"),
        (Code::WrongRecipient, "an envelope for somebody else is wrong_recipient"),
        (Code::Expired, "an envelope that is over is expired"),
        (Code::NotYetValid, "an envelope from the future is not_yet_valid"),
        (Code::LifeTooLong, "an envelope that could outlive the replay table is life_too_long"),
        (Code::ReplayedDifferently, "the same id with another content is replayed_differently"),
        (Code::InviteInvalid, "a secret of no invite is invite_invalid"),
        (Code::Busy, "what follows an envelope that has to come again, in its conversation and batch, is busy"),
    ];
    let others = [
        (Break::Unsigned, "one bad entry spoils no other"),
        (Break::OtherDigest, "one bad entry spoils no other"),
        (Break::LosesOne, "one bad entry spoils no other"),
        (Break::TellsState, "a stranger's confirm tells them nothing"),
        (Break::TellsTime, "a stranger's offer without an approval tells them nothing"),
        (Break::Forgets, "a repeat gets its first receipt again"),
        (Break::KeepsItsCard, "a prekey that is gone is unknown_prekey, and the card goes along"),
        (Break::BelievesIds, "a suite that nobody knows is unknown_suite"),
    ];
    let codes = codes.map(|(code, check)| (Break::Takes(code), check));
    for (broken, check) in codes.into_iter().chain(others) {
        let found = faults(broken).await;
        let names: Vec<&str> = found.iter().map(|finding| finding.check).collect();
        assert!(names.contains(&check), "{broken:?}: {names:?}");
        assert!(found.iter().any(|finding| finding.level == Level::Must && finding.is_fatal()), "{broken:?}");
    }
}
