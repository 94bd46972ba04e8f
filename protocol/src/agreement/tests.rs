//! The file holds, and no byte of it can be another one; the reader is told what is wrong.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::approval::{ApprovalOf, ApprovedBy};
use crate::canonical::to_object;
use crate::cast::{Person, alex, darren, mallory, now, object};
use crate::envelope::{Draft, Kind};
use crate::id::{ConversationId, MessageId};
use crate::key::Tag;
use crate::terms::{hash, meeting};

fn dinner() -> Object {
    meeting("Dinner", "2026-02-10T19:00Z", Some(90), Some("Luigi's"))
}

/// An envelope with its sender's owner's approval of these terms.
fn approved(draft: Draft, by: &Person, terms: &Object) -> Vec<u8> {
    let act = draft.kind;
    let with = draft.to.did;
    let conversation = draft.conversation;
    let at = draft.timestamp;
    let approval = Approval::sign(&by.owner, &ApprovalOf { act, with, conversation, terms: hash(terms), at });
    Draft { approval: Some(approval), ..draft }.sign(&by.sender).expect("a good draft").bytes().to_vec()
}

fn offer_of(from: &Person, to: &Person, terms: &Object) -> Vec<u8> {
    let payload = json!({ "terms": terms, "replaces": null, "text": "Would this suit you?" });
    approved(from.draft(1, to, Kind::Request, payload), from, terms)
}

fn confirm_of(from: &Person, to: &Person, terms: &Object) -> Vec<u8> {
    approved(from.draft(2, to, Kind::Confirm, json!({ "terms_hash": hash(terms) })), from, terms)
}

fn agreement() -> Vec<u8> {
    let darren = darren();
    let alex = alex();
    let ours = darren.card(1);
    let theirs = alex.card(1);
    let offer = offer_of(&darren, &alex, &dinner());
    let confirm = confirm_of(&alex, &darren, &dinner());
    write(&offer, &confirm, &[], &[&ours, &theirs]).expect("an agreement")
}

/// The problems of a file made of these two envelopes, whatever they are.
fn problems_of(offer: &[u8], confirm: &[u8]) -> Vec<String> {
    let parse = |bytes| serde_json::from_slice::<Value>(bytes).expect("JSON");
    let offer = parse(offer);
    let confirm = parse(confirm);
    let terms = offer["payload"]["terms"].clone();
    let file = json!({
        "ai2ai": "0.2", "type": "agreement", "conversation": offer["conversation"], "terms": terms,
        "terms_hash": TermsHash::of(&canonical(&terms)), "offer": offer, "confirm": confirm,
    });
    verify(&canonical(&file)).problems
}

/// The problems of the agreement after a change in its JSON.
fn problems_after(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut file: Value = serde_json::from_slice(&agreement()).expect("JSON");
    change(&mut file);
    verify(&canonical(&file)).problems
}

#[test]
fn an_agreement_holds_and_says_who_agreed_to_what() {
    let file = agreement();
    let darren = darren();
    let alex = alex();
    let report = verify(&file);
    assert_eq!(report.problems, Vec::<String>::new());
    assert!(report.is_valid());
    assert_eq!(report.terms, Some(dinner()));
    assert_eq!(report.terms_hash, Some(hash(&dinner())));
    assert_eq!(report.conversation, Some(ConversationId::new(now(), [7; 10])));
    let approved = Some(Approval { by: ApprovedBy::Owner, terms: hash(&dinner()), at: now() });
    let party = |person: &Person, human: &str, agent: &str, role| Party {
        did: person.did(),
        human: human.to_owned(),
        agent: agent.to_owned(),
        role,
        approved,
        timestamp: now(),
    };
    let expected =
        [party(&darren, "Darren", "darren-assistant", "offered"), party(&alex, "Alex", "alex-assistant", "confirmed")];
    assert_eq!(report.parties, expected);
    let text = String::from_utf8(file).expect("text");
    assert!(text.starts_with("{\n  \"ai2ai\": \"0.2\",\n  \"type\": \"agreement\",\n"), "{text}");
}

#[test]
fn every_changed_byte_is_noticed() {
    let file = agreement();
    for place in 0..file.len() {
        let mut changed = file.clone();
        changed[place] ^= [1, 2, 4, 8, 16, 32][place % 6];
        let meant = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
        let report = verify(&changed);
        let around = String::from_utf8_lossy(&file[place.saturating_sub(30)..place]).into_owned();
        assert!(!report.is_valid() || meant(&changed) == meant(&file), "a change after {around:?} was not noticed");
        assert!(report.problems.iter().all(|problem| !problem.is_empty()));
    }
}

