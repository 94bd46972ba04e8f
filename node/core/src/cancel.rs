//! Cancelling: an agreement is called off, by the owner, by an agent's draft, or by the other side.
//!
//! The conversation stays confirmed, and its agreement can be proved as before. What changes is that both sides know that it is off.

use ai2ai_api::views::CancelledView;
use ai2ai_protocol::conversation::{Act, Side};
use ai2ai_protocol::envelope::Content;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::terms::act_of;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::contacts::ContactRow;
use ai2ai_store::conversations::ConversationRow;
use ai2ai_store::messages::{self, MessageRow};
use ai2ai_store::{View as Tables, outbox};
use serde_json::Value;

use crate::content::Words;
use crate::context::Me;
use crate::error::CancelError;
use crate::inbox::items;
use crate::lookup::contact::name_of;
use crate::txn::{Step, Txn};

/// Raises the notice that the other side has cancelled. What says so once more is no news.
///
/// # Errors
/// When the database fails.
pub(crate) fn raise_notice(
    txn: &mut Txn<'_, '_>,
    cancel: &Content,
    contact: &ContactRow,
    row: &ConversationRow,
) -> Step<()> {
    if row.machine.cancelled().them == Some(cancel.id()) {
        items::raise_incoming(txn, cancel, contact, row)?;
    }
    Ok(())
}

/// Word for our own side.
const US: &str = "us";

/// Content of the message that cancels the agreement of a conversation.
///
/// # Errors
/// [`CancelError`]: nothing was agreed in it, or it is called off already; or the database failed.
pub fn content(tx: &impl Tables, me: &Me, row: &ConversationRow, reason: Option<&str>, now: Timestamp) -> Step<Words> {
    let Some((_, _, terms)) = row.machine.agreement() else {
        return Err(CancelError::NotConfirmed { conversation: row.id, phase: row.machine.phase(now) }.into());
    };
    if let Some(known) = cancellations(tx, me, row)?.into_iter().next() {
        let by = (known.by != US).then_some(known.who);
        return Err(CancelError::Cancelled { conversation: row.id, by }.into());
    }
    Ok(Words::cancel(terms, reason))
}

/// Cancellations of an agreement, by either side, in the order in which they came.
///
/// # Errors
/// When the database fails.
pub(crate) fn cancellations(tx: &impl Tables, me: &Me, row: &ConversationRow) -> Step<Vec<CancelledView>> {
    let by = row.machine.cancelled();
    let mut views = Vec::new();
    for (side, message) in [(Side::Us, by.us), (Side::Them, by.them)] {
        let Some(message) = message else { continue };
        let (sender, who) = match side {
            Side::Us => (*me.did(), me.sender.human.to_string()),
            Side::Them => (row.with, name_of(tx, &row.with)?),
        };
        let content = messages::get(tx, &sender, &message)?.and_then(|row| Content::of_stored(&row.bytes).ok());
        let Some(content) = content else { continue };
        let by = if side == Side::Us { US } else { "them" };
        let reason = content.payload().get("reason").and_then(Value::as_str).map(str::to_owned);
        views.push(CancelledView { by: by.to_owned(), who, at: content.timestamp(), reason, message });
    }
    views.sort_by_key(|view| view.at);
    Ok(views)
}

/// Reason why our last cancel did not count; none where there was no such message, it counts, or it waits for its answer.
///
/// # Errors
/// When the database fails.
pub(crate) fn failed_attempt(tx: &impl Tables, row: &ConversationRow, said: &[MessageRow]) -> Step<Option<String>> {
    let machine = row.machine;
    if machine.agreement().is_none() || machine.cancelled().us.is_some() || machine.pending().is_some() {
        return Ok(None);
    }
    let is_ours = |message: &&MessageRow| {
        let content = Content::of_stored(&message.bytes).ok();
        message.side == Side::Us && content.is_some_and(|content| matches!(act_of(&content), Ok(Act::Cancel { .. })))
    };
    let Some(last) = said.iter().rev().find(is_ours) else { return Ok(None) };
    let delivery = outbox::get(tx, &last.id)?.map(|row| row.delivery);
    let error = delivery.as_ref().and_then(|delivery| delivery.last_error()).map(str::to_owned);
    if error.as_deref() == Some("withdrawn") {
        return Ok(None);
    }
    let who = name_of(tx, &row.with)?;
    Ok(Some(match error.as_deref() {
        None | Some("closed") => {
            format!("the node of {who} does not know how to call an agreement off: there, it still stands")
        }
        Some(why) => format!("the node of {who} did not take it ({why}): there, the agreement still stands"),
    }))
}

/// Messages that cancel the agreement, ours and theirs, for whoever keeps it.
pub(crate) fn messages_of(row: &ConversationRow) -> impl Iterator<Item = MessageId> {
    let by = row.machine.cancelled();
    [by.us, by.them].into_iter().flatten()
}
