//! Items that wait for the owner: at most one item per conversation, and one per stranger.
//!
//! An item's digest covers what came in and exactly what an approval would send. Whenever either changes, so does the digest, and
//! an approval of the former one is refused.

use std::time::Duration;

use ai2ai_api::event_name::EventName;
use ai2ai_api::forget::Forget;
use ai2ai_protocol::canonical::canonical;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::{Content, VerifiedEnvelope};
use ai2ai_protocol::id::{ConversationId, ItemId};
use ai2ai_store::contacts::ContactRow;
use ai2ai_store::conversations::{self, ConversationRow};
use ai2ai_store::inbox::{self, ItemKind, ItemRow};
use serde_json::json;

use crate::content::{Words, headline, headline_of_cancel, is_cancel};
use crate::error::RaiseError;
use crate::inbox::snooze;
use crate::txn::{Step, Txn};

/// Items at which an agent may put nothing more before its owner.
const ITEMS: u64 = 500;
/// Time that a draft waits for the owner.
const DRAFT_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

/// Raises an item for a message that waits for the owner's answer; what waited in this conversation before is replaced.
///
/// # Errors
/// When the database fails.
pub fn raise_incoming(
    txn: &mut Txn<'_, '_>,
    envelope: &Content,
    contact: &ContactRow,
    row: &ConversationRow,
) -> Step<()> {
    let asked = Forget::asked_in(envelope.kind(), envelope.intent(), envelope.payload());
    let cancels = is_cancel(envelope.kind(), envelope.intent());
    let headline = match asked {
        _ if cancels => Some(headline_of_cancel(row, envelope.payload())),
        Some(asked) => Some(asked.summary()),
        None => headline(envelope.payload()),
    };
    let item = ItemRow {
        id: item_of(txn, &row.id)?,
        with: contact.did,
        conversation: Some(row.id),
        kind: ItemKind::Incoming,
        intent: Some(if cancels { envelope.intent().clone() } else { row.intent.clone() }),
        message: Some(envelope.id()),
        draft: None,
        summary: headline.or_else(|| row.subject.clone()).unwrap_or_else(|| envelope.kind().to_string()),
        digest: Digest::from_bytes([0; 32]),
        made_at: txn.now,
        expires_at: envelope.expires_at(),
    };
    raise(txn, item)?;
    Ok(())
}

/// Raises an item for a stranger who asks to be let in. All their messages make one item.
///
/// # Errors
/// When the database fails.
pub(crate) fn raise_contact_request(txn: &mut Txn<'_, '_>, envelope: &VerifiedEnvelope) -> Step<()> {
    let from = envelope.from();
    let open = inbox::of_contact(txn.tx, &from.did)?.into_iter().find(|item| item.kind == ItemKind::ContactRequest);
    let item = ItemRow {
        id: open.map_or_else(|| txn.new_item(), |item| item.id),
        with: from.did,
        conversation: None,
        kind: ItemKind::ContactRequest,
        intent: Some(envelope.intent().clone()),
        message: Some(envelope.id()),
        draft: None,
        summary: headline(envelope.payload()).unwrap_or_else(|| envelope.kind().to_string()),
        digest: Digest::from_bytes([0; 32]),
        made_at: txn.now,
        expires_at: envelope.expires_at(),
    };
    raise(txn, item)?;
    Ok(())
}

/// Raises an item for what an agent wants to say. In a conversation where something came in, it becomes the suggested answer.
///
/// # Errors
/// [`RaiseError`]; or the database failed.
pub fn raise_draft(
    txn: &mut Txn<'_, '_>,
    with: &ContactRow,
    conversation: ConversationId,
    words: &Words,
) -> Step<ItemRow> {
    let open = inbox::of_conversation(txn.tx, &conversation)?;
    if open.is_none() && inbox::count(txn.tx)? >= ITEMS {
        return Err(RaiseError::Full { most: ITEMS }.into());
    }
    let draft = Some(words.to_object());
    let found = if words.cancels() { conversations::get(txn.tx, &conversation)? } else { None };
    let summary = found.map(|row| headline_of_cancel(&row, &words.payload)).or_else(|| headline(&words.payload));
    let item = match open {
        Some(item) if item.kind == ItemKind::Incoming => ItemRow { draft, ..item },
        other => ItemRow {
            id: other.map_or_else(|| txn.new_item(), |item| item.id),
            with: with.did,
            conversation: Some(conversation),
            kind: ItemKind::Draft,
            intent: Some(words.intent.clone()),
            message: None,
            draft,
            summary: summary.unwrap_or_else(|| words.kind.to_string()),
            digest: Digest::from_bytes([0; 32]),
            made_at: txn.now,
            expires_at: txn.now + DRAFT_LIFE,
        },
    };
    raise(txn, item)
}

/// Takes back the answer that an agent suggested; what came in goes on waiting.
///
/// # Errors
/// When the database fails.
pub(crate) fn drop_draft(txn: &mut Txn<'_, '_>, item: ItemRow) -> Step<()> {
    raise(txn, ItemRow { draft: None, ..item })?;
    Ok(())
}

/// Removes what waits in this conversation.
///
/// # Errors
/// When the database fails.
pub(crate) fn settle_item(txn: &mut Txn<'_, '_>, row: &ConversationRow) -> Step<()> {
    if let Some(item) = inbox::of_conversation(txn.tx, &row.id)? {
        inbox::remove(txn.tx, &item.id)?;
    }
    Ok(())
}

fn item_of(txn: &mut Txn<'_, '_>, conversation: &ConversationId) -> Step<ItemId> {
    Ok(match inbox::of_conversation(txn.tx, conversation)? {
        Some(item) => item.id,
        None => txn.new_item(),
    })
}

/// Keeps an item and tells the owner of it.
///
/// # Errors
/// When the database fails.
pub(crate) fn raise(txn: &mut Txn<'_, '_>, item: ItemRow) -> Step<ItemRow> {
    let item = ItemRow { digest: digest(&item), ..item };
    inbox::put(txn.tx, &item)?;
    snooze::wake(txn, &item.id)?;
    let detail = format!("{} waits for you: {}", item.id, item.summary);
    txn.tell(EventName::Pending, detail, Some(item.with), item.conversation);
    Ok(item)
}

/// Digest that an approval of this item is bound to.
fn digest(item: &ItemRow) -> Digest {
    Digest::of(&canonical(&json!({
        "item": item.id, "with": item.with, "conversation": item.conversation, "kind": item.kind,
        "came_in": item.message, "sends": item.draft,
    })))
}
