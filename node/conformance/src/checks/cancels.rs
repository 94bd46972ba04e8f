//! Calling off, as a contact: a cancel counts for what both have agreed, by the word of its sender's human, and for nothing else.
//!
//! That it counts then can't be tried from outside: it takes their owner to agree to something.

use ai2ai_api::exit::Failure;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::terms;
use serde_json::{Value, json};

use super::acts::{INFORM, act, tried};
use super::envelopes::set;
use super::terms::{approved, by_mandate, dinner, offer};
use super::{OnFinding, must, untried};
use crate::Kit;
use crate::judge::Expect;
use crate::report::Verdict;

/// What is tried in a conversation in which terms stand and nothing is agreed, in this order, with the section.
const OPEN: [(&str, u8); 7] = [
    ("a cancel that names no terms is malformed", 12),
    ("a cancel without an approval is approval_missing", 12),
    ("a cancel under its human's word for a confirm is approval_invalid", 12),
    ("a cancel under a mandate is outside_mandate", 12),
    ("a cancel opens no conversation: it is unknown_conversation", 11),
    ("a cancel of what is not agreed is stale_terms", 11),
    ("a cancel of other terms is stale_terms", 11),
];
/// What is tried once that conversation is rejected.
const REJECTED: &str = "a cancel of what was rejected is closed, with the state";

/// Says of everything here that it was not tried.
pub(crate) fn not_tried(note: OnFinding<'_>, why: &str) {
    for (check, section) in OPEN.into_iter().chain([(REJECTED, 11)]) {
        note(must(check, section, untried(why)));
    }
}

/// Tries all of it.
pub(crate) async fn try_all(kit: &mut Kit, note: OnFinding<'_>) -> Result<(), Failure> {
    let opening = approved(kit, &Value::Null, offer(dinner()), "request", |_| {});
    let conversation = opening["conversation"].clone();
    if tried(kit, opening, Expect::Accepted(Phase::Proposed)).await? != Verdict::Passed {
        not_tried(note, "it takes an offer that stands, and it takes none");
        return Ok(());
    }
    for ((check, section), (envelope, expect)) in OPEN.into_iter().zip(open(kit, &conversation)) {
        note(must(check, section, tried(kit, envelope, expect).await?));
    }
    note(must(REJECTED, 11, rejected(kit, &conversation).await?));
    Ok(())
}

fn open(kit: &Kit, conversation: &Value) -> Vec<(Object, Expect)> {
    let one = |change: &dyn Fn(&mut Object)| approved(kit, conversation, agreed(dinner()), INFORM, change);
    let refused = |codes: &'static [Code]| Expect::Refused(codes);
    let stale_terms = || Expect::RefusedIn(Code::StaleTerms, Phase::Proposed);
    let mut others = dinner();
    set(&mut others, "minutes", 45.into());
    vec![
        (act(kit, INFORM, conversation, json!({ "reason": "?" })), refused(&[Code::Malformed])),
        (act(kit, INFORM, conversation, agreed(dinner())), refused(&[Code::ApprovalMissing])),
        (one(&|approval| set(approval, "act", "confirm".into())), refused(&[Code::ApprovalInvalid])),
        (one(&|approval| *approval = by_mandate(kit, terms::CANCEL)), refused(&[Code::OutsideMandate])),
        (approved(kit, &Value::Null, agreed(dinner()), INFORM, |_| {}), refused(&[Code::UnknownConversation])),
        (one(&|_| {}), stale_terms()),
        (approved(kit, conversation, agreed(others), INFORM, |_| {}), stale_terms()),
    ]
}

/// The conversation is rejected, then called off.
async fn rejected(kit: &mut Kit, conversation: &Value) -> Result<Verdict, Failure> {
    let reject = act(kit, "reject", conversation, json!({}));
    match tried(kit, reject, Expect::Accepted(Phase::Rejected)).await? {
        Verdict::Passed => {
            let cancel = approved(kit, conversation, agreed(dinner()), INFORM, |_| {});
            tried(kit, cancel, Expect::RefusedIn(Code::Closed, Phase::Rejected)).await
        }
        verdict @ (Verdict::Failed(_) | Verdict::NotTried(_) | Verdict::PutOff) => Ok(verdict),
    }
}

fn agreed(terms: Object) -> Value {
    json!({ "terms_hash": terms::hash(&terms) })
}
