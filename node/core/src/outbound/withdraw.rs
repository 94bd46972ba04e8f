//! Withdrawing: takes back what an agent drafted, or what the owner said, as long as it surely never left this machine.

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::event_name::EventName;
use ai2ai_api::views::WithdrawnView;
use ai2ai_protocol::conversation::{Act, Conversation, Pending, Side};
use ai2ai_protocol::delivery::{DeliveryEvent, State};
use ai2ai_protocol::envelope::Content;
use ai2ai_protocol::terms::act_of;
use ai2ai_store::contacts;
use ai2ai_store::conversations::{self, ConversationRow};
use ai2ai_store::inbox::{self, ItemKind, ItemRow};
use ai2ai_store::messages::{self, MessageRow};
use ai2ai_store::outbox::{self, OutboxRow};

use crate::audit;
use crate::error::WithdrawError;
use crate::inbox::items;
use crate::txn::{Step, Txn};

/// Takes back what waits for the owner because an agent drafted it. What came in goes on waiting.
///
/// # Errors
/// When the database fails.
pub fn draft(txn: &mut Txn<'_, '_>, item: ItemRow) -> Step<WithdrawnView> {
    let id = item.id.to_string();
    let conversation = item.conversation;
    audit::record(
        txn,
        &AuditAction::Withdraw,
        Some(item.with),
        Some(item.id),
        &AuditFactor::Typed,
        &AuditOutcome::Done,
    )?;
    match item.kind {
        ItemKind::Draft => drop(inbox::remove(txn.tx, &item.id)?),
        ItemKind::Incoming | ItemKind::ContactRequest | ItemKind::Renewal => items::drop_draft(txn, item)?,
    }
    Ok(WithdrawnView { id, what: "draft".to_owned(), conversation, state: None })
}

/// Takes back a message of ours that surely never left. Its conversation goes back to what stood, and what was answered
/// by it waits for the owner again.
///
/// # Errors
/// Refused by a room that it calls; or the database failed.
pub fn message(txn: &mut Txn<'_, '_>, row: &OutboxRow) -> Step<WithdrawnView> {
    let waiting: Vec<OutboxRow> = outbox::to(txn.tx, &row.to)?;
    let waiting: Vec<&OutboxRow> = waiting.iter().filter(|other| other.conversation == row.conversation).collect();
    let place = waiting.iter().position(|other| other.id == row.id);
    let Some(place) = place else { return Err(not_withdrawable(row).into()) };
    let earlier = &waiting[..place];
    let later = &waiting[place + 1..];
    // Order is kept within a conversation: what stands behind a message that has to wait is not tried before it.
    let never_tried = row.delivery.attempts() == 0 && earlier.iter().any(|row| row.delivery.has_to_wait(txn.now));
    if !never_tried && !row.delivery.is_surely_here() {
        return Err(not_withdrawable(row).into());
    }
    if let Some(last) = later.last() {
        return Err(WithdrawError::SaidAfterIt { id: row.id, last: last.id }.into());
    }
    let Some(conversation) = conversations::get(txn.tx, &row.conversation)? else {
        return Err(WithdrawError::NodesOwn(row.id).into());
    };
    let machine = conversation_without(txn, row, &conversation, earlier)?;
    let delivery = row.delivery.on(&DeliveryEvent::Withdrawn, row.expires_at, txn.now, 0);
    outbox::put(txn.tx, &OutboxRow { delivery, ..row.clone() })?;
    let messages = conversation.messages.saturating_sub(1);
    let machine = if messages == 0 { machine.void() } else { machine };
    let conversation = ConversationRow { machine, messages, touched_at: txn.now, ..conversation };
    conversations::put(txn.tx, &conversation)?;
    wait_again(txn, &conversation)?;
    audit::record(txn, &AuditAction::Withdraw, Some(row.to), None, &AuditFactor::Typed, &AuditOutcome::Done)?;
    let state = conversation.machine.phase(txn.now).to_string();
    txn.tell(EventName::Conversation, format!("{} is {state}", row.conversation), Some(row.to), Some(row.conversation));
    let id = row.id.to_string();
    let what = "message".to_owned();
    Ok(WithdrawnView { id, what, conversation: Some(row.conversation), state: Some(state) })
}

