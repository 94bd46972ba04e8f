//! Receipts.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::key::Tag;
use ai2ai_protocol::receipt::{Outcome, Receipt, Receipts};
use serde_json::{Value, json};

use super::cards::card;
use super::envelopes::dinner;
use super::people::{ALEX, DARREN, MALLORY, NOW, at, object_of, signed_text, text, with, with_at, without};
use super::{File, Vector};

/// The vectors.
pub(crate) fn file() -> File {
    let vectors = [good(), forged(), misshapen(), cancelled()].into_iter().flatten();
    File {
        about: "SPEC.md §10. `input` is the answer of `from` to a batch; `signed_bytes` is what was signed, and `outcomes` says \
                what became of each envelope, a line each: accepted, held, or the code of its refusal. What is not believed \
                has the `code` instead."
            .to_owned(),
        vectors: vectors.map(|vector| vector.given("from", ALEX.did())).collect(),
    }
}

fn receipt(outcome: Outcome) -> Receipt {
    Receipt {
        id: Some(dinner().id()),
        digest: dinner().digest(),
        outcome,
        retry_after_s: None,
        state: None,
        at: at(NOW),
    }
}

fn signed(list: &[Receipt]) -> Object {
    object_of(&Receipts::sign(list, &ALEX.sender(), None, at(NOW)))
}

fn resigned(object: &Object) -> Object {
    ALEX.sign_as_agent(Tag::Receipts, object)
}

fn accepted() -> Object {
    signed(&[receipt(Outcome::Accepted)])
}

fn believed(name: &str, object: &Object) -> Vector {
    let input = text(object);
    let read = Receipts::read(input.as_bytes(), &ALEX.did()).expect("good receipts");
    let outcomes: Vec<String> = read.list().iter().map(|receipt| said(receipt.outcome)).collect();
    let result = [("signed_bytes", signed_text(Tag::Receipts, object)), ("outcomes", outcomes.join("\n"))];
    Vector::good(name, input, result)
}

fn said(outcome: Outcome) -> String {
    match outcome {
        Outcome::Accepted => "accepted".to_owned(),
        Outcome::Held => "held".to_owned(),
        Outcome::Refused(code) => code.to_string(),
    }
}

fn good() -> Vec<Vector> {
    let unopened = Receipt {
        id: None,
        digest: Digest::of(b"a sealed object that does not open"),
        retry_after_s: Some(30),
        ..receipt(Outcome::Refused(Code::UnknownPrekey))
    };
    let state = json!({ "phase": "proposed", "terms": Value::Null });
    let three = [receipt(Outcome::Accepted), receipt(Outcome::Held), unopened.clone()];
    let card = Receipts::sign(&[unopened], &ALEX.sender(), Some(&card(ALEX, 42)), at(NOW));
    vec![
        believed("accepted", &accepted()),
        believed("three receipts", &signed(&three)),
        believed("with the current card", &object_of(&card)),
        believed(
            "with the state of the conversation",
            &resigned(&with_at(
                &accepted(),
                "/receipts/0",
                json!({
                    "id": dinner().id(), "digest": dinner().digest(), "status": "accepted", "at": NOW, "state": state,
                }),
            )),
        ),
        believed(
            "a code that nobody knows is read as internal",
            &resigned(&with_at(
                &signed(&[receipt(Outcome::Refused(Code::Busy))]),
                "/receipts/0/code",
                json!("on_holiday"),
            )),
        ),
        believed("with a member that nobody knows", &resigned(&with(&accepted(), "note", json!(1)))),
    ]
}

fn forged() -> Vec<Vector> {
    let bad = |name: &str, object: &Object, code: Code, place: &str| Vector::bad(name, text(object), code, place);
    let refused = signed(&[receipt(Outcome::Refused(Code::Expired))]);
    let mallorys = object_of(&Receipts::sign(&[receipt(Outcome::Accepted)], &MALLORY.sender(), None, at(NOW)));
    let claimed = MALLORY.sign_as_agent(Tag::Receipts, &with_at(&mallorys, "/from/did", json!(ALEX.did())));
    let darrens = Value::Object(card(DARREN, 1).object().clone());
    vec![
        bad("unsigned", &without(&accepted(), "signature"), Code::BadSignature, "/signature"),
        bad("another outcome", &with_at(&refused, "/receipts/0/code", json!("busy")), Code::BadSignature, "/signature"),
        bad(
            "another digest",
            &with_at(&accepted(), "/receipts/0/digest", json!(Digest::of(b"x"))),
            Code::BadSignature,
            "/signature",
        ),
        bad("somebody else's", &mallorys, Code::BadSignature, "/from/did"),
        bad("somebody else's, in Alex's name", &claimed, Code::BadDelegation, "/delegation"),
        bad("signed as an envelope", &ALEX.sign_as_agent(Tag::Envelope, &accepted()), Code::BadSignature, "/signature"),
        bad("without a delegation", &resigned(&without(&accepted(), "delegation")), Code::BadDelegation, "/delegation"),
        bad(
            "after the delegation",
            &resigned(&with(&accepted(), "timestamp", json!("2026-07-01T00:00:00Z"))),
            Code::BadDelegation,
            "/delegation",
        ),
        bad("with somebody else's card", &resigned(&with(&accepted(), "card", darrens)), Code::Malformed, "/card"),
    ]
}

fn misshapen() -> Vec<Vector> {
    let bad =
        |name: &str, object: &Object, code: Code, place: &str| Vector::bad(name, text(&resigned(object)), code, place);
    let first = |name: &str, value: Value| {
        let receipt = accepted()["receipts"][0].as_object().cloned().expect("an object");
        with_at(&accepted(), "/receipts/0", Value::Object(with(&receipt, name, value)))
    };
    let one = accepted()["receipts"][0].clone();
    vec![
        bad("another version", &with(&accepted(), "ai2ai", json!("0.3")), Code::UnsupportedVersion, "/ai2ai"),
        bad("another type", &with(&accepted(), "type", json!("batch")), Code::Malformed, "/type"),
        bad("a refusal without a code", &first("status", json!("refused")), Code::Malformed, "/receipts/0"),
        bad("an acceptance with a code", &first("code", json!("busy")), Code::Malformed, "/receipts/0"),
        bad("a status that is none", &first("status", json!("fine")), Code::Malformed, "/receipts/0"),
        bad("an id that is a path", &first("id", json!("../../x")), Code::Malformed, "/receipts/0"),
        bad("65 receipts", &with(&accepted(), "receipts", Value::Array(vec![one; 65])), Code::TooLarge, "/receipts"),
        Vector::bad("no object", "null", Code::Malformed, ""),
    ]
}

/// The state of a conversation that whoever reads this has called off.
fn cancelled() -> Vec<Vector> {
    let with_state = |cancelled: Value| {
        let terms = Digest::of(b"terms");
        let state = json!({ "phase": "confirmed", "terms": terms, "cancelled": cancelled });
        let receipt = accepted()["receipts"][0].as_object().cloned().expect("an object");
        resigned(&with_at(&accepted(), "/receipts/0", Value::Object(with(&receipt, "state", state))))
    };
    let path = text(&with_state(json!("../../x")));
    vec![
        believed("with the cancel that counts", &with_state(json!(dinner().id()))),
        Vector::bad("with a cancel that is a path", path, Code::Malformed, "/receipts/0"),
    ]
}
