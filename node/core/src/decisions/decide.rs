//! Decisions of the owner on one native item. Whoever calls has found it as it was shown.

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::event_name::EventName;
use ai2ai_api::views::DecisionView;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::key::OwnerKey;
use ai2ai_store::conversations;
use ai2ai_store::inbox::{self, ItemKind, ItemRow};
use ai2ai_store::wire::Wire;
use ai2ai_store::{cards, contacts};

use crate::content::{Reply, Words};
use crate::decisions::replies;
use crate::error::DecideError;
use crate::inbound::{admission, quarantine};
use crate::lookup::item::{is_notice, received, request_in};
use crate::outbound::compose::{self, Said};
use crate::people::contacts::{Introduction, free_name};
use crate::txn::{Step, Txn};
use crate::{audit, forget};

/// Refuses text that nobody would read, instead of dropping it: whoever types some means somebody to read it.
///
/// # Errors
/// [`DecideError::NoReader`]: deciding this item so sends nothing that they could go with.
pub fn check_has_reader(item: &ItemRow, are_there: bool, approves: bool) -> Result<(), DecideError> {
    let is_heard = match item.kind {
        ItemKind::Incoming => true,
        ItemKind::Draft => approves,
        ItemKind::ContactRequest | ItemKind::Renewal => false,
    };
    if is_heard || !are_there {
        return Ok(());
    }
    let admits = item.kind == ItemKind::ContactRequest && approves;
    Err(DecideError::NoReader { item: item.id, admits })
}

/// Approves an item: sends what it says would be sent, lets a stranger in, or notes what came in.
///
/// # Errors
/// Refused by a room that it calls; or the database failed.
pub fn approve(
    txn: &mut Txn<'_, '_>,
    item: &ItemRow,
    reply: &Reply,
    stranger: Option<&Introduction>,
    owner: &OwnerKey,
    factor: &AuditFactor,
) -> Step<DecisionView> {
    check_has_reader(item, *reply != Reply::default(), true)?;
    let notice = is_notice(txn.tx, item)?;
    match item.kind {
        ItemKind::ContactRequest => return accept_stranger(txn, item, stranger, factor),
        ItemKind::Renewal => return Err(DecideError::NeedsKeys(item.id).into()),
        ItemKind::Incoming | ItemKind::Draft => {}
    }
    let contact = contacts::get(txn.tx, &item.with)?.ok_or(DecideError::NoContact)?;
    let asked = received(txn.tx, item)?.and_then(|content| request_in(&content));
    let forgotten = asked.map(|asked| forget::requested_rows(txn, item, asked)).transpose()?;
    let words = replies::answer(txn.tx, item, reply)?;
    let said = match (words, item.conversation) {
        (Some(words), Some(conversation)) => Some(compose::say(txn, &contact, conversation, words, Some(owner))?),
        _ => None,
    };
    if let Some(rows) = forgotten {
        forget::erase_requested(txn, item, &rows, factor)?;
    }
    inbox::remove(txn.tx, &item.id)?;
    let what = if notice { AuditAction::Note } else { AuditAction::Approve };
    audit::record_message(txn, &what, item.with, Some(item.id), factor, said.as_ref().map(|said| said.id))?;
    txn.tell(EventName::Decided, format!("{} is approved", item.id), Some(item.with), item.conversation);
    Ok(DecisionView {
        id: item.id,
        decision: if notice { "noted" } else { "approved" }.to_owned(),
        conversation: item.conversation,
        state: said.as_ref().map(|said| said.phase.to_string()),
        message: said.map(|said| said.id),
    })
}

