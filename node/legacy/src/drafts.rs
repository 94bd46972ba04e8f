//! Drafts to agents of the original: what became of one.

use ai2ai_api::views::DraftView;
use ai2ai_core::inbox::drafts::outcome;
use ai2ai_core::txn::Step;
use ai2ai_protocol::id::{ConversationId, ItemId};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::View;
use ai2ai_store::originals::{self, OriginalItemRow};

use crate::{items, talk};

/// State of a draft and of its talk; none where neither is with an agent of the original.
///
/// # Errors
/// When the database fails.
pub fn view(tx: &impl View, item: Option<&str>, conversation: Option<&str>, now: Timestamp) -> Step<Option<DraftView>> {
    let item: Option<ItemId> = item.and_then(|id| id.parse().ok());
    let named: Option<ConversationId> = conversation.and_then(|id| id.parse().ok());
    let row = match (&item, &named) {
        (Some(item), _) => originals::item(tx, item)?,
        (None, Some(talk)) => items::of_talk(tx, talk)?,
        (None, None) => None,
    };
    let waiting = row.filter(|row| is_draft(row) && row.expires_at > now);
    let conversation = named.or_else(|| waiting.as_ref().and_then(|row| row.talk));
    let found = match &conversation {
        Some(id) => originals::talk(tx, id)?,
        None => None,
    };
    let state = match (&waiting, item) {
        (Some(_), _) => "pending_approval",
        (None, _) if found.is_none() => return Ok(None),
        (None, Some(item)) => outcome(tx, &item)?,
        (None, None) => "none",
    };
    Ok(Some(DraftView {
        item: waiting.map(|row| row.id).or(item),
        conversation,
        state: state.to_owned(),
        conversation_state: found.map(|talk| talk::phase(&talk, now)),
    }))
}

/// Returns whether an item holds a draft of the agent's.
pub fn is_draft(item: &OriginalItemRow) -> bool {
    item.draft.is_some()
}
