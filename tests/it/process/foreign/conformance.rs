//! The conformance kit finds nothing wrong with this implementation, nor with the one in JavaScript; and everything that is wrong
//! with one that was broken on purpose.

use std::collections::BTreeMap;
use std::process::Command;

use ai2ai_conformance::{CheckResult, Level, Target, Verdict, examine};
use ai2ai_protocol::code::Code;
use ai2ai_protocol::invite::Secret;
use ai2ai_tests::binary::ai2ai;
use ai2ai_tests::broken::{Break, Broken, Fault, Spoil, SpoiltFace};
use ai2ai_tests::solo::Solo;
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::{Value, json};

use crate::foreign::interop::javascript;

/// What the command prints about somebody: each check's level and verdict; and how it ends.
fn examines(who: &str) -> (Option<i32>, BTreeMap<String, Value>) {
    examines_with(&[who])
}

/// The same, with these words.
fn examines_with(words: &[&str]) -> (Option<i32>, BTreeMap<String, Value>) {
    let output = Command::new(ai2ai()).args(["--json", "conformance"]).args(words).output().expect("it runs");
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
    let alex = Solo::moves_in("Alex", "volunteer = true\n[http]\nlisten = \"127.0.0.1:0\"\n").is_up();
    let (peer, address) = alex.listens().expect("an address");
    let face = alex.asks(&["status"])[0]["http"].as_str().expect("a face").to_owned();
    let (exit, findings) = examines_with(&[&format!("{address}/p2p/{peer}"), "--http", &format!("http://{face}")]);
    assert_eq!((exit, with(&findings, "failed")), (Some(0), Vec::<String>::new()));
    assert!(with(&findings, "passed").len() >= 85, "{findings:#?}");
    let untried = with(&findings, "not_tried");
    assert!(untried.iter().all(|line| line.contains("contact") || line.contains("messages")), "{untried:?}");
    assert_eq!(alex.asks(&["contacts"]).len(), 0, "and nobody became a contact by it");
    assert!(alex.asks(&["conversations"]).is_empty());
}

#[test]
fn our_own_node_passes_all_that_a_contact_can_try() {
    let alex = Solo::moves_in("Alex", "").is_up();
    let invite = || Some(alex.asks(&["invite"]).first()?["link"].as_str()?.to_owned());
    let link = wait_for("a card that an invite can name", PATIENCE, invite);
    let (exit, findings) = examines(&link);
    assert_eq!((exit, with(&findings, "failed")), (Some(0), Vec::<String>::new()));
    let untried = with(&findings, "not_tried");
    let of_services = ["keeps no mail", "lists nobody", "--http"];
    let others = untried.iter().filter(|line| !of_services.iter().any(|words| line.contains(words)));
    assert_eq!(others.count(), 2, "{untried:?}");
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
    let bad =
        Command::new(ai2ai()).args(["--json", "conformance", &nobody, "--http", "nowhere"]).output().expect("it runs");
    assert_eq!(bad.status.code(), Some(2), "before anything is tried");
    for (who, exit, code) in [(nobody.as_str(), 7, "unreachable"), ("/ip4/127.0.0.1/tcp/9", 2, "bad_address")] {
        let output = output(who);
        let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!((output.status.code(), &told["code"]), (Some(exit), &json!(code)), "{who}");
    }
}

/// What a stranger finds wrong.
async fn faults(broken: Break) -> Vec<CheckResult> {
    faults_for(&Broken::starts(broken).await, None).await
}

