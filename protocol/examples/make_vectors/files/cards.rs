//! Cards.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::card::{Card, CardDraft, CardNode};
use ai2ai_protocol::code::Code;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::key::Tag;
use ai2ai_protocol::limits::CARD_LIFE;
use serde_json::{Value, json};

use super::people::{ALEX, DARREN, MALLORY, NOW, Person, at, signed_text, text, with, with_at, without};
use super::{File, Vector};

/// The vectors.
pub(crate) fn file() -> File {
    File {
        about: "SPEC.md §6. `input` is a card; `signed_bytes` is what its agent signed, `digest` the digest of the whole, \
                `prekeys` the ids of the prekeys that this version can seal to. Where `now` is given, the card is also to be \
                of that time. What is not taken has the `code` instead."
            .to_owned(),
        vectors: good().into_iter().chain(of_its_time()).chain(forged()).chain(misshapen()).collect(),
    }
}

/// A person's card.
pub(crate) fn card(person: Person, sequence: u64) -> Card {
    let sender = person.sender();
    let draft = CardDraft {
        agent: sender.agent,
        human: sender.human,
        sequence,
        issued_at: at(NOW),
        expires_at: at(NOW) + CARD_LIFE,
        delegation: sender.delegation,
        nodes: vec![CardNode {
            peer: "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN".to_owned(),
            addresses: vec!["/ip4/192.168.1.7/udp/4001/quic-v1".to_owned(), "/ip4/192.168.1.7/tcp/4001".to_owned()],
            prekeys: vec![person.prekey().public(at("2026-02-09T03:55:00Z"))],
        }],
        mailboxes: Vec::new(),
        intents: vec!["schedule.meeting".parse().expect("an intent"), "message.relay".parse().expect("an intent")],
        languages: vec!["en".to_owned()],
        timezone: Some("Europe/London".to_owned()),
    };
    draft.sign(&sender.key).expect("a good card")
}

fn alex() -> Object {
    card(ALEX, 41).object().clone()
}

fn signed(object: &Object) -> Object {
    ALEX.sign_as_agent(Tag::Card, object)
}

fn good_card(name: &str, object: &Object) -> Vector {
    let input = text(object);
    let card = Card::read(input.as_bytes()).expect("a good card");
    let prekeys: Vec<String> =
        card.nodes().iter().flat_map(|node| &node.prekeys).map(|prekey| prekey.id().to_string()).collect();
    let digest = Digest::of(input.as_bytes()).to_string();
    let signed = signed_text(Tag::Card, object);
    Vector::good(name, input, [("signed_bytes", signed), ("digest", digest), ("prekeys", prekeys.join(" "))])
}

fn good() -> Vec<Vector> {
    let next = json!({ "id": "of another form", "suite": "x-wing-hkdf-sha256-aes-256-gcm", "key": "AAAA" });
    let prekeys = alex()["nodes"][0]["prekeys"].clone();
    let both = Value::Array(prekeys.as_array().into_iter().flatten().cloned().chain([next]).collect());
    let fewer = ["mailboxes", "intents", "languages", "timezone"];
    vec![
        good_card("a card", &alex()),
        good_card("with a member that nobody knows", &signed(&with(&alex(), "mood", json!(["fine"])))),
        good_card(
            "without all that may be left out",
            &signed(&fewer.iter().fold(alex(), |card, name| without(&card, name))),
        ),
        good_card("null is left out", &signed(&with(&alex(), "timezone", Value::Null))),
        good_card("a prekey of another suite is passed over", &signed(&with_at(&alex(), "/nodes/0/prekeys", both))),
        good_card("no node", &signed(&with(&alex(), "nodes", json!([])))),
    ]
}

fn of_its_time() -> Vec<Vector> {
    let at = |name: &str, now: &str, code: Code| Vector::bad(name, text(&alex()), code, "").given("now", now);
    vec![
        good_card("taken in its last second", &alex()).given("now", "2026-02-14T03:54:59Z"),
        good_card("issued as far ahead as clocks differ", &alex()).given("now", "2026-02-07T03:45:00Z"),
        at("expired", "2026-02-14T03:55:00Z", Code::Expired),
        at("from the future", "2026-02-07T03:44:59Z", Code::NotYetValid),
    ]
}

