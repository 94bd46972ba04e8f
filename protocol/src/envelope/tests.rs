//! Envelopes that the checks let through, and every try that they stop.

use std::time::Duration;

use serde_json::{Value, json};

use crate::canonical::{Object, canonical, read_object};
use crate::cast::{alex, at, darren, mallory, now, object};
use crate::code::Code;
use crate::delegation::Delegation;
use crate::digest::Digest;
use crate::key::{AgentKey, Tag};
use crate::limits::{CLOCK_SKEW, ENVELOPE_BYTES, ENVELOPE_LIFE, JSON_DEPTH};
use crate::policy::Clearance;
use crate::refusal::Refusal;

use super::*;

/// The members of an envelope, to be changed.
fn members(envelope: &Content) -> Object {
    read_object(envelope.bytes(), ENVELOPE_BYTES).expect("an object")
}

/// Returns what Alex's node says to `object` as it stands.
fn arrives(object: &Object) -> Result<VerifiedEnvelope, Refusal> {
    verify(&canonical(object), &alex().did())
}

/// Returns what it says when `key` signed it.
fn arrives_signed(mut object: Object, key: &AgentKey) -> Result<VerifiedEnvelope, Refusal> {
    key.sign(Tag::Envelope, &mut object);
    arrives(&object)
}

/// The code and the place of what Darren signs and Alex's node refuses.
fn refused(change: impl FnOnce(&mut Object)) -> (Code, String) {
    let mut object = members(&darren().asks_for_dinner(&alex()));
    change(&mut object);
    let refusal = arrives_signed(object, &darren().sender.key).expect_err("it is to be refused");
    (refusal.code, refusal.place)
}

fn with(name: &str, value: Value) -> (Code, String) {
    refused(|object| drop(object.insert(name.to_owned(), value)))
}

fn without(name: &str) -> (Code, String) {
    refused(|object| drop(object.remove(name)))
}

#[test]
fn what_darren_signed_is_what_alex_reads() {
    let (darren, alex) = (darren(), alex());
    let signed = darren.asks_for_dinner(&alex);
    let read = verify(signed.bytes(), &alex.did()).expect("a good envelope");
    assert_eq!(*read, *signed);
    assert_eq!(read.bytes(), signed.bytes());
    assert_eq!(read.digest(), Digest::of(signed.bytes()));
    assert_eq!((read.from().did, read.from().key), (darren.did(), darren.sender.key.public()));
    assert_eq!((read.kind(), read.intent().as_str()), (Kind::Request, "schedule.meeting"));
    assert_eq!(read.payload()["subject"], "Dinner");
    assert_eq!(Content::of_stored(read.bytes()).as_ref(), Ok(&*read));
    assert_eq!(verify_any(signed.bytes()), Ok(read));
}

#[test]
fn the_bytes_are_kept_as_they_came_and_the_digest_does_not_depend_on_them() {
    let signed = darren().asks_for_dinner(&alex());
    let spaced = serde_json::to_string_pretty(&members(&signed)).expect("JSON");
    let read = verify(spaced.as_bytes(), &alex().did()).expect("the same document");
    assert_eq!(read.bytes(), spaced.as_bytes());
    assert_eq!(read.digest(), signed.digest());
}

/// The original verified a signature only when there was one.
#[test]
fn an_unsigned_envelope_is_refused() {
    let mut object = members(&darren().asks_for_dinner(&alex()));
    object.remove("signature");
    assert_eq!(arrives(&object).map_err(|refusal| refusal.code), Err(Code::BadSignature));
    for nothing in [Value::Null, json!(""), json!([]), json!("AAAA"), json!(false)] {
        object.insert("signature".to_owned(), nothing);
        assert_eq!(arrives(&object).map_err(|refusal| refusal.code), Err(Code::BadSignature));
    }
}

/// The original's signature left out the nonce, the expiry and the approval.
#[test]
fn the_signature_covers_every_member() {
    let good = members(&darren().asks_for_dinner(&alex()));
    for (name, value) in [
        ("id", json!("018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40")),
        ("timestamp", json!("2026-02-07T03:55:01Z")),
        ("expires_at", json!("2026-02-15T03:55:00Z")),
        ("conversation", json!("018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40")),
        ("in_reply_to", json!("018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40")),
        ("type", json!("confirm")),
        ("intent", json!("schedule.call")),
        ("payload", json!({})),
        ("approval", json!({ "by": "owner" })),
        ("unknown", json!("member")),
        ("priority", Value::Null),
    ] {
        let mut object = good.clone();
        object.insert(name.to_owned(), value);
        assert_eq!(arrives(&object).map_err(|refusal| refusal.code), Err(Code::BadSignature), "{name}");
    }
    for (outer, inner, value) in [
        ("from", "agent", json!("bob-assistant")),
        ("from", "human", json!("Bob")),
        ("to", "agent", json!("bob-assistant")),
        ("to", "note", json!("x")),
    ] {
        let mut object = good.clone();
        object[outer][inner] = value;
        assert_eq!(arrives(&object).map_err(|refusal| refusal.code), Err(Code::BadSignature), "{outer}.{inner}");
    }
}

