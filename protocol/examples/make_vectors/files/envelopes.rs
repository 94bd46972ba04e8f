//! Envelopes.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::{Draft, Kind, Recipient, SignedEnvelope, verify_any};
use ai2ai_protocol::key::Tag;
use ai2ai_protocol::limits::{ENVELOPE_BYTES, ENVELOPE_LIFE_DEFAULT};
use serde_json::{Value, json};

use super::people::{ALEX, DARREN, MALLORY, NOW, at, object_of, signed_text, text, to_object, with, with_at, without};
use super::{File, Vector};

/// The vectors.
pub(crate) fn file() -> File {
    let lists = [good(), of_its_time(), unsigned(), not_delegated(), misaddressed(), misshapen(), unreadable()];
    let vectors = lists.into_iter().flatten().map(|vector| vector.given("me", ALEX.did())).collect();
    File {
        about: "SPEC.md §7. `input` is an envelope that comes in for `me`; `signed_bytes` is what was signed, `digest` the \
                digest of the whole, `type` and `intent` what it is after short forms are resolved. Where `now` is given, the \
                envelope is also to be of that time. What is not taken has the `code` instead."
            .to_owned(),
        vectors,
    }
}

/// Darren asks Alex for dinner.
pub(crate) fn dinner() -> SignedEnvelope {
    let draft = Draft {
        id: "019c3638-f220-7001-8000-000000000001".parse().expect("an id"),
        timestamp: at(NOW),
        expires_at: at(NOW) + ENVELOPE_LIFE_DEFAULT,
        to: Recipient { did: ALEX.did(), agent: Some("alex-assistant".parse().expect("an agent's name")) },
        conversation: "019c3638-f220-7001-8000-000000000007".parse().expect("an id"),
        in_reply_to: None,
        kind: Kind::Request,
        intent: "schedule.meeting".parse().expect("an intent"),
        payload: to_object(json!({ "subject": "Dinner", "proposed_times": ["2026-02-10T19:00Z"] })),
        approval: None,
    };
    draft.sign(&DARREN.sender()).expect("a good draft")
}

fn members() -> Object {
    object_of(dinner().bytes())
}

fn signed(object: &Object) -> Object {
    DARREN.sign_as_agent(Tag::Envelope, object)
}

fn taken(name: &str, input: String) -> Vector {
    let read = verify_any(input.as_bytes()).expect("a good envelope");
    let signed = signed_text(Tag::Envelope, &object_of(input.as_bytes()));
    let result = [
        ("signed_bytes", signed),
        ("digest", read.digest().to_string()),
        ("type", read.kind().to_string()),
        ("intent", read.intent().to_string()),
    ];
    Vector::good(name, input, result)
}

fn good() -> Vec<Vector> {
    let short = |kind: &str| text(&signed(&with(&without(&members(), "intent"), "type", json!(kind))));
    let pretty = serde_json::to_string_pretty(&members()).expect("JSON");
    assert_eq!(Digest::of(&ai2ai_protocol::canonical::canonical(&members())), dinner().digest());
    vec![
        taken("dinner", text(&members())),
        taken("the same with space between: the digest is the same", pretty),
        taken("with a member that nobody knows", text(&signed(&with(&members(), "mood", json!({ "hungry": true }))))),
        taken("null is left out", text(&signed(&with(&members(), "in_reply_to", Value::Null)))),
        taken("without the agent's name", text(&signed(&with(&members(), "to", json!({ "did": ALEX.did() }))))),
        taken("the short form `schedule`", short("schedule")),
        taken("the short form `info_request`", short("info_request")),
        taken("a message of the usual intent", short("message")),
        taken("a ping", short("ping")),
        taken(
            "a time without an offset is shown as it stands",
            text(&signed(&with_at(&members(), "/payload/proposed_times/0", json!("2026-02-10T19:00")))),
        ),
        taken(
            "a payload that is markup",
            text(&signed(&with_at(&members(), "/payload/subject", json!("<script>\u{1b}[31m$(rm -rf /)")))),
        ),
    ]
}

