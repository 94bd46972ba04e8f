//! Due messages of one recipient: order is kept within each conversation, and nothing waits across conversations.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use ai2ai_protocol::batch::pack;
use ai2ai_protocol::delivery::{Delivery, DeliveryEvent};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::outbox::{self, OutboxRow};
use ai2ai_store::{View, messages};

use crate::txn::{Step, Txn};

/// Waiting messages that are looked at for one recipient at once.
pub const LOOKED_AT: usize = 1_024;

/// A message that is due, to be sealed.
#[derive(Debug, Clone)]
pub struct Due {
    /// The message.
    pub id: MessageId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// The signed envelope.
    pub bytes: Vec<u8>,
    /// It is certain so far that it never left: [`attempted`](super::receipts::attempted) comes before the attempt.
    pub stays: bool,
}

/// Messages that are being brought to one recipient, each with its conversation.
pub type UnderWay = HashMap<MessageId, ConversationId>;

/// Messages that are due for one recipient: of each conversation the oldest and those that follow it, as far as they are due,
/// so that order is kept within each and nothing waits across.
///
/// # Errors
/// When the database fails.
pub fn due(tx: &impl View, me: &Did, to: &Did, now: Timestamp, limit: usize) -> Step<Vec<Due>> {
    due_beside(tx, me, to, now, limit, &UnderWay::new())
}

/// Messages that are due while others are under way: none of their conversations.
///
/// # Errors
/// When the database fails.
pub fn due_beside(
    tx: &impl View,
    me: &Did,
    to: &Did,
    now: Timestamp,
    limit: usize,
    under_way: &UnderWay,
) -> Step<Vec<Due>> {
    let mut waits: HashSet<ConversationId> = under_way.values().copied().collect();
    let mut chosen = Vec::new();
    outbox::each_to(
        tx,
        to,
        LOOKED_AT,
        |id| !under_way.contains_key(id),
        |row| {
            let goes_alone = goes_alone(&row.delivery);
            let stays = row.delivery.is_surely_here();
            if !row.delivery.is_due(now) || (goes_alone && !chosen.is_empty()) {
                waits.insert(row.conversation);
            } else if !waits.contains(&row.conversation) {
                chosen.push((row.id, row.conversation, stays));
                if goes_alone {
                    return ControlFlow::Break(());
                }
            }
            if chosen.len() == limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    )?;
    let mut due = Vec::with_capacity(chosen.len());
    for (id, conversation, stays) in chosen {
        if let Some(message) = messages::get(tx, me, &id)? {
            due.push(Due { id, conversation, bytes: message.bytes, stays });
        }
    }
    Ok(due)
}

/// Returns whether an attempt brought no answer. Nothing goes along with it the next time: what was too much for a relay
/// together is not too much one by one, and what harms its recipient holds nothing else up.
fn goes_alone(delivery: &Delivery) -> bool {
    delivery.attempts() > 0 && !delivery.is_surely_here()
}

/// Sizes of the seals of one batch: how many of these messages are under each.
pub fn packed(waiting: &[Due]) -> Vec<usize> {
    let sizes: Vec<usize> = waiting.iter().map(|due| due.bytes.len()).collect();
    pack(&sizes)
}

/// Number of these messages, from the first on, for which one batch has room.
pub fn how_many_fit(waiting: &[Due]) -> usize {
    packed(waiting).iter().sum()
}

/// Makes everything that waits for someone due now: they were seen.
///
/// # Errors
/// When the database fails.
pub fn hurry(txn: &mut Txn<'_, '_>, to: &Did) -> Step<()> {
    for row in outbox::first_to(txn.tx, to, LOOKED_AT)? {
        let delivery = row.delivery.on(&DeliveryEvent::PeerSeen, row.expires_at, txn.now, 0);
        if delivery != row.delivery {
            outbox::put(txn.tx, &OutboxRow { delivery, ..row })?;
        }
    }
    txn.deliver(*to);
    Ok(())
}

/// Waiting messages whose recipients are looked for.
const WAITING: usize = 10_000;

/// Makes everything that waits due now, whatever an earlier clock said.
///
/// # Errors
/// When the database fails.
pub fn hurry_all(txn: &mut Txn<'_, '_>) -> Step<()> {
    let mut to: Vec<_> = outbox::waiting(txn.tx, WAITING)?.into_iter().map(|row| row.to).collect();
    // What waits is listed recipient by recipient.
    to.dedup();
    to.iter().try_for_each(|did| hurry(txn, did))
}