#[test]
fn unknown_members_are_allowed_and_covered() {
    let mut object = members(&darren().asks_for_dinner(&alex()));
    object.insert("mood".to_owned(), json!({ "hungry": true }));
    assert!(arrives_signed(object, &darren().sender.key).is_ok());
}

/// The original took an unsigned ping in a friend's name, and replaced the pinned key with the one in it.
#[test]
fn a_ping_in_a_friends_name_is_refused() {
    let (darren, alex, mallory) = (darren(), alex(), mallory());
    let mut ping = members(&mallory.draft(1, &alex, Kind::Ping, json!({})).sign(&mallory.sender).expect("a draft"));
    ping["from"]["did"] = json!(darren.did());
    let with_own_delegation = arrives_signed(ping.clone(), &mallory.sender.key).expect_err("not Darren's");
    assert_eq!(with_own_delegation.code, Code::BadDelegation);
    ping.insert("delegation".to_owned(), darren.sender.delegation.object().clone().into());
    let with_darrens = arrives_signed(ping.clone(), &mallory.sender.key).expect_err("not Darren's");
    assert_eq!(with_darrens.code, Code::BadDelegation);
    ping["from"]["key"] = json!(darren.sender.key.public());
    let with_all_of_darrens = arrives_signed(ping, &mallory.sender.key).expect_err("not Darren's");
    assert_eq!(with_all_of_darrens.code, Code::BadSignature);
}

#[test]
fn the_delegation_is_the_owners_and_of_that_time() {
    let (darren, mallory) = (darren(), mallory());
    let agent = darren.sender.key.public();
    assert_eq!(without("delegation"), (Code::BadDelegation, "/delegation".to_owned()));
    assert_eq!(with("delegation", json!([])), (Code::Malformed, "/delegation".to_owned()));
    assert_eq!(with("delegation", json!({})), (Code::Malformed, "/delegation/did".to_owned()));
    for (who, key, from, until) in [
        (&mallory, agent, "2026-01-01T00:00Z", "2026-07-01T00:00Z"),
        (&darren, mallory.sender.key.public(), "2026-01-01T00:00Z", "2026-07-01T00:00Z"),
        (&darren, agent, "2026-02-07T03:55:01Z", "2026-07-01T00:00Z"),
        (&darren, agent, "2026-01-01T00:00Z", "2026-02-07T03:55:00Z"),
    ] {
        let delegation = Delegation::sign(&who.owner, &key, 1, at(from), at(until));
        let expected = (Code::BadDelegation, "/delegation".to_owned());
        assert_eq!(with("delegation", delegation.object().clone().into()), expected, "{delegation:?}");
    }
}

#[test]
fn a_known_delegation_is_not_checked_again_and_another_one_is() {
    let (darren, alex) = (darren(), alex());
    let signed = darren.asks_for_dinner(&alex);
    let known = &darren.sender.delegation;
    assert!(verify_with(signed.bytes(), &alex.did(), Some(known)).is_ok());
    assert!(verify_with(signed.bytes(), &alex.did(), Some(&alex.sender.delegation)).is_ok());
    let mut forged = members(&signed);
    forged["delegation"]["sequence"] = json!(9);
    darren.sender.key.sign(Tag::Envelope, &mut forged);
    let refusal = verify_with(&canonical(&forged), &alex.did(), Some(known)).expect_err("a forged delegation");
    assert_eq!((refusal.code, refusal.place.as_str()), (Code::BadDelegation, "/delegation/signature"));
}

#[test]
fn what_is_for_somebody_else_is_refused() {
    let signed = darren().asks_for_dinner(&mallory());
    let refusal = verify(signed.bytes(), &alex().did()).expect_err("for Mallory");
    assert_eq!((refusal.code, refusal.place.as_str()), (Code::WrongRecipient, "/to/did"));
    assert!(verify_any(signed.bytes()).is_ok());
}

/// A recipient can't pass a message on as sent to another: the signature covers whom it is for.
#[test]
fn mallory_cannot_pass_on_what_darren_wrote_to_her() {
    let mut object = members(&darren().asks_for_dinner(&mallory()));
    object["to"]["did"] = json!(alex().did());
    assert_eq!(arrives(&object).map_err(|refusal| refusal.code), Err(Code::BadSignature));
}