#[test]
fn what_is_missing_or_too_much_is_named() {
    for name in ["ai2ai", "type", "conversation", "terms", "terms_hash", "offer", "confirm"] {
        let problems = problems_after(|file| drop(file.as_object_mut().expect("an object").remove(name)));
        assert!(problems.iter().any(|problem| problem.contains(&format!("`{name}`"))), "{name}: {problems:?}");
    }
    assert_eq!(
        problems_after(|file| drop(file.as_object_mut().expect("an object").remove("cards"))),
        Vec::<String>::new()
    );
    let added = problems_after(|file| file["note\u{202e}"] = json!("and 500 pounds"));
    assert_eq!(added, ["`note\\u{202e}` does not belong in an agreement"]);
    let many = problems_after(|file| (0..1_000).for_each(|n| file[format!("{n:0>100}")] = json!(n)));
    assert!(many.len() <= PROBLEMS && many.iter().all(|problem| problem.len() < 200));
}

#[test]
fn what_stands_beside_the_envelopes_cannot_lie() {
    for (name, value) in [
        ("terms", Value::Object(meeting("Dinner", "2026-02-10T20:00Z", Some(90), Some("Luigi's")))),
        ("terms", json!(null)),
        ("terms_hash", json!(hash(&Object::new()))),
        ("conversation", json!(MessageId::new(now(), [1; 10]))),
    ] {
        let problems = problems_after(|file| file[name] = value);
        assert_eq!(problems, [format!("`{name}` is not what the envelopes say")]);
    }
}

#[test]
fn an_agreement_needs_both_approvals() {
    let darren = darren();
    let alex = alex();
    let good = (offer_of(&darren, &alex, &dinner()), confirm_of(&alex, &darren, &dinner()));
    assert_eq!(problems_of(&good.0, &good.1), Vec::<String>::new());
    let unapproved = |person: &Person, draft: Draft| draft.sign(&person.sender).expect("a good draft").bytes().to_vec();
    let offer = darren.draft(1, &alex, Kind::Request, json!({ "terms": dinner(), "replaces": null }));
    let confirm = alex.draft(2, &darren, Kind::Confirm, json!({ "terms_hash": hash(&dinner()) }));
    let problems = problems_of(&unapproved(&darren, offer), &good.1);
    assert_eq!(problems, ["the approval of whoever offered does not hold: approval_missing"]);
    let problems = problems_of(&good.0, &unapproved(&alex, confirm));
    assert_eq!(problems, ["the approval of whoever confirmed does not hold: approval_missing"]);
}

#[test]
fn the_two_envelopes_belong_together() {
    let darren = darren();
    let alex = alex();
    let mallory = mallory();
    let offer = offer_of(&darren, &alex, &dinner());
    let has = |problems: Vec<String>, wanted: &str| {
        assert!(problems.iter().any(|problem| problem == wanted), "{wanted}: {problems:?}")
    };

    let other = meeting("Dinner", "2026-02-10T20:00Z", None, None);
    has(problems_of(&offer, &confirm_of(&alex, &darren, &other)), "what was confirmed is not what was offered");
    has(problems_of(&offer, &confirm_of(&mallory, &darren, &dinner())), "the offer is not for whoever confirmed");
    has(problems_of(&offer, &confirm_of(&alex, &mallory, &dinner())), "the confirm is not for whoever offered");
    has(problems_of(&offer, &confirm_of(&darren, &alex, &dinner())), "both envelopes are of the same person");
    has(problems_of(&offer, &offer), "the envelopes are not an offer and a confirm");

    let confirm = || alex.draft(2, &darren, Kind::Confirm, json!({ "terms_hash": hash(&dinner()) }));
    let elsewhere = Draft { conversation: ConversationId::new(now(), [8; 10]), ..confirm() };
    has(problems_of(&offer, &approved(elsewhere, &alex, &dinner())), "the envelopes are of two conversations");
    let early = Draft { timestamp: now() - CLOCK_SKEW - Duration::from_secs(1), ..confirm() };
    has(problems_of(&offer, &approved(early, &alex, &dinner())), "the confirm is older than the offer");
}

