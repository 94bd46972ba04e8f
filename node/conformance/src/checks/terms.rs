//! Terms and approvals, as a contact: nothing that no human approved may bind anybody.

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::id::MandateId;
use ai2ai_protocol::key::Tag;
use ai2ai_protocol::terms;
use serde_json::{Value, json};

use super::acts::{act, draft, tried};
use super::envelopes::set;
use super::{OnFinding, must};
use crate::Kit;
use crate::judge::Expect;
use crate::stranger::{Stranger, object};

/// Everything that is tried here, in its order, with the section.
pub(crate) const CHECKS: [(&str, u8); 16] = [
    ("an offer without an approval is approval_missing", 12),
    ("an approval of other terms is approval_invalid", 12),
    ("an approval that the agent signed is approval_invalid", 12),
    ("an approval for somebody else is approval_invalid", 12),
    ("an approval with a member that nobody knows is approval_invalid", 12),
    ("a mandate for another intent is outside_mandate", 13),
    ("terms that do not say what they replace are malformed", 12),
    ("terms in a message are malformed", 12),
    ("terms that say nothing are malformed", 12),
    ("terms of more than 16 KiB are too_large", 12),
    ("a menu of 33 times is too_large", 12),
    ("an offer that its human approved stands", 11),
    ("an offer that replaces something else is stale_terms", 11),
    ("a confirm of one's own terms is stale_terms", 11),
    ("a reject ends the conversation", 11),
    ("what comes after that is closed, with the state", 11),
];

/// Tries all of it.
pub(crate) async fn try_all(kit: &mut Kit, note: OnFinding<'_>) -> Result<(), Failure> {
    let opening = act(kit, "request", &Value::Null, offer(dinner()));
    let conversation = opening["conversation"].clone();
    let mut trials = vec![(opening, refused(&[Code::ApprovalMissing]))];
    trials.extend(bad_approvals(kit));
    trials.extend(bad_terms(kit));
    trials.extend(settled(kit, &conversation));
    for ((check, section), (envelope, expect)) in CHECKS.into_iter().zip(trials) {
        note(must(check, section, tried(kit, envelope, expect).await?));
    }
    Ok(())
}

fn refused(codes: &'static [Code]) -> Expect {
    Expect::Refused(codes)
}

pub(crate) fn dinner() -> Object {
    object(json!({ "subject": "Conformance", "time": "2099-01-01T12:00Z", "minutes": 30 }))
}

pub(crate) fn offer(terms: Object) -> Value {
    json!({ "terms": terms, "replaces": null })
}

/// An offer, a confirm or a cancel with an approval that was changed before it was signed.
pub(crate) fn approved(
    kit: &Kit,
    conversation: &Value,
    payload: Value,
    kind: &str,
    change: impl FnOnce(&mut Object),
) -> Object {
    let mut draft = draft(kit, kind, conversation, payload);
    let hash = match draft["payload"].get("terms_hash") {
        Some(hash) => hash.clone(),
        None => json!(terms::hash(&object(draft["payload"]["terms"].clone()))),
    };
    let mut approval = object(json!({
        "by": "owner", "did": kit.stranger.did, "act": kind, "with": kit.did(), "conversation": draft["conversation"],
        "terms": hash, "at": draft["timestamp"],
    }));
    change(&mut approval);
    if approval.get("by") == Some(&Value::from("owner")) && !approval.contains_key("signature") {
        approval = kit.stranger.signed_by_owner(Tag::Approval, approval);
    }
    set(&mut draft, "approval", approval.into());
    kit.stranger.signed(Tag::Envelope, draft)
}

fn bad_approvals(kit: &Kit) -> Vec<(Object, Expect)> {
    let invalid = || refused(&[Code::ApprovalInvalid]);
    let one = |change: &dyn Fn(&mut Object)| approved(kit, &Value::Null, offer(dinner()), "request", change);
    let other = format!("sha256:{}", "0".repeat(64));
    vec![
        (one(&|approval| set(approval, "terms", other.as_str().into())), invalid()),
        (one(&|approval| *approval = kit.stranger.signed(Tag::Approval, std::mem::take(approval))), invalid()),
        (one(&|approval| set(approval, "with", json!(Stranger::new().did))), invalid()),
        (one(&|approval| set(approval, "x", 1.into())), invalid()),
        (one(&|approval| *approval = by_mandate(kit, "social.*")), refused(&[Code::OutsideMandate])),
    ]
}

/// A good mandate for these intents.
pub(crate) fn by_mandate(kit: &Kit, intents: &str) -> Object {
    let from = now().whole_second();
    let mandate = object(json!({
        "id": MandateId::new(from, rand::random()), "did": kit.stranger.did, "intents": [intents], "with": "any",
        "limits": {}, "not_before": from, "not_after": from + std::time::Duration::from_secs(24 * 3600),
    }));
    object(json!({ "by": "mandate", "mandate": kit.stranger.signed_by_owner(Tag::Mandate, mandate) }))
}

fn bad_terms(kit: &Kit) -> Vec<(Object, Expect)> {
    let malformed = || refused(&[Code::Malformed]);
    let large = || refused(&[Code::TooLarge]);
    let request = |payload: Value| act(kit, "request", &Value::Null, payload);
    let mut much = dinner();
    set(&mut much, "description", "x".repeat(17_000).into());
    vec![
        (request(json!({ "terms": dinner() })), malformed()),
        (act(kit, "message", &Value::Null, offer(dinner())), malformed()),
        (request(offer(Object::new())), malformed()),
        (request(offer(much)), large()),
        (request(json!({ "proposed_times": vec!["2099-01-01T12:00Z"; 33] })), large()),
    ]
}

/// One conversation, from a good offer to its end.
fn settled(kit: &Kit, conversation: &Value) -> Vec<(Object, Expect)> {
    let good = approved(kit, conversation, offer(dinner()), "request", |_| {});
    let mut later = dinner();
    set(&mut later, "minutes", 45.into());
    let stale = json!({ "terms": later, "replaces": MandateId::new(now(), rand::random()) });
    let stale = approved(kit, conversation, stale, "request", |_| {});
    let own = json!({ "terms_hash": terms::hash(&dinner()) });
    let own = approved(kit, conversation, own, "confirm", |_| {});
    let stale_terms = || Expect::RefusedIn(Code::StaleTerms, Phase::Proposed);
    vec![
        (good, Expect::Accepted(Phase::Proposed)),
        (stale, stale_terms()),
        (own, stale_terms()),
        (act(kit, "reject", conversation, json!({})), Expect::Accepted(Phase::Rejected)),
        (act(kit, "message", conversation, json!({ "text": "?" })), Expect::RefusedIn(Code::Closed, Phase::Rejected)),
    ]
}
