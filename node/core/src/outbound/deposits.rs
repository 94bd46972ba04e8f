//! Messages for one recipient that are left in a mailbox.

use std::collections::HashSet;
use std::ops::ControlFlow;

use ai2ai_protocol::delivery::{DeliveryEvent, Keeper};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::limits::{BATCH_ENVELOPES, MAILBOX_MESSAGES};
use ai2ai_protocol::mailbox::{Custody, until};
use ai2ai_protocol::seal::Sealed;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::{View, messages, outbox};

use crate::outbound::due::Due;
use crate::outbound::receipts;
use crate::txn::{Step, Txn};

/// Messages for one recipient that are looked at: more than a mailbox takes for them.
const LOOKED_AT: usize = 2 * MAILBOX_MESSAGES as usize;

/// Messages that wait for a recipient and are not in a mailbox yet, in the order of each conversation: behind one that can't be
/// left there now, nothing of its conversation is.
///
/// # Errors
/// When the database fails.
pub fn to_deposit(tx: &impl View, me: &Did, to: &Did, mailbox: &str, now: Timestamp) -> Step<Vec<Due>> {
    let mut waits = HashSet::<ConversationId>::new();
    let mut chosen = Vec::new();
    outbox::each_to(
        tx,
        to,
        LOOKED_AT,
        |_| true,
        |row| {
            if !row.delivery.is_free(now) {
                waits.insert(row.conversation);
            } else if row.delivery.can_be_deposited(mailbox, now) && !waits.contains(&row.conversation) {
                chosen.push((row.id, row.conversation));
            }
            if chosen.len() == BATCH_ENVELOPES { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    )?;
    let mut due = Vec::with_capacity(chosen.len());
    for (id, conversation) in chosen {
        if let Some(message) = messages::get(tx, me, &id)? {
            due.push(Due { id, conversation, bytes: message.bytes, stays: true });
        }
    }
    Ok(due)
}

/// Notes that these are about to leave for a mailbox; those that may.
///
/// # Errors
/// When the database fails.
pub fn attempted(txn: &mut Txn<'_, '_>, ids: &[MessageId]) -> Step<Vec<MessageId>> {
    let mut go = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(row) = outbox::get(txn.tx, id)?.filter(|row| row.delivery.is_free(txn.now)) {
            receipts::progress(txn, row, &DeliveryEvent::Attempted)?;
            go.push(*id);
        }
    }
    Ok(go)
}

/// Notes what a mailbox has signed that it keeps, and what not.
///
/// # Errors
/// When the database fails.
pub fn deposited(txn: &mut Txn<'_, '_>, ids: &[MessageId], sealed: &[Sealed], custody: &Custody) -> Step<()> {
    for (id, sealed) in ids.iter().zip(sealed) {
        let Some(row) = outbox::get(txn.tx, id)? else { continue };
        let event = if custody.keeps(&sealed.digest()) {
            DeliveryEvent::Deposited(Keeper {
                mailbox: custody.mailbox.clone(),
                until: custody.until.min(until(txn.now)),
            })
        } else {
            DeliveryEvent::Failed { error: format!("their mailbox at {} does not keep it", custody.mailbox) }
        };
        receipts::progress(txn, row, &event)?;
    }
    Ok(())
}
