//! Acts of a contact in a conversation: drafted, signed and brought.

use ai2ai_api::exit::Failure;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::key::Tag;
use ai2ai_protocol::terms::CANCEL;
use serde_json::Value;

use super::Letter;
use super::envelopes::set;
use super::strangers::letter;
use crate::Kit;
use crate::judge::{Expect, judge};
use crate::report::Verdict;

/// The type of a cancel, and here of nothing else.
pub(crate) const INFORM: &str = "inform";

/// A draft of an act, in this conversation or in a new one.
pub(crate) fn draft(kit: &Kit, kind: &str, conversation: &Value, payload: Value) -> Object {
    kit.stranger.draft(&kit.did(), |draft| {
        set(draft, "type", kind.into());
        set(draft, "intent", if kind == INFORM { CANCEL } else { "schedule.meeting" }.into());
        set(draft, "payload", payload);
        if !conversation.is_null() {
            set(draft, "conversation", conversation.clone());
        }
    })
}

/// An act, as the agent signs it.
pub(crate) fn act(kit: &Kit, kind: &str, conversation: &Value, payload: Value) -> Object {
    kit.stranger.signed(Tag::Envelope, draft(kit, kind, conversation, payload))
}

/// Brings one envelope, which must come off so.
pub(crate) async fn tried(kit: &mut Kit, envelope: Object, expect: Expect) -> Result<Verdict, Failure> {
    let Letter { bytes, wants } = letter(kit, &[(envelope, expect)])?;
    let answer = kit.bring(bytes).await;
    Ok(judge(answer, &kit.did(), &wants))
}