/// What whoever brings this finds wrong.
async fn faults_for(node: &Broken, invite: Option<Secret>) -> Vec<CheckResult> {
    let address = node.address.clone().with_p2p(node.peer).expect("an address");
    let target = Target { peer: node.peer, addresses: vec![address], did: None, invite, http: None };
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

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_a_cancel_that_counts_for_nothing_is_found() {
    let honest = Broken::starts(Break::Nothing).await;
    assert_eq!(
        faults_for(&honest, Some(honest.invite.clone())).await,
        [],
        "the honest one has no fault for a contact either"
    );
    for (code, checks) in [
        (Code::Malformed, &["a cancel that names no terms is malformed"][..]),
        (Code::ApprovalMissing, &["a cancel without an approval is approval_missing"]),
        (Code::ApprovalInvalid, &["a cancel under its human's word for a confirm is approval_invalid"]),
        (Code::OutsideMandate, &["a cancel under a mandate is outside_mandate"]),
        (Code::UnknownConversation, &["a cancel opens no conversation: it is unknown_conversation"]),
        (
            Code::StaleTerms,
            &["a cancel of what is not agreed is stale_terms", "a cancel of other terms is stale_terms"],
        ),
        (Code::Closed, &["a cancel of what was rejected is closed, with the state"]),
    ] {
        let node = Broken::starts(Break::Cancels(code)).await;
        let found = faults_for(&node, Some(node.invite.clone())).await;
        let names: Vec<&str> = found.iter().map(|finding| finding.check).collect();
        assert_eq!(names, checks, "{code}");
        assert!(found.iter().all(CheckResult::is_fatal), "{code}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_that_a_volunteer_does_wrong_for_others_is_found() {
    for (fault, check) in [
        (Fault::Does(Code::NoMailbox), "a deposit for whom nothing is kept is no_mailbox"),
        (Fault::Does(Code::NoMailbox), "mail of others is no_mailbox"),
        (Fault::Does(Code::WrongRecipient), "a claim at another mailbox is wrong_recipient"),
        (Fault::Does(Code::WrongRecipient), "a claim that another node brings is wrong_recipient"),
        (Fault::Does(Code::WrongRecipient), "a deposit is answered by a signed receipt for each entry"),
        (Fault::Does(Code::WrongRecipient), "a card of another node is wrong_recipient"),
        (Fault::Does(Code::BadSignature), "a claim that was changed is bad_signature"),
        (Fault::Does(Code::BadSignature), "a card that was changed is bad_signature"),
        (Fault::Does(Code::Expired), "a claim that is an hour old is expired"),
        (Fault::Does(Code::Expired), "a claim that is older than the one before is expired"),
        (Fault::Does(Code::Expired), "a card that is older than the one that is listed is expired"),
        (Fault::Does(Code::NotYetValid), "a claim from the future is not_yet_valid"),
        (Fault::Does(Code::BadDelegation), "a claim under an older delegation is bad_delegation"),
        (Fault::Does(Code::TooLarge), "a search that is too long is too_large"),
        (Fault::ShortPlaces, "a claim is given a place for 30 days"),
        (Fault::OtherKey, "a deposit is answered by a signed receipt for each entry"),
        (Fault::LosesMail, "what is handed over is what was deposited, and once"),
        (Fault::KeepsTwice, "what is handed over is what was deposited, and once"),
        (Fault::ForgetsNothing, "what is done is forgotten"),
        (Fault::ListsForLong, "a card is listed until it expires"),
        (Fault::FindsNobody, "a card is found by its names, its intents and its words"),
        (Fault::FindsAll, "what does not fit is not found"),
        (Fault::GoesOnListing, "whoever is listed no more is not found"),
    ] {
        let found = faults(Break::Serves(fault)).await;
        let names: Vec<&str> = found.iter().map(|finding| finding.check).collect();
        assert!(names.contains(&check), "{fault:?}: {names:?}");
        assert!(found.iter().all(|finding| matches!(finding.section, 22 | 23)), "{fault:?}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_tried_is_no_fault_and_no_proof() {
    assert_eq!(faults(Break::Serves(Fault::IsFull)).await, [], "a volunteer may have no room");
    let node = Broken::starts(Break::PutsOff).await;
    assert_eq!(faults_for(&node, None).await, []);
    let who = node.address.clone().with_p2p(node.peer).expect("an address").to_string();
    let examined = tokio::task::spawn_blocking(move || examines(&who)).await;
    let (exit, findings) = examined.expect("an examination");
    assert_eq!((exit, with(&findings, "failed")), (Some(6), Vec::new()), "it is not in order before it was tried");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_that_makes_no_contact_is_found() {
    let node = Broken::starts(Break::Nothing).await;
    let found = faults_for(&node, Some(Secret::from_bytes([9; 16]))).await;
    let names: Vec<(&str, u8)> = found.iter().map(|finding| (finding.check, finding.section)).collect();
    assert_eq!(names, [("an invite makes whoever brings it a contact, and only them", 17)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_that_a_face_does_wrong_is_found() {
    for (spoil, checks) in [
        (Spoil::Nothing, &[][..]),
        (Spoil::HidesPages, &["what a web page sends is 403"]),
        (Spoil::OpensToPages, &["no answer lets a web page read it"]),
        (
            Spoil::SaysOk,
            &[
                "a batch by POST of more than 1 MiB is 413",
                "an envelope of the original that is no JSON is 400",
                "an envelope of the original without a signature is 403",
                "another content type is 415",
                "what a web page sends is 403",
            ],
        ),
        (
            Spoil::EatsBodies,
            &[
                "a batch by POST is answered with its receipts",
                "a batch by POST that can't be read is answered with one refusal",
                "health says online",
                "the document at .well-known holds the card",
            ],
        ),
        (
            Spoil::HidesKinds,
            &[
                "a batch by POST is answered with its receipts",
                "a batch by POST that can't be read is answered with one refusal",
            ],
        ),
    ] {
        let alex = Solo::moves_in("Alex", "[http]\nlisten = \"127.0.0.1:0\"\n").is_up();
        let (peer, address) = alex.listens().expect("an address");
        let at = alex.asks(&["status"])[0]["http"].as_str().and_then(|at| at.parse().ok()).expect("a face");
        let face = SpoiltFace::before(at, spoil).await;
        let who = format!("{address}/p2p/{peer}");
        let url = face.url.clone();
        let examined = tokio::task::spawn_blocking(move || examines_with(&[&who, "--http", &url])).await;
        let (exit, findings) = examined.expect("an examination");
        let failed: Vec<&str> =
            findings.iter().filter(|(_, line)| line["verdict"] == "failed").map(|(check, _)| check.as_str()).collect();
        assert_eq!((failed.as_slice(), exit), (checks, Some(if checks.is_empty() { 0 } else { 8 })), "{spoil:?}");
    }
}
