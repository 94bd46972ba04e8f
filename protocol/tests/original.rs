//! Vectors that Node.js made with its own JSON and crypto, by the original's documents: read, verified, opened and refused alike.

use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::key::PublicKey;
use ai2ai_protocol::original::{
    Agreement, Fingerprint, Js, OriginalAnswer, OriginalDraft, OriginalEnvelope, OriginalIdentity, OriginalReason,
    TheirAnswer, Version, key_of_pem, parse, pem_of_key, stringify,
};
use ai2ai_protocol::receipt::Outcome;
use ai2ai_protocol::time::Timestamp;
use data_encoding::BASE64;
use rand::SeedableRng as _;
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    key: String,
    fingerprint: String,
    opening: String,
    opening_public: String,
    stringify: Vec<Written>,
    envelopes: Vec<Vector>,
}

#[derive(Deserialize)]
struct Written {
    text: String,
    is: String,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    expect: String,
    body: Option<String>,
    signed: Option<String>,
    payload: Option<String>,
    repeat: Option<Repeat>,
}

#[derive(Deserialize)]
struct Repeat {
    subject: usize,
}

fn file() -> File {
    serde_json::from_str(include_str!("../vectors/original/original.json")).expect("the vectors")
}

/// An identity that opens what was encrypted to the vectors' key.
fn identity(file: &File) -> OriginalIdentity {
    let secret = BASE64.decode(file.opening.as_bytes()).expect("base64");
    OriginalIdentity::from_secrets(&[1; 32], secret[secret.len() - 32..].try_into().expect("32 bytes"))
}

fn judge(body: &[u8], identity: &OriginalIdentity, key: &PublicKey) -> (String, Option<String>, Option<String>) {
    match OriginalEnvelope::read(body).and_then(|envelope| envelope.open(identity)) {
        Err(reason) => (reason.to_string(), None, None),
        Ok(opened) => {
            let digest = opened.digest().to_string();
            let payload = stringify(&Js::Members(opened.payload().clone()));
            let word = if opened.verify(key).is_ok() { "verified" } else { "unverified" };
            (word.to_owned(), Some(digest), Some(payload))
        }
    }
}

#[test]
fn every_vector_is_judged_as_node_made_it() {
    let file = file();
    let identity = identity(&file);
    let key = key_of_pem(&file.key).expect("a key");
    assert_eq!(pem_of_key(&key), file.key);
    assert_eq!(Fingerprint::of(&key).to_string(), file.fingerprint);
    assert_eq!(identity.agreement().text(), file.opening_public);
    let first = file.envelopes[0].body.clone().expect("a body");
    for vector in &file.envelopes {
        let long = |repeat: &Repeat| first.replace("Dinner", &"x".repeat(repeat.subject));
        let body = vector.body.clone().or(vector.repeat.as_ref().map(long)).expect("a body");
        let (word, digest, payload) = judge(body.as_bytes(), &identity, &key);
        assert_eq!(word, vector.expect, "{}", vector.name);
        if vector.expect == "verified" {
            assert_eq!(payload, vector.payload, "{}", vector.name);
            let signed = vector.signed.as_deref().expect("what is signed");
            let theirs = ai2ai_protocol::digest::Digest::of(signed.as_bytes()).to_string();
            assert_eq!(digest, Some(theirs), "{}", vector.name);
        }
    }
    assert!(file.envelopes.len() > 50);
}

#[test]
fn what_node_writes_is_written() {
    for Written { text, is } in file().stringify {
        assert_eq!(parse(text.as_bytes()).map(|value| stringify(&value)).as_deref(), Ok(is.as_str()), "{text}");
    }
}