/// Rejects an item: ends the conversation, drops the agent's draft, or dismisses a stranger without a word.
///
/// # Errors
/// Refused by a room that it calls; or the database failed.
pub fn reject(txn: &mut Txn<'_, '_>, item: &ItemRow, reason: Option<&str>, factor: &AuditFactor) -> Step<DecisionView> {
    check_has_reader(item, reason.is_some(), false)?;
    let notice = is_notice(txn.tx, item)?;
    let mut decided = DecisionView {
        id: item.id,
        decision: if notice { "noted" } else { "rejected" }.to_owned(),
        conversation: item.conversation,
        state: None,
        message: None,
    };
    match item.kind {
        ItemKind::ContactRequest => quarantine::discard(txn, &item.with)?,
        ItemKind::Draft | ItemKind::Renewal => {}
        ItemKind::Incoming => {
            if let Some(said) = refuse(txn, item, reason)? {
                decided.state = Some(said.phase.to_string());
                decided.message = Some(said.id);
            }
        }
    }
    inbox::remove(txn.tx, &item.id)?;
    audit::record_message(
        txn,
        if notice { &AuditAction::Note } else { &AuditAction::Reject },
        item.with,
        Some(item.id),
        factor,
        decided.message,
    )?;
    txn.tell(EventName::Decided, format!("{} is {}", item.id, decided.decision), Some(item.with), item.conversation);
    Ok(decided)
}

/// Ends a conversation; plain talk is only noted, for there is nothing to end.
fn refuse(txn: &mut Txn<'_, '_>, item: &ItemRow, reason: Option<&str>) -> Step<Option<Said>> {
    let (Some(conversation), Some(contact)) = (item.conversation, contacts::get(txn.tx, &item.with)?) else {
        return Ok(None);
    };
    let Some(row) = conversations::get(txn.tx, &conversation)? else { return Ok(None) };
    let talk = received(txn.tx, item)?.is_some_and(|content| matches!(content.kind(), Kind::Message | Kind::Inform));
    if talk && reason.is_none() {
        return Ok(None);
    }
    let words = Words::rejection(row.intent, reason, item.message);
    Ok(Some(compose::say(txn, &contact, conversation, words, None)?))
}

fn accept_stranger(
    txn: &mut Txn<'_, '_>,
    item: &ItemRow,
    stranger: Option<&Introduction>,
    factor: &AuditFactor,
) -> Step<DecisionView> {
    let kept = cards::get(txn.tx, &item.with)?.and_then(|row| Card::read(&row.bytes).ok());
    let introduction = match (stranger, kept) {
        (Some(introduction), _) => introduction.clone(),
        (None, Some(card)) => {
            Introduction { card, met: "came".to_owned(), addresses: Vec::new(), domain: None, dnssec: None }
        }
        (None, None) => return Err(DecideError::NoCard.into()),
    };
    // Whom the owner knows by the original keeps the name that the owner gave them.
    let name = match contacts::find(txn.tx, introduction.card.did())? {
        Some(Wire::Legacy(_)) => None,
        Some(Wire::Native(_)) | None => {
            Some(free_name(txn, introduction.card.did(), introduction.card.human().to_string())?)
        }
    };
    admission::admit(txn, &introduction, name)?;
    record_approval(txn, item, factor)
}

/// Approves a renewal item, whose key was renewed.
///
/// # Errors
/// When the database fails.
pub fn approve_renewal(txn: &mut Txn<'_, '_>, item: &ItemRow, factor: &AuditFactor) -> Step<DecisionView> {
    inbox::remove(txn.tx, &item.id)?;
    record_approval(txn, item, factor)
}

/// Records the approval of an item that sends nothing.
///
/// # Errors
/// When the database fails.
fn record_approval(txn: &mut Txn<'_, '_>, item: &ItemRow, factor: &AuditFactor) -> Step<DecisionView> {
    audit::record(txn, &AuditAction::Approve, Some(item.with), Some(item.id), factor, &AuditOutcome::Done)?;
    txn.tell(EventName::Decided, format!("{} is approved", item.id), Some(item.with), item.conversation);
    Ok(DecisionView { id: item.id, decision: "approved".to_owned(), conversation: None, state: None, message: None })
}
