//! Delivery state of our messages: receipts, failures, and what is due next.

use std::collections::HashSet;

use ai2ai_api::event_name::EventName;
use ai2ai_protocol::conversation::Act;
use ai2ai_protocol::delivery::{Delivery, DeliveryEvent, State};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::{Content, Kind};
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_store::conversations::{self, ConversationRow};
use ai2ai_store::messages;
use ai2ai_store::outbox::{self, Envelope, OutboxRow};

use crate::inbox::items;
use crate::txn::{Step, Txn};

/// Notes that these messages could not be brought, or that nothing is known of them.
///
/// # Errors
/// When the database fails.
pub fn failed(txn: &mut Txn<'_, '_>, ids: &[MessageId], error: &str) -> Step<()> {
    for id in ids {
        if let Some(row) = outbox::get(txn.tx, id)? {
            progress(txn, row, &DeliveryEvent::Failed { error: error.to_owned() })?;
        }
    }
    Ok(())
}

/// Notes that these messages could not be brought, and that nothing of them left this machine.
///
/// # Errors
/// When the database fails.
pub fn unreached(txn: &mut Txn<'_, '_>, ids: &[MessageId], error: &str) -> Step<()> {
    for id in ids {
        if let Some(row) = outbox::get(txn.tx, id)? {
            progress(txn, row, &DeliveryEvent::Unreached { error: error.to_owned() })?;
        }
    }
    Ok(())
}

/// Notes that these messages are being tried again, though it is certain so far that they never left. Gives those that may
/// go: one that was taken back meanwhile may not.
///
/// # Errors
/// When the database fails.
pub fn attempted(txn: &mut Txn<'_, '_>, ids: &[MessageId]) -> Step<Vec<MessageId>> {
    let mut go = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(row) = outbox::get(txn.tx, id)?.filter(|row| row.delivery.is_due(txn.now)) {
            progress(txn, row, &DeliveryEvent::Attempted)?;
            go.push(*id);
        }
    }
    Ok(go)
}

/// Notes at the start of the node that nothing is known of what may have been under way when it stopped. What stands behind a
/// message of its conversation that has to wait was not tried.
///
/// # Errors
/// When the database fails.
pub fn recover(txn: &mut Txn<'_, '_>) -> Step<()> {
    let mut waits: HashSet<ConversationId> = HashSet::new();
    for row in outbox::waiting(txn.tx, usize::MAX)? {
        if row.delivery.has_to_wait(txn.now) {
            waits.insert(row.conversation);
        }
        if row.delivery.is_under_way() || (row.delivery.attempts() == 0 && !waits.contains(&row.conversation)) {
            let error = "this node stopped while it may have been on its way".to_owned();
            progress(txn, row, &DeliveryEvent::Failed { error })?;
        }
    }
    Ok(())
}

/// Takes in the receipt for a message of ours, from whom it was sent to. One that is bound to another envelope, or comes
/// from somebody else, is ignored; one that names only the seal can refuse, never accept.
///
/// Answers whether it was taken.
///
/// # Errors
/// When the database fails.
pub fn receipt(txn: &mut Txn<'_, '_>, from: &Did, id: &MessageId, receipt: &Receipt) -> Step<bool> {
    let waiting = outbox::get(txn.tx, id)?;
    let Some((name, envelope)) = ours(txn, id, waiting.as_ref())? else { return Ok(false) };
    let conversation = conversations::get(txn.tx, &name)?;
    let to_them = match (&conversation, &waiting) {
        (Some(row), _) => row.with == *from,
        (None, Some(row)) => row.to == *from,
        (None, None) => false,
    };
    let bound =
        envelope.digest == receipt.digest || (receipt.id.is_none() && matches!(receipt.outcome, Outcome::Refused(_)));
    if !to_them || !bound {
        tracing::warn!(%id, %from, "a receipt for something else was ignored");
        return Ok(false);
    }
    if let Some(row) = waiting {
        let event = DeliveryEvent::Receipt { outcome: receipt.outcome, retry_after_s: receipt.retry_after_s };
        progress(txn, row, &event)?;
    }
    if let Some(row) = conversation {
        settle_conversation(txn, row, id, receipt)?;
    }
    Ok(true)
}

/// The conversation of a message of ours, and what its envelope is.
fn ours(txn: &Txn<'_, '_>, id: &MessageId, row: Option<&OutboxRow>) -> Step<Option<(ConversationId, Envelope)>> {
    if let Some(row) = row
        && let Some(envelope) = row.envelope
    {
        return Ok(Some((row.conversation, envelope)));
    }
    let message = messages::get(txn.tx, txn.me.did(), id)?;
    Ok(message.and_then(|message| {
        let kind = Content::kind_of_stored(&message.bytes)?;
        Some((message.conversation, Envelope { digest: message.digest, kind }))
    }))
}