fn of_its_time() -> Vec<Vector> {
    let long = |until: &str| text(&signed(&with(&members(), "expires_at", json!(until))));
    let at = |name: &str, input: String, now: &str, code: Code| Vector::bad(name, input, code, "").given("now", now);
    vec![
        taken("taken in its last second", text(&members())).given("now", "2026-02-14T03:54:59Z"),
        taken("signed as far ahead as clocks differ", text(&members())).given("now", "2026-02-07T03:45:00Z"),
        taken("of the longest life", long("2026-02-21T03:55:00Z")).given("now", NOW),
        at("expired", text(&members()), "2026-02-14T03:55:00Z", Code::Expired),
        at("from the future", text(&members()), "2026-02-07T03:44:59Z", Code::NotYetValid),
        at("it could outlive the replay table", long("2026-02-21T03:55:01Z"), NOW, Code::LifeTooLong),
    ]
}

fn unsigned() -> Vec<Vector> {
    let bad = |name: &str, object: &Object| Vector::bad(name, text(object), Code::BadSignature, "/signature");
    let good = members();
    let other = "019c3638-f220-7001-8000-00000000000f";
    vec![
        bad("unsigned", &without(&good, "signature")),
        bad("the signature is null", &with(&good, "signature", Value::Null)),
        bad("the signature is empty", &with(&good, "signature", json!(""))),
        bad("the signature has the wrong length", &with(&good, "signature", json!("AAAA"))),
        bad("another id", &with(&good, "id", json!(other))),
        bad("a later timestamp", &with(&good, "timestamp", json!("2026-02-07T03:55:01Z"))),
        bad("a longer life", &with(&good, "expires_at", json!("2026-02-15T03:55:00Z"))),
        bad("another conversation", &with(&good, "conversation", json!(other))),
        bad("another act", &with(&good, "type", json!("reject"))),
        bad("another intent", &with(&good, "intent", json!("schedule.call"))),
        bad("other words", &with_at(&good, "/payload/subject", json!("Lunch"))),
        bad("an approval put in", &with(&good, "approval", json!({ "by": "owner" }))),
        bad("a member put in", &with(&good, "note", json!(1))),
        bad("another human", &with_at(&good, "/from/human", json!("Eve"))),
        bad("signed by the owner's key", &DARREN.sign_as_owner(Tag::Envelope, &good)),
        bad("signed by somebody else", &MALLORY.sign_as_agent(Tag::Envelope, &good)),
        bad("signed as a card", &DARREN.sign_as_agent(Tag::Card, &good)),
    ]
}

fn not_delegated() -> Vec<Vector> {
    let bad =
        |name: &str, object: &Object, place: &str| Vector::bad(name, text(&signed(object)), Code::BadDelegation, place);
    let good = members();
    let agent = DARREN.sender().key.public();
    let delegation = |key, from: &str, until: &str| {
        let delegation = Delegation::sign(&DARREN.owner(), &key, 1, at(from), at(until));
        with(&good, "delegation", Value::Object(delegation.object().clone()))
    };
    let mallorys = Value::Object(MALLORY.sender().delegation.object().clone());
    let claimed = MALLORY.sign_as_agent(
        Tag::Envelope,
        &with_at(&with(&good, "delegation", mallorys.clone()), "/from/key", json!(MALLORY.sender().key.public())),
    );
    vec![
        bad("without a delegation", &without(&good, "delegation"), "/delegation"),
        bad("a forged delegation", &with_at(&good, "/delegation/sequence", json!(2)), "/delegation/signature"),
        bad("somebody else's delegation", &with(&good, "delegation", mallorys), "/delegation"),
        bad(
            "a delegation to another key",
            &delegation(MALLORY.sender().key.public(), "2026-01-01T00:00Z", "2026-07-01T00:00Z"),
            "/delegation",
        ),
        bad(
            "a delegation that begins later",
            &delegation(agent, "2026-02-07T03:55:01Z", "2026-07-01T00:00Z"),
            "/delegation",
        ),
        bad("a delegation that has ended", &delegation(agent, "2026-01-01T00:00Z", NOW), "/delegation"),
        Vector::bad("in a friend's name, with one's own key", text(&claimed), Code::BadDelegation, "/delegation"),
    ]
}

