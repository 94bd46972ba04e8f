//! Items about agents of the original: one per talk, and one per envelope that nothing proves.

use std::time::Duration;

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::event_name::EventName;
use ai2ai_api::views::WithdrawnView;
use ai2ai_core::audit;
use ai2ai_core::content::{Words, headline};
use ai2ai_core::error::RaiseError;
use ai2ai_core::inbox::snooze;
use ai2ai_core::txn::{Step, Txn};
use ai2ai_protocol::canonical::canonical;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::name::is_unseen;
use ai2ai_store::contacts::LegacyContactRow;
use ai2ai_store::inbox::{self, LegacyItemRow};
use ai2ai_store::originals::{SaidRow, TalkRow};
use serde_json::json;

use crate::ITEMS;
use crate::talk::talk_id;

/// Time that an item waits.
const ITEM_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Characters of an item's line.
const SUMMARY_CHARS: usize = 80;

/// Raises an item for a message that waits for the owner's answer, in the place of what waited in this talk before; returns
/// whether there is room.
///
/// # Errors
/// When the database fails.
pub fn raise_incoming(txn: &mut Txn<'_, '_>, row: &LegacyContactRow, talk: &TalkRow, came: SaidRow) -> Step<bool> {
    let open = inbox::of_talk(txn.tx, &talk.id)?;
    if open.is_none() && inbox::count_legacy(txn.tx)? >= ITEMS {
        return Ok(false);
    }
    let id = open.map_or_else(|| txn.new_item(), |item| item.id);
    let summary = summary(&came).or_else(|| talk.subject.clone()).unwrap_or_else(|| came.kind.to_string());
    raise(
        txn,
        LegacyItemRow {
            id,
            with: Some(row.did),
            who: row.name.clone(),
            talk: Some(talk.id),
            came: Some(came),
            draft: None,
            opens: None,
            summary,
            digest: Digest::from_bytes([0; 32]),
            made_at: txn.now,
            expires_at: txn.now + ITEM_LIFE,
        },
    )?;
    Ok(true)
}

/// Raises an item for a message whose sender nothing proves.
///
/// # Errors
/// When the database fails.
pub(crate) fn raise_unverified(txn: &mut Txn<'_, '_>, who: String, came: SaidRow) -> Step<()> {
    let item = LegacyItemRow {
        id: txn.new_item(),
        with: None,
        who,
        talk: None,
        summary: summary(&came).unwrap_or_else(|| came.kind.to_string()),
        came: Some(came),
        draft: None,
        opens: None,
        digest: Digest::from_bytes([0; 32]),
        made_at: txn.now,
        expires_at: txn.now + ITEM_LIFE,
    };
    raise(txn, item)?;
    Ok(())
}

/// Raises an item for what an agent wants to say to a contact; in a talk where something came in, it is the suggested answer.
///
/// # Errors
/// [`RaiseError`]; or the database failed.
pub fn raise_draft(
    txn: &mut Txn<'_, '_>,
    row: &LegacyContactRow,
    talk: Option<ConversationId>,
    words: &Words,
) -> Step<LegacyItemRow> {
    let open = match &talk {
        Some(talk) => inbox::of_talk(txn.tx, talk)?,
        None => None,
    };
    if open.is_none() && inbox::count_legacy(txn.tx)? >= ITEMS {
        return Err(RaiseError::Full { most: ITEMS }.into());
    }
    let draft = Some(words.to_object());
    let opens = talk.is_none().then(|| txn.new_conversation().to_string());
    let item = match open {
        Some(item) => LegacyItemRow { draft, ..item },
        None => LegacyItemRow {
            id: txn.new_item(),
            with: Some(row.did),
            who: row.name.clone(),
            talk: talk.or_else(|| opens.as_deref().map(|named| talk_id(&row.did, named))),
            came: None,
            draft,
            opens,
            summary: headline(&words.payload).unwrap_or_else(|| words.kind.to_string()),
            digest: Digest::from_bytes([0; 32]),
            made_at: txn.now,
            expires_at: txn.now + ITEM_LIFE,
        },
    };
    raise(txn, item)
}

fn raise(txn: &mut Txn<'_, '_>, item: LegacyItemRow) -> Step<LegacyItemRow> {
    let item = LegacyItemRow { digest: digest(&item), ..item };
    inbox::put_legacy(txn.tx, &item)?;
    snooze::wake(txn, &item.id)?;
    let detail = format!("{} waits for you: {}", item.id, item.summary);
    txn.tell(EventName::Pending, detail, item.with, item.talk);
    Ok(item)
}

/// Takes back what an agent suggested; what came in goes on waiting.
///
/// # Errors
/// When the database fails.
pub fn withdraw_draft(txn: &mut Txn<'_, '_>, item: LegacyItemRow) -> Step<WithdrawnView> {
    let id = item.id.to_string();
    let conversation = item.talk;
    audit::record(txn, &AuditAction::Withdraw, item.with, Some(item.id), &AuditFactor::Typed, &AuditOutcome::Done)?;
    match item.came {
        None => drop(inbox::remove(txn.tx, &item.id)?),
        Some(_) => drop(raise(txn, LegacyItemRow { draft: None, ..item })?),
    }
    Ok(WithdrawnView { id, what: "draft".to_owned(), conversation, state: None })
}

/// Removes what waits in this talk.
///
/// # Errors
/// When the database fails.
pub(crate) fn settle(txn: &mut Txn<'_, '_>, talk: &ConversationId) -> Step<()> {
    if let Some(item) = inbox::of_talk(txn.tx, talk)? {
        inbox::remove(txn.tx, &item.id)?;
    }
    Ok(())
}

/// Digest that an approval of this item is bound to.
fn digest(item: &LegacyItemRow) -> Digest {
    let came = item.came.as_ref().map(|came| json!({ "id": came.id, "kind": came.kind, "payload": came.payload }));
    Digest::of(&canonical(&json!({
        "original_item": item.id, "with": item.with, "who": item.who, "talk": item.talk, "came_in": came, "sends": item.draft,
    })))
}

/// One line of what came in, without unseen characters.
fn summary(came: &SaidRow) -> Option<String> {
    let said = headline(&came.payload);
    said.or_else(|| came.payload.get("message").and_then(|text| one_line(text.as_str()?)))
}

fn one_line(text: &str) -> Option<String> {
    let line: String = text.chars().map(|c| if is_unseen(c) { ' ' } else { c }).take(SUMMARY_CHARS).collect();
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}
