//! Drafts to agents of the original: what became of one.

use ai2ai_api::views::DraftView;
use ai2ai_core::inbox::drafts::{Named, outcome};
use ai2ai_core::txn::Step;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::View;
use ai2ai_store::inbox::LegacyItemRow;
use ai2ai_store::originals;

use crate::talk;

/// State of a draft, and how its talk stands.
///
/// # Errors
/// When the database fails.
pub fn view(tx: &impl View, named: Named<LegacyItemRow>, now: Timestamp) -> Step<DraftView> {
    let Named { item, conversation, row } = named;
    let waiting = row.filter(|row| is_draft(row) && row.expires_at > now);
    let conversation = conversation.or_else(|| waiting.as_ref().and_then(|row| row.talk));
    let found = conversation.map(|id| originals::talk(tx, &id)).transpose()?.flatten();
    let state = match (&waiting, item) {
        (Some(_), _) => "pending_approval",
        (None, Some(item)) => outcome(tx, &item)?,
        (None, None) => "none",
    };
    Ok(DraftView {
        item: waiting.map(|row| row.id).or(item),
        conversation,
        state: state.to_owned(),
        conversation_state: found.map(|talk| talk::phase(&talk, now)),
    })
}

/// Returns whether an item holds a draft of the agent's.
pub fn is_draft(item: &LegacyItemRow) -> bool {
    item.draft.is_some()
}