fn misaddressed() -> Vec<Vector> {
    let to = |name: &str, object: &Object, code: Code| Vector::bad(name, text(object), code, "/to/did");
    let passed_on = with_at(&members(), "/to/did", json!(MALLORY.did()));
    vec![
        to("for somebody else", &signed(&passed_on), Code::WrongRecipient),
        to("for its own sender", &signed(&with_at(&members(), "/to/did", json!(DARREN.did()))), Code::Malformed),
    ]
}

fn misshapen() -> Vec<Vector> {
    let required =
        ["ai2ai", "id", "timestamp", "expires_at", "from", "to", "conversation", "type", "intent", "payload"];
    let missing = required.into_iter().map(|name| {
        let input = text(&signed(&without(&members(), name)));
        Vector::bad(&format!("without `{name}`"), input, Code::Malformed, &format!("/{name}"))
    });
    let bad = |name: &str, pointer: &str, value: Value| {
        Vector::bad(name, text(&signed(&with_at(&members(), pointer, value))), Code::Malformed, pointer)
    };
    let wrong = vec![
        bad("an id that is a path", "/id", json!("../../x")),
        bad("an id in capitals", "/id", json!("019C3638-F220-7001-8000-000000000001")),
        bad("a conversation that is a path", "/conversation", json!("../../x")),
        bad("a time without an offset", "/timestamp", json!("2026-02-07T03:55:00")),
        bad("it ends when it begins", "/expires_at", json!(NOW)),
        bad("an unknown act", "/type", json!("approve")),
        bad("an intent of one word", "/intent", json!("dinner")),
        bad("a payload that is a text", "/payload", json!("dinner")),
        bad("a sender without a key", "/from/key", Value::Null),
        bad("a sender of another method", "/from/did", json!("did:web:darren.example")),
        bad("a name that is a path", "/from/agent", json!("../../x")),
        bad("a delegation that is a list", "/delegation", json!([])),
        bad("a delegation without its key", "/delegation/key", Value::Null),
    ];
    let short = with(&with(&members(), "type", json!("schedule")), "intent", json!("commerce.request"));
    let version = signed(&with(&members(), "ai2ai", json!("0.1")));
    let others = [
        Vector::bad("a short form with another intent", text(&signed(&short)), Code::Malformed, "/intent"),
        Vector::bad(
            "an approval that is a text",
            text(&signed(&with(&members(), "approval", json!("yes")))),
            Code::Malformed,
            "/approval",
        ),
        Vector::bad("another version", text(&version), Code::UnsupportedVersion, "/ai2ai"),
    ];
    missing.chain(wrong).chain(others).collect()
}

fn unreadable() -> Vec<Vector> {
    let twice = text(&members()).replacen('{', "{\"id\":\"019c3638-f220-7001-8000-00000000000f\",", 1);
    let number = text(&members()).replacen("\"Dinner\"", "9007199254740993", 1);
    let deep = text(&members()).replacen("\"Dinner\"", &("[".repeat(32) + &"]".repeat(32)), 1);
    let padded = text(&members()) + &" ".repeat(ENVELOPE_BYTES + 1 - dinner().bytes().len());
    vec![
        Vector::bad("the four bytes `null`", "null", Code::Malformed, ""),
        Vector::bad("nothing", "", Code::Malformed, ""),
        Vector::bad("a member that stands twice", twice, Code::Malformed, ""),
        Vector::bad("a number that no double holds", number, Code::Malformed, ""),
        Vector::bad("too deep", deep, Code::TooDeep, ""),
        Vector::bad("one byte too large", padded, Code::TooLarge, ""),
    ]
}