#[test]
fn what_leaves_is_read_by_whom_it_is_for_and_its_payload_by_nobody_else() {
    let us = OriginalIdentity::from_secrets(&[1; 32], [2; 32]);
    let them = OriginalIdentity::from_secrets(&[3; 32], [4; 32]);
    let payload = serde_json::json!({"text": "for you only", "n": 1.5});
    let intent = "message.relay".parse().expect("an intent");
    let now: Timestamp = "2026-02-07T03:55:00.05Z".parse().expect("a time");
    let draft = OriginalDraft {
        version: Version::V1_0,
        id: "id-1".to_owned(),
        timestamp: now,
        agent: "us",
        human: "Us",
        to: "them",
        conversation: "talk-1",
        kind: Kind::Message,
        intent: Some(&intent),
        payload: payload.as_object().expect("an object"),
    };
    let mut rng = rand::rngs::StdRng::seed_from_u64(7);
    for to in [None, Some(them.agreement())] {
        let bytes = draft.sign(&us, to, &mut rng).expect("signed");
        assert_eq!(String::from_utf8_lossy(&bytes).contains("for you only"), to.is_none());
        let opened = OriginalEnvelope::read(&bytes).expect("read").open(&them).expect("opened");
        assert_eq!(opened.timestamp(), now);
        assert!(opened.is_for("them") && !opened.is_for("us") && opened.was_sealed() == to.is_some());
        assert_eq!(
            opened.verify(&us.public()).expect("verified").payload().to_object(),
            *payload.as_object().expect("one")
        );
        let other = OriginalEnvelope::read(&bytes).expect("read").open(&us);
        assert_eq!(other.err(), to.map(|_| OriginalReason::DecryptionFailed));
    }
    let weak =
        BASE64.encode(&[&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 3, 0x21, 0][..], &[0; 32]].concat());
    let weak = Agreement::read(&weak).expect("32 bytes");
    assert!(draft.sign(&us, Some(weak), &mut rng).is_err(), "it is not sent in the clear instead");
}

#[test]
fn an_envelope_is_of_its_day() {
    let file = file();
    let opened = OriginalEnvelope::read(file.envelopes[0].body.as_deref().expect("a body").as_bytes());
    let opened = opened.and_then(|envelope| envelope.open(&identity(&file))).expect("opened");
    for (now, fits) in [
        ("2026-02-07T03:55:00Z", true),
        ("2026-02-07T03:45:00Z", true),
        ("2026-02-07T03:44:59Z", false),
        ("2026-02-08T04:04:59Z", true),
        ("2026-02-08T04:05:00Z", false),
        ("2027-01-01T00:00:00Z", false),
    ] {
        assert_eq!(opened.check_age(now.parse().expect("a time")).is_ok(), fits, "{now}");
    }
}

#[test]
fn what_they_answer_means_what_their_documents_say() {
    let outcome = |status: u16, body: &str| match TheirAnswer::read(status, body.as_bytes()) {
        TheirAnswer::Receipt { outcome, .. } => Some(outcome),
        TheirAnswer::Nothing { .. } => None,
    };
    assert_eq!(outcome(200, r#"{"status":"ok"}"#), Some(Outcome::Accepted));
    assert_eq!(outcome(200, r#"{"status":"duplicate"}"#), Some(Outcome::Accepted));
    assert_eq!(outcome(200, r#"{"status":"pending_approval"}"#), Some(Outcome::Held));
    for nothing in [(200, "<html>"), (200, "{}"), (301, r#"{"status":"ok"}"#), (404, "{}"), (500, "{}"), (502, "")] {
        assert_eq!(outcome(nothing.0, nothing.1), None, "{nothing:?}");
    }
    for (status, body, passing) in [
        (400, r#"{"status":"rejected","reason":"replay_detected"}"#, false),
        (403, r#"{"status":"rejected","reason":"invalid_signature"}"#, false),
        (403, "no", false),
        (413, "", false),
        (429, "", true),
        (200, r#"{"status":"error","reason":"decryption_failed"}"#, false),
    ] {
        let Some(Outcome::Refused(code)) = outcome(status, body) else { panic!("{status} {body}") };
        assert_eq!(code.is_passing(), passing, "{status} {body}");
    }
    assert_eq!(OriginalAnswer::refused(OriginalReason::RateLimited).status, 429);
}
