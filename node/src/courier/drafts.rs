//! What became of what an agent drafted: the agent's own, and nothing else that waits for the owner.

use ai2ai_protocol::id::{ConversationId, ItemId};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::inbox::{self, ItemKind, ItemRow};
use ai2ai_store::{View, audit, conversations};

use super::show::LISTED;
use super::turn::Step;
use crate::exit::{Exit, Failure};
use crate::views::DraftView;

/// The draft with this item's id, or the one in this conversation; and how the conversation stands.
///
/// # Errors
/// Neither is named, or what is named is not known.
pub(super) fn draft_view(
    tx: &impl View,
    item: Option<&str>,
    conversation: Option<&str>,
    now: Timestamp,
) -> Step<DraftView> {
    let item: Option<ItemId> = item.map(str::parse).transpose().map_err(|error| unknown(&error))?;
    let named: Option<ConversationId> = conversation.map(str::parse).transpose().map_err(|error| unknown(&error))?;
    let row = match (&item, &named) {
        (Some(item), _) => inbox::get(tx, item)?,
        (None, Some(conversation)) => inbox::of_conversation(tx, conversation)?,
        (None, None) => return Err(unknown(&"neither an item nor a conversation is named").into()),
    };
    let waiting = row.filter(|row| is_draft(row) && row.expires_at > now);
    let conversation = named.or_else(|| waiting.as_ref().and_then(|row| row.conversation));
    let found = match &conversation {
        Some(id) => conversations::get(tx, id)?,
        None => None,
    };
    let state = match (&waiting, item) {
        (Some(_), _) => "pending_approval",
        (None, Some(item)) => decided(tx, &item)?,
        (None, None) if found.is_some() => "none",
        (None, None) => return Err(unknown(&"there is no such conversation, and no draft in it").into()),
    };
    Ok(DraftView {
        item: waiting.map(|row| row.id).or(item),
        conversation,
        state: state.to_owned(),
        conversation_state: found.map(|row| row.machine.phase(now)),
    })
}

fn is_draft(row: &ItemRow) -> bool {
    match row.kind {
        ItemKind::Draft => true,
        ItemKind::Incoming => row.draft.is_some(),
        ItemKind::ContactRequest | ItemKind::Renewal => false,
    }
}

/// What the audit says of an item that waits no more. What it says nothing of was overtaken by what was said meanwhile.
pub(super) fn decided(tx: &impl View, item: &ItemId) -> Step<&'static str> {
    let rows = audit::latest(tx, LISTED)?;
    let about =
        rows.into_iter().filter(|row| row.item == Some(*item) && matches!(row.outcome.as_str(), "done" | "expired"));
    Ok(match about.max_by_key(|row| row.at).map(|row| row.what) {
        Some(what) if what == "approve" => "approved",
        Some(what) if what == "reject" => "rejected",
        Some(what) if what == "withdraw" => "withdrawn",
        Some(what) if what == "expire" => "expired",
        Some(_) | None => "gone",
    })
}

fn unknown(why: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::Unknown, "unknown_item", format!("that is no draft of yours: {why}"))
}