fn settle_conversation(txn: &mut Txn<'_, '_>, row: ConversationRow, id: &MessageId, receipt: &Receipt) -> Step<()> {
    let machine = row.machine.settle(*id, &receipt.outcome, receipt.state);
    if machine == row.machine {
        return Ok(());
    }
    txn.has_to_last();
    let before = row.machine.phase(txn.now);
    let after = machine.phase(txn.now);
    let was = row.machine;
    let is = machine;
    let row = ConversationRow { machine, touched_at: txn.now, ..row };
    conversations::put(txn.tx, &row)?;
    if before != after {
        if after.is_closed() {
            items::settle_item(txn, &row)?;
        }
        txn.tell(EventName::Conversation, format!("{} is {after}", row.id), Some(row.with), Some(row.id));
    }
    if was.agreement().is_some() && was.pending() != is.pending() {
        let how = match is.cancelled().us {
            Some(_) => "is called off; they have it",
            None => "still stands for them: their node did not take that it is called off",
        };
        txn.tell(EventName::Conversation, format!("{} {how}", row.id), Some(row.with), Some(row.id));
    }
    Ok(())
}

/// Notes that a receipt tells them of our rejection, by which they close the conversation. So the rejection can't be taken back
/// from now on, though it was not delivered yet.
///
/// # Errors
/// When the database fails.
pub(crate) fn note_rejection_told(txn: &mut Txn<'_, '_>, row: &ConversationRow) -> Step<()> {
    let rejection = row.machine.pending().filter(|pending| pending.act == Act::Reject);
    let Some(rejection) = rejection else { return Ok(()) };
    match outbox::get(txn.tx, &rejection.message)? {
        Some(row) if row.delivery.state() == State::Queued => {
            progress(txn, row, &DeliveryEvent::Failed { error: "they know of it by a receipt".to_owned() })
        }
        Some(_) | None => Ok(()),
    }
}

/// Moves a message of ours on.
///
/// # Errors
/// When the database fails.
pub(crate) fn progress(txn: &mut Txn<'_, '_>, row: OutboxRow, event: &DeliveryEvent) -> Step<()> {
    let delivery = row.delivery.on(event, row.expires_at, txn.now, txn.roll());
    if delivery == row.delivery {
        return Ok(());
    }
    let before = row.delivery.state();
    let after = delivery.state();
    // What the node sends by itself is nobody's to hear of, and nobody's to send again.
    let nodes_own = before != after && after.is_over() && is_receipt(txn, &row)?;
    if nodes_own && matches!(after, State::Expired | State::Dead) {
        outbox::remove(txn.tx, &row.id)?;
        return Ok(());
    }
    if before != after && !nodes_own {
        tell_progress(txn, &row, &delivery);
    }
    Ok(outbox::put(txn.tx, &OutboxRow { delivery, ..row })?)
}

/// Returns whether a message is a receipt or a notice.
///
/// # Errors
/// When the database fails.
pub(crate) fn is_receipt(txn: &Txn<'_, '_>, row: &OutboxRow) -> Step<bool> {
    Ok(ours(txn, &row.id, Some(row))?.is_some_and(|(_, envelope)| envelope.kind == Kind::Receipt))
}

fn tell_progress(txn: &mut Txn<'_, '_>, row: &OutboxRow, delivery: &Delivery) {
    let id = row.id;
    let to = Some(row.to);
    let conversation = Some(row.conversation);
    match delivery.state() {
        State::Queued | State::Sent | State::Answered => {}
        State::InCustody => {
            let keepers: Vec<&str> = delivery.keepers().iter().map(|keeper| keeper.mailbox.as_str()).collect();
            txn.tell(EventName::InCustody, format!("{id} is in custody of {}", keepers.join(", ")), to, conversation);
        }
        State::Read => txn.tell(EventName::Read, format!("{id} was read"), to, conversation),
        State::Unanswered => {
            txn.tell(EventName::Unanswered, format!("{id} was not answered in time"), to, conversation);
        }
        State::Delivered => txn.tell(EventName::Delivered, format!("{id} is there"), to, conversation),
        State::Expired | State::Dead => {
            let why = delivery.last_error().unwrap_or("its time ran out");
            txn.tell(EventName::Dead, format!("{id} was not delivered: {why}"), to, conversation);
        }
    }
}

/// Notes that they answered a message of ours. One that still waits for its receipt goes on waiting: an answer is no receipt.
///
/// # Errors
/// When the database fails.
pub(crate) fn answered(txn: &mut Txn<'_, '_>, from: &Did, id: &MessageId) -> Step<()> {
    let ours = outbox::get(txn.tx, id)?.filter(|row| row.to == *from && row.delivery.state().is_over());
    match ours {
        Some(row) => progress(txn, row, &DeliveryEvent::Answered),
        None => Ok(()),
    }
}
