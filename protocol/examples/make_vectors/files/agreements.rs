//! Agreements: one file, checked offline.

use ai2ai_protocol::agreement::write;
use ai2ai_protocol::canonical::{Object, canonical};
use ai2ai_protocol::envelope::Content;
use ai2ai_protocol::terms;
use serde_json::{Value, json};

use super::approvals::{cancel, cancel_without_approval, confirm, confirm_without_approval, dinner_terms, offer};
use super::cards::card;
use super::people::{ALEX, DARREN, MALLORY, object_of, with, with_at, without};
use super::{File, Vector};

/// The vectors.
pub(crate) fn file() -> File {
    File {
        about: "SPEC.md §14. `input` is an agreement file, checked with nothing else at hand. `valid` says whether all of it \
                holds; of a valid one, `terms_hash` names what was agreed."
            .to_owned(),
        vectors: [good(), bad(), cancelled(), not_cancelled()].into_iter().flatten().collect(),
    }
}

fn agreement() -> Object {
    let darren = card(DARREN, 12);
    let alex = card(ALEX, 41);
    object_of(&write(offer().bytes(), confirm().bytes(), &[], &[&darren, &alex]).expect("a good agreement"))
}

fn pretty(object: &Object) -> String {
    serde_json::to_string_pretty(object).expect("JSON") + "\n"
}

fn valid(name: &str, object: &Object) -> Vector {
    let hash = terms::hash(&dinner_terms()).to_string();
    Vector::good(name, pretty(object), [("valid", "true".to_owned()), ("terms_hash", hash)])
}

fn invalid(name: &str, object: &Object) -> Vector {
    Vector::good(name, pretty(object), [("valid", "false".to_owned())])
}

fn value(envelope: &Content) -> Value {
    serde_json::from_slice(envelope.bytes()).expect("JSON")
}

fn cancelled() -> Vec<Vector> {
    let darren = card(DARREN, 12);
    let alex = card(ALEX, 41);
    let file = write(offer().bytes(), confirm().bytes(), &[cancel().bytes()], &[&darren, &alex]);
    vec![
        valid("a dinner that was called off", &object_of(&file.expect("a good agreement"))),
        valid("called off by nobody", &with(&agreement(), "cancels", json!([]))),
    ]
}

fn not_cancelled() -> Vec<Vector> {
    let off = |name: &str, cancels: Value| invalid(name, &with(&agreement(), "cancels", cancels));
    let once = value(&cancel());
    vec![
        off("called off without an approval", json!([value(&cancel_without_approval())])),
        off("called off by a confirm", json!([value(&confirm())])),
        off("called off twice by the same person", json!([once.clone(), once.clone()])),
        off("called off by a list that is none", once),
    ]
}

fn good() -> Vec<Vector> {
    vec![valid("dinner", &agreement()), valid("without the cards", &with(&agreement(), "cards", json!([])))]
}

fn bad() -> Vec<Vector> {
    let bad = invalid;
    let good = agreement();
    let other = json!("sha256:0000000000000000000000000000000000000000000000000000000000000000");
    let unapproved: Value = serde_json::from_slice(confirm_without_approval().bytes()).expect("JSON");
    let stranger = Value::Object(card(MALLORY, 1).object().clone());
    let pointers = [
        ("other terms beside the envelopes", "/terms/time", json!("2026-02-10T20:00Z")),
        ("another hash beside the envelopes", "/terms_hash", other.clone()),
        ("another conversation beside the envelopes", "/conversation", json!("019c3638-f220-7001-8000-000000000008")),
        ("other terms in the offer", "/offer/payload/terms/time", json!("2026-02-10T20:00Z")),
        ("other terms in the confirm", "/confirm/payload/terms_hash", other),
        ("a changed approval", "/offer/approval/at", json!("2026-02-07T03:54:59Z")),
        ("another person in the offer", "/offer/from/human", json!("Eve")),
        ("a changed card", "/cards/0/human", json!("Eve")),
        ("another version", "/ai2ai", json!("0.3")),
        ("another type", "/type", json!("contract")),
    ];
    let changed = pointers.into_iter().map(|(name, pointer, value)| bad(name, &with_at(&good, pointer, value)));
    let others = [
        bad("a confirm that nobody approved", &with(&good, "confirm", unapproved)),
        bad("the offer twice", &with(&good, "confirm", good["offer"].clone())),
        bad(
            "offer and confirm the wrong way round",
            &with(&with(&good, "offer", good["confirm"].clone()), "confirm", good["offer"].clone()),
        ),
        bad("without the confirm", &without(&good, "confirm")),
        bad("without the terms", &without(&good, "terms")),
        bad("a card of somebody else", &with(&good, "cards", json!([stranger]))),
        bad("something written beside it", &with(&good, "note", json!("and dessert"))),
        Vector::good("no JSON", "dinner", [("valid", "false".to_owned())]),
        Vector::good("cut off", canonical(&good)[..1_000].to_vec(), [("valid", "false".to_owned())]),
    ];
    changed.chain(others).collect()
}