#[test]
fn a_card_is_one_of_the_two() {
    let card = |person: &Person| Value::Object(person.card(1).object().clone());
    assert_eq!(problems_after(|file| file["cards"] = json!([])), Vec::<String>::new());
    assert_eq!(problems_after(|file| file["cards"] = json!({})), ["`cards` is no list"]);
    assert_eq!(problems_after(|file| file["cards"] = json!(["x"])), ["a card is no object"]);
    let others = problems_after(|file| file["cards"] = json!([card(&mallory())]));
    assert_eq!(others, ["there is a card of somebody else"]);
    let three = problems_after(|file| file["cards"] = json!([card(&alex()), card(&alex()), card(&alex())]));
    assert_eq!(three, ["there are more cards than people"]);
    let forged = problems_after(|file| file["cards"][0]["human"] = json!("Alexander"));
    assert!(forged[0].starts_with("a card does not verify: bad_signature"), "{forged:?}");
}

#[test]
fn only_what_holds_is_written() {
    let darren = darren();
    let alex = alex();
    let offer = offer_of(&darren, &alex, &dinner());
    let confirm = confirm_of(&alex, &darren, &dinner());
    assert!(write(&offer, &confirm, &[], &[]).is_ok());
    for (offer, confirm) in [(&confirm, &offer), (&offer, &offer)] {
        assert!(write(offer, confirm, &[], &[]).is_err());
    }
    assert!(write(b"null", &confirm, &[], &[]).is_err());
    assert!(write(&offer, b"{},\"note\":{}", &[], &[]).is_err());
    assert!(write(&offer, &confirm, &[], &[&mallory().card(1)]).is_err());
}

/// Whoever offers could choose an envelope that grows when it is written for a reader, so that nobody could prove it.
#[test]
fn an_envelope_at_its_bounds_can_be_proven() {
    let darren = darren();
    let alex = alex();
    let nested = |depth: usize| (0..depth).fold(json!([]), |inner, _| json!([inner]));
    for extra in [json!(vec![1; 20_000]), json!(vec![1e15; 3_000]), nested(29), json!({ "x": vec![nested(20); 500] })] {
        let payload = json!({ "terms": dinner(), "replaces": null, "extra": extra });
        let offer = approved(darren.draft(1, &alex, Kind::Request, payload), &darren, &dinner());
        let confirm = confirm_of(&alex, &darren, &dinner());
        let file = write(&offer, &confirm, &[], &[&darren.card(1), &alex.card(1)]).expect("an agreement");
        assert!(file.len() <= AGREEMENT_BYTES);
        assert_eq!(verify(&file).problems, Vec::<String>::new());
    }
}

/// Numbers that the canonical form writes with many digits.
#[test]
fn an_envelope_that_grows_in_its_canonical_form_can_be_proven() {
    let darren = darren();
    let alex = alex();
    let terms = object(json!({ "subject": "Dinner", "minutes": 90.0, "stars": 9e15 }));
    let placed = json!({ "terms": { "subject": "Dinner" }, "replaces": null, "extra": vec![9e15; 10_000] });
    let mut draft =
        to_object(&serde_json::from_slice::<Value>(&offer_of(&darren, &alex, &terms_of(&placed))).expect("JSON"));
    let of = ApprovalOf {
        act: Kind::Request,
        with: alex.did(),
        conversation: ConversationId::new(now(), [7; 10]),
        terms: hash(&terms),
        at: now(),
    };
    draft.insert("payload".to_owned(), json!({ "terms": terms, "replaces": null, "extra": placed["extra"] }));
    draft.insert("approval".to_owned(), Approval::sign(&darren.owner, &of).into());
    darren.sender.key.sign(Tag::Envelope, &mut draft);
    let offer = serde_json::to_string(&draft).expect("JSON").replace("9000000000000000.0", "9e15").into_bytes();
    assert!(offer.len() < canonical(&draft).len() / 2, "it grows");
    let file = write(&offer, &confirm_of(&alex, &darren, &terms), &[], &[]).expect("an agreement");
    assert_eq!((verify(&file).problems, verify(&file).terms_hash), (vec![], Some(hash(&terms))));
}

fn terms_of(payload: &Value) -> Object {
    object(payload["terms"].clone())
}