#[test]
fn nobody_writes_to_themselves() {
    let darren = darren();
    let draft = darren.draft(1, &darren, Kind::Ping, json!({}));
    assert!(matches!(draft.sign(&darren.sender), Err(DraftError::Form(refusal)) if refusal.place == "/to/did"));
}

/// The original used ids as file names.
#[test]
fn ids_are_uuids_and_nothing_else() {
    for bad in
        ["../../x", "", "..", "018F4B1E-7A3C-7C5D-9A21-5B7C1D2E3F40", "018f4b1e7a3c7c5d9a215b7c1d2e3f40", "a\u{0}b"]
    {
        for name in ["id", "conversation", "in_reply_to"] {
            assert_eq!(with(name, json!(bad)), (Code::Malformed, format!("/{name}")), "{bad}");
        }
    }
}

#[test]
fn a_member_that_is_missing_or_of_the_wrong_form_is_named() {
    for name in ["ai2ai", "id", "timestamp", "expires_at", "from", "to", "conversation", "type", "intent", "payload"] {
        assert_eq!(without(name), (Code::Malformed, format!("/{name}")));
        for wrong in [json!(null), json!(7), json!([])] {
            assert_eq!(with(name, wrong), (Code::Malformed, format!("/{name}")));
        }
    }
    for (outer, inner) in [("from", "agent"), ("from", "human"), ("from", "did"), ("from", "key"), ("to", "did")] {
        let missing = refused(|object| drop(object[outer].as_object_mut().map(|object| object.remove(inner))));
        assert_eq!(missing, (Code::Malformed, format!("/{outer}/{inner}")));
    }
    for (name, wrong) in [
        ("type", json!("Request")),
        ("type", json!("sealed")),
        ("intent", json!("dinner")),
        ("timestamp", json!("2026-02-07T03:55:00")),
        ("expires_at", json!("2026-02-07T03:55:00Z")),
        ("approval", json!("yes")),
        ("payload", json!("text")),
        ("to", json!({ "did": alex().did(), "agent": "Alex!" })),
    ] {
        let (code, place) = with(name, wrong.clone());
        assert_eq!(code, Code::Malformed, "{wrong}");
        assert!(place.starts_with(&format!("/{name}")), "{place}");
    }
}

#[test]
fn another_version_is_named_as_such() {
    for other in ["0.1", "0.20", "1", ""] {
        assert_eq!(with("ai2ai", json!(other)), (Code::UnsupportedVersion, "/ai2ai".to_owned()));
    }
}

#[test]
fn the_seeds_short_forms_are_read() {
    let read = |kind: &str| {
        let mut object = members(&darren().asks_for_dinner(&alex()));
        object.insert("type".to_owned(), json!(kind));
        object.remove("intent");
        arrives_signed(object, &darren().sender.key).map(|read| (read.kind(), read.intent().to_string()))
    };
    assert_eq!(read("schedule"), Ok((Kind::Request, "schedule.meeting".to_owned())));
    assert_eq!(read("info_request"), Ok((Kind::Request, "info.request".to_owned())));
    assert_eq!(read("message"), Ok((Kind::Message, "message.relay".to_owned())));
    assert!(read("ping").is_ok());
    assert!(read("request").is_err());
}

/// The 4-byte body `null` ended the original.
#[test]
fn what_is_no_json_object_is_refused() {
    for bytes in
        [&b"null"[..], b"", b"[]", b"{", b"\xff", b"{\"ai2ai\":\"0.2\",\"ai2ai\":\"0.2\"}", b"9007199254740993"]
    {
        assert_eq!(verify(bytes, &alex().did()).map_err(|refusal| refusal.code), Err(Code::Malformed));
    }
    let deep = "[".repeat(JSON_DEPTH + 1);
    assert_eq!(verify(deep.as_bytes(), &alex().did()).map_err(|refusal| refusal.code), Err(Code::TooDeep));
    let large = vec![b' '; ENVELOPE_BYTES + 1];
    assert_eq!(verify(&large, &alex().did()).map_err(|refusal| refusal.code), Err(Code::TooLarge));
}