fn forged() -> Vec<Vector> {
    let bad = |name: &str, object: &Object, code: Code, place: &str| Vector::bad(name, text(object), code, place);
    let delegation = |object: &Object| Value::Object(object.clone());
    let changed = with_at(&alex(), "/delegation/sequence", json!(2));
    let early =
        with(&with(&alex(), "issued_at", json!("2025-12-31T23:59:59Z")), "expires_at", json!("2026-01-02T00:00:00Z"));
    let darrens = with(&alex(), "delegation", delegation(DARREN.sender().delegation.object()));
    vec![
        bad("unsigned", &without(&alex(), "signature"), Code::BadSignature, "/signature"),
        bad("another name", &with(&alex(), "human", json!("Eve")), Code::BadSignature, "/signature"),
        bad(
            "another address",
            &with_at(&alex(), "/nodes/0/addresses/0", json!("/ip4/6.6.6.6/tcp/1")),
            Code::BadSignature,
            "/signature",
        ),
        bad("signed by the owner's key", &ALEX.sign_as_owner(Tag::Card, &alex()), Code::BadSignature, "/signature"),
        bad("signed by somebody else", &MALLORY.sign_as_agent(Tag::Card, &alex()), Code::BadSignature, "/signature"),
        bad("signed as an envelope", &ALEX.sign_as_agent(Tag::Envelope, &alex()), Code::BadSignature, "/signature"),
        bad("without a delegation", &signed(&without(&alex(), "delegation")), Code::BadDelegation, "/delegation"),
        bad("a forged delegation", &signed(&changed), Code::BadDelegation, "/delegation/signature"),
        bad("somebody else's delegation", &signed(&darrens), Code::BadDelegation, "/delegation"),
        bad("issued before its delegation holds", &signed(&early), Code::BadDelegation, "/delegation"),
    ]
}

fn misshapen() -> Vec<Vector> {
    let bad = |name: &str, pointer: &str, value: Value, code: Code| {
        Vector::bad(name, text(&signed(&with_at(&alex(), pointer, value))), code, pointer)
    };
    let node = alex()["nodes"][0].clone();
    vec![
        bad("another version", "/ai2ai", json!("0.3"), Code::UnsupportedVersion),
        bad("another type", "/type", json!("sealed"), Code::Malformed),
        bad("an identity of another method", "/did", json!("did:web:alex.example"), Code::Malformed),
        bad("a name with an invisible character", "/human", json!("Al\u{200b}ex"), Code::Malformed),
        bad("a name that is a path", "/agent", json!("../../x"), Code::Malformed),
        bad("a sequence with a fraction", "/sequence", json!(1.5), Code::Malformed),
        bad("it ends before it begins", "/expires_at", json!(NOW), Code::Malformed),
        bad("longer than 7 days", "/expires_at", json!("2026-02-14T03:55:01Z"), Code::LifeTooLong),
        bad("five nodes", "/nodes", Value::Array(vec![node; 5]), Code::TooLarge),
        bad("a peer that is a path", "/nodes/0/peer", json!("../../x"), Code::Malformed),
        bad(
            "an address that is no multiaddress",
            "/nodes/0/addresses/1",
            json!("http://alex.example"),
            Code::Malformed,
        ),
        bad("a prekey under another's id", "/nodes/0/prekeys/0/id", json!("0".repeat(32)), Code::Malformed),
        bad("a prekey that is too short", "/nodes/0/prekeys/0/key", json!("AAAA"), Code::Malformed),
        bad("an intent that is none", "/intents/0", json!("dinner"), Code::Malformed),
        bad("a language that is none", "/languages/0", json!("en us"), Code::Malformed),
        bad("a time zone that is none", "/timezone", json!("Europe London"), Code::Malformed),
        Vector::bad("no object", "null", Code::Malformed, ""),
    ]
}