#[test]
fn anything_else_is_no_agreement() {
    for bytes in [
        &b""[..],
        b"null",
        b"{}",
        b"[]",
        b"\xff",
        b"{\"ai2ai\":\"0.2\",\"ai2ai\":\"0.2\"}",
        &[b'['; 100_000],
        &vec![b' '; AGREEMENT_BYTES + 1],
    ] {
        let report = verify(bytes);
        assert!(!report.is_valid() && report.parties.is_empty());
    }
    let sample = to_object(&json!({ "ai2ai": "0.3", "type": "card" }));
    let problems = verify(&canonical(&sample)).problems;
    assert_eq!(
        problems,
        ["`ai2ai` is not \"0.2\"", "`type` is not \"agreement\"", "there is no `offer`", "there is no `confirm`"]
    );
}

/// An envelope that calls the dinner off.
fn cancel_of(from: &Person, to: &Person, terms: &Object) -> Vec<u8> {
    let payload = json!({ "terms_hash": hash(terms), "reason": "I am ill." });
    let intent = crate::terms::CANCEL.parse().expect("an intent");
    approved(Draft { intent, ..from.draft(3, to, Kind::Inform, payload) }, from, terms)
}

#[test]
fn a_file_that_was_called_off_is_valid_and_says_who_did_it() {
    let darren = darren();
    let alex = alex();
    let offer = offer_of(&darren, &alex, &dinner());
    let confirm = confirm_of(&alex, &darren, &dinner());
    let ours = cancel_of(&darren, &alex, &dinner());
    let theirs = cancel_of(&alex, &darren, &dinner());
    for cancels in [&[&theirs[..]][..], &[&theirs, &ours]] {
        let file = write(&offer, &confirm, cancels, &[]).expect("an agreement");
        let report = verify(&file);
        assert!(report.is_valid(), "{:?}", report.problems);
        let said: Vec<_> = report.cancels.iter().map(|one| (one.did, one.at, one.reason.as_deref())).collect();
        assert_eq!(said[0], (alex.did(), now(), Some("I am ill.")));
        assert_eq!(said.len(), cancels.len());
    }
    assert!(verify(&agreement()).cancels.is_empty());
}

#[test]
fn nobody_else_and_nothing_else_calls_it_off() {
    let darren = darren();
    let alex = alex();
    let mallory = mallory();
    let offer = offer_of(&darren, &alex, &dinner());
    let confirm = confirm_of(&alex, &darren, &dinner());
    let other = meeting("Dinner", "2026-02-10T20:00Z", Some(90), Some("Luigi's"));
    let good = cancel_of(&alex, &darren, &dinner());
    let unapproved = {
        let payload = json!({ "terms_hash": hash(&dinner()) });
        let intent = crate::terms::CANCEL.parse().expect("an intent");
        let draft = Draft { intent, ..alex.draft(3, &darren, Kind::Inform, payload) };
        draft.sign(&alex.sender).expect("a good draft").bytes().to_vec()
    };
    let elsewhere = {
        let payload = json!({ "terms_hash": hash(&dinner()) });
        let intent = crate::terms::CANCEL.parse().expect("an intent");
        let conversation = ConversationId::from_bytes([8; 16]);
        approved(Draft { intent, conversation, ..alex.draft(3, &darren, Kind::Inform, payload) }, &alex, &dinner())
    };
    let mallorys = cancel_of(&mallory, &darren, &dinner());
    let of_other = cancel_of(&alex, &darren, &other);
    for (cancels, wrong) in [
        (vec![&mallorys], "between others"),
        (vec![&of_other], "not of these terms"),
        (vec![&unapproved], "approval_missing"),
        (vec![&elsewhere], "another conversation"),
        (vec![&confirm], "not of these terms"),
        (vec![&good, &good], "twice"),
        (vec![&good, &good, &good], "more often"),
    ] {
        let mut file: Value = serde_json::from_slice(&agreement()).expect("JSON");
        let parse = |bytes: &Vec<u8>| serde_json::from_slice::<Value>(bytes).expect("JSON");
        file["cancels"] = cancels.iter().map(|bytes| parse(bytes)).collect();
        let problems = verify(&canonical(&file)).problems;
        assert!(problems.iter().any(|problem| problem.contains(wrong)), "{wrong}: {problems:?}");
        let cancels: Vec<&[u8]> = cancels.iter().map(|bytes| &bytes[..]).collect();
        assert!(write(&offer, &confirm, &cancels, &[]).is_err(), "{wrong}");
    }
    for nonsense in [json!({}), json!("off"), json!([1]), json!([{}])] {
        assert!(!problems_after(|file| file["cancels"] = nonsense).is_empty());
    }
}