#[test]
fn an_envelope_lives_from_its_time_to_its_end() {
    let life = |timestamp: &str, expires_at: &str| {
        let mut object = members(&darren().asks_for_dinner(&alex()));
        object.insert("timestamp".to_owned(), json!(timestamp));
        object.insert("expires_at".to_owned(), json!(expires_at));
        arrives_signed(object, &darren().sender.key).expect("a good envelope")
    };
    let envelope = life("2026-02-07T03:55:00Z", "2026-02-14T03:55:00Z");
    assert_eq!(envelope.check_life(now()), Ok(()));
    assert_eq!(envelope.check_life(now() - CLOCK_SKEW), Ok(()));
    assert_eq!(envelope.check_life(now() - CLOCK_SKEW - Duration::from_secs(1)), Err(Code::NotYetValid));
    assert_eq!(envelope.check_life(at("2026-02-14T03:54:59Z")), Ok(()));
    assert_eq!(envelope.check_life(at("2026-02-14T03:55:00Z")), Err(Code::Expired));
    let longest = life("2026-02-07T03:55:00Z", "2026-02-21T03:55:00Z");
    assert_eq!(longest.check_life(now()), Ok(()));
    let longer = life("2026-02-07T03:55:00Z", "2026-02-21T03:55:01Z");
    assert_eq!(longer.check_life(now()), Err(Code::LifeTooLong));
}

#[test]
fn a_draft_that_nobody_could_read_is_not_signed() {
    let (darren, alex) = (darren(), alex());
    let draft = |payload: Value| darren.draft(1, &alex, Kind::Request, payload);
    let error = |payload: Value| draft(payload).sign(&darren.sender).expect_err("a bad draft");
    assert!(matches!(error(json!({ "text": "x".repeat(ENVELOPE_BYTES) })), DraftError::Json(_)));
    assert!(matches!(error(json!({ "amount": 0.1 + 0.2 })), DraftError::Json(_)));
    assert!(matches!(error(json!({ "amount": 9_007_199_254_740_993_u64 })), DraftError::Json(_)));
    let deep = (0..=JSON_DEPTH).fold(json!(1), |inner, _| json!([inner]));
    assert!(matches!(error(json!({ "deep": deep })), DraftError::Json(_)));

    let mut endless = draft(json!({}));
    endless.expires_at = endless.timestamp + ENVELOPE_LIFE + Duration::from_secs(1);
    assert_eq!(endless.sign(&darren.sender), Err(DraftError::LifeTooLong));
    let mut over = draft(json!({}));
    over.expires_at = over.timestamp;
    assert!(matches!(over.sign(&darren.sender), Err(DraftError::Form(_))));
    let mut late = draft(json!({}));
    (late.timestamp, late.expires_at) = (at("2026-07-01T00:00Z"), at("2026-07-02T00:00Z"));
    assert!(matches!(late.sign(&darren.sender), Err(DraftError::Delegation(_))));
    let impostor = Sender { did: darren.did(), ..mallory().sender };
    assert!(matches!(draft(json!({})).sign(&impostor), Err(DraftError::Delegation(_))));
}

#[test]
fn a_time_without_an_offset_is_refused_when_drafted_and_kept_as_it_stands_when_it_arrives() {
    let (darren, alex) = (darren(), alex());
    for payload in [
        json!({ "proposed_times": ["2026-02-10T19:00Z", "2026-02-10T19:00"] }),
        json!({ "proposed_times": [1_770_750_000] }),
        json!({ "terms": { "subject": "Dinner", "time": "Tuesday at seven" } }),
    ] {
        let signed = darren.draft(1, &alex, Kind::Request, payload.clone()).sign(&darren.sender);
        assert!(matches!(signed, Err(DraftError::Time(_))), "{payload}");
        let mut object = members(&darren.asks_for_dinner(&alex));
        object.insert("payload".to_owned(), payload.clone());
        let read = arrives_signed(object, &darren.sender.key).expect("it is data");
        assert_eq!(Value::Object(read.payload().clone()), payload);
    }
    let fine = json!({ "proposed_times": ["2026-02-10T19:00+01:00"], "terms": { "time": "2026-02-10T19:00Z" } });
    assert!(darren.draft(1, &alex, Kind::Request, fine).sign(&darren.sender).is_ok());
}

#[test]
fn only_a_clearance_clears() {
    let signed = darren().asks_for_dinner(&alex());
    let verified = verify(signed.bytes(), &alex().did()).expect("a good envelope");
    assert_eq!(verified.clone().clear(Clearance::by_owner()).bytes(), verified.bytes());
}

#[test]
fn a_log_shows_no_words_of_theirs() {
    let signed = darren().draft(1, &alex(), Kind::Message, json!({ "text": "the code is 1234" }));
    let signed = signed.sign(&darren().sender).expect("a good draft");
    let shown = format!("{signed:?}");
    assert!(shown.contains("message") && !shown.contains("1234"), "{shown}");
    let refusal = with("type", json!("\u{1b}[31mspoof"));
    assert_eq!(refusal.1, "/type");
    let garbage = object(json!({ "ai2ai": "\u{1b}[31mspoof" }));
    let refusal = arrives(&garbage).expect_err("another version");
    assert!(!refusal.to_string().contains("spoof"), "{refusal}");
}