/// The conversation as if the message had not been said.
fn conversation_without(
    txn: &Txn<'_, '_>,
    row: &OutboxRow,
    conversation: &ConversationRow,
    earlier: &[&OutboxRow],
) -> Step<Conversation> {
    let machine = conversation.machine;
    let rejecting = machine.pending().is_some_and(|mine| mine.message == row.id && mine.act == Act::Reject);
    if !rejecting {
        return Ok(machine.unsay(row.id, None));
    }
    let Some((offer, pending)) = last_offer_before(txn, row)? else { return Ok(machine.unsay(row.id, None)) };
    if earlier.iter().any(|waits| waits.id == offer.id) {
        return Ok(machine.unsay(row.id, Some(pending)));
    }
    let is_dead = outbox::get(txn.tx, &offer.id)?.is_some_and(|row| row.delivery.remedy().is_some());
    let stands_after_all = machine.standing().is_none_or(|standing| standing.message != offer.id);
    if stands_after_all && !is_dead && !answered_by_them(txn, row, &offer)? {
        return Err(WithdrawError::OfferArrived.into());
    }
    Ok(machine.unsay(row.id, None))
}

/// The last offer of ours that was said before a message in its conversation, as it would be pending.
fn last_offer_before(txn: &Txn<'_, '_>, row: &OutboxRow) -> Step<Option<(MessageRow, Pending)>> {
    let said = messages::of(txn.tx, &row.conversation)?;
    let before = said.into_iter().take_while(|message| message.id != row.id);
    let offers = before.filter(|message| message.side == Side::Us).filter_map(|message| {
        let content = Content::of_stored(&message.bytes).ok()?;
        let act = act_of(&content).ok().filter(|act| matches!(act, Act::Offer { .. }))?;
        let pending = Pending { message: message.id, act, expires_at: content.expires_at() };
        Some((message, pending))
    });
    Ok(offers.last())
}

/// Returns whether their own terms came after an offer of ours, and stand.
fn answered_by_them(txn: &Txn<'_, '_>, row: &OutboxRow, offer: &MessageRow) -> Step<bool> {
    let Some(conversation) = conversations::get(txn.tx, &row.conversation)? else { return Ok(false) };
    let Some(standing) = conversation.machine.standing() else { return Ok(false) };
    let said = messages::of(txn.tx, &row.conversation)?;
    let place = |id| said.iter().position(|message| message.id == id);
    Ok(standing.by == Side::Them && place(standing.message) > place(offer.id))
}

/// Raises an item for what they said last: its answer was taken back.
fn wait_again(txn: &mut Txn<'_, '_>, row: &ConversationRow) -> Step<()> {
    let is_open = !row.machine.phase(txn.now).is_closed();
    let last = messages::of(txn.tx, &row.id)?.into_iter().rev().find(|message| message.side == Side::Them);
    let content = last.and_then(|message| Content::of_stored(&message.bytes).ok());
    let waits = inbox::of_conversation(txn.tx, &row.id)?.is_some();
    match (content.filter(|content| content.expires_at() > txn.now), contacts::get(txn.tx, &row.with)?) {
        (Some(content), Some(contact)) if is_open && !waits => items::raise_incoming(txn, &content, &contact, row),
        _ => Ok(()),
    }
}

/// Reason why a message can't be taken back, by what is known of it.
fn not_withdrawable(row: &OutboxRow) -> WithdrawError {
    let id = row.id;
    let conversation = row.conversation;
    match row.delivery.state() {
        state @ (State::Delivered | State::Read | State::Unanswered | State::Answered) => {
            WithdrawError::Arrived { id, conversation, state }
        }
        state @ (State::Expired | State::Dead) => WithdrawError::Over { id, state },
        State::Sent | State::InCustody => WithdrawError::MayHaveArrived { id, conversation },
        State::Queued => WithdrawError::UnderWay(id),
    }
}
