//! Delegations.

use ai2ai_protocol::canonical::{Object, canonical};
use ai2ai_protocol::code::Code;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::key::Tag;
use serde_json::json;

use super::people::{ALEX, MALLORY, signed_text, text, with, without};
use super::{File, Vector};

/// The vectors.
pub(crate) fn file() -> File {
    File {
        about:
            "SPEC.md §5. `input` is a delegation; `signed_bytes` is what its owner signed and `digest` the digest of \
                the whole. What is not read has the `code` instead."
                .to_owned(),
        vectors: good().into_iter().chain(forged()).chain(misshapen()).collect(),
    }
}

fn delegation() -> Object {
    ALEX.sender().delegation.object().clone()
}

fn signed(object: &Object) -> Object {
    ALEX.sign_as_owner(Tag::Delegation, object)
}

fn good() -> Vec<Vector> {
    let good = |name: &str, object: &Object| {
        let digest = Digest::of(&canonical(object)).to_string();
        Vector::good(name, text(object), [("signed_bytes", signed_text(Tag::Delegation, object)), ("digest", digest)])
    };
    let spelt = Vector {
        input: Some(text(&delegation()).replace("\"sequence\":1,", "\"sequence\":1.0,")),
        ..good("with a number in another spelling", &delegation())
    };
    vec![
        good("a delegation", &delegation()),
        spelt,
        good("with a member that nobody knows", &signed(&with(&delegation(), "note", json!("for my assistant")))),
        good("of another sequence", &signed(&with(&delegation(), "sequence", json!(9_007_199_254_740_991_u64)))),
        good("of the longest life", &signed(&with(&delegation(), "not_after", json!("2027-01-02T00:00:00Z")))),
    ]
}

fn forged() -> Vec<Vector> {
    let bad = |name: &str, object: &Object, place: &str| Vector::bad(name, text(object), Code::BadDelegation, place);
    let good = delegation();
    vec![
        bad("unsigned", &without(&good, "signature"), "/signature"),
        bad("the signature is no base64", &with(&good, "signature", json!("?")), "/signature"),
        bad("another key", &with(&good, "key", json!(MALLORY.sender().key.public())), "/signature"),
        bad("another owner", &with(&good, "did", json!(MALLORY.did())), "/signature"),
        bad("another sequence", &with(&good, "sequence", json!(2)), "/signature"),
        bad("a later end", &with(&good, "not_after", json!("2026-08-01T00:00:00Z")), "/signature"),
        bad("a member put in", &with(&good, "note", json!("not signed")), "/signature"),
        bad("signed by the agent's key", &ALEX.sign_as_agent(Tag::Delegation, &good), "/signature"),
        bad("signed as a card", &ALEX.sign_as_owner(Tag::Card, &good), "/signature"),
        bad("signed by somebody else", &MALLORY.sign_as_owner(Tag::Delegation, &good), "/signature"),
        bad("longer than 366 days", &signed(&with(&good, "not_after", json!("2027-01-02T00:00:01Z"))), "/not_after"),
    ]
}

fn misshapen() -> Vec<Vector> {
    let bad =
        |name: &str, object: &Object, place: &str| Vector::bad(name, text(&signed(object)), Code::Malformed, place);
    let good = delegation();
    vec![
        bad("no owner", &without(&good, "did"), "/did"),
        bad(
            "the key of another kind",
            &with(&good, "key", json!("z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc")),
            "/key",
        ),
        bad("a sequence below zero", &with(&good, "sequence", json!(-1)), "/sequence"),
        bad("a sequence that is a text", &with(&good, "sequence", json!("1")), "/sequence"),
        bad("an end without an offset", &with(&good, "not_after", json!("2026-07-01T00:00:00")), "/not_after"),
        Vector::bad("no object", "[]", Code::Malformed, ""),
    ]
}
