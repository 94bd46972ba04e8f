//! Messages for one recipient that go into a file.

use ai2ai_protocol::bundle::Carried;
use ai2ai_protocol::delivery::DeliveryEvent;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::limits::{CARRIED_BYTES, CARRIED_SEALS};
use ai2ai_store::{messages, outbox};

use crate::outbound::receipts;
use crate::txn::{Step, Txn};

/// Messages for one recipient that are looked at: a file of the shortest ones holds no more.
const LOOKED_AT: usize = 4 * CARRIED_SEALS;

/// Contents of a file, in its order.
pub struct Contents {
    /// Signed envelopes.
    pub envelopes: Vec<Vec<u8>>,
    /// Number of them that are receipts and notices.
    pub receipts: usize,
    /// Number of messages that had no room.
    pub more: usize,
}

/// Chooses what waits for a recipient, as much as one file holds. It is noted as having left before it does, so that nobody
/// takes back afterwards what somebody carries.
///
/// # Errors
/// When the database fails.
pub fn contents(txn: &mut Txn<'_, '_>, to: &Did) -> Step<Contents> {
    let (mut chosen, mut envelopes, mut size): (Vec<MessageId>, Vec<Vec<u8>>, usize) = Default::default();
    let rows = outbox::first_to(txn.tx, to, LOOKED_AT)?;
    for row in &rows {
        if size > CARRIED_BYTES {
            break;
        }
        if let Some(message) = messages::get(txn.tx, txn.me.did(), &row.id)? {
            size += message.bytes.len();
            chosen.push(row.id);
            envelopes.push(message.bytes);
        }
    }
    let sizes: Vec<usize> = envelopes.iter().map(Vec::len).collect();
    // One place stays for the card.
    let mut seals = Carried::pack(&sizes);
    let is_full = seals.iter().sum::<usize>() < envelopes.len() || seals.len() == CARRIED_SEALS;
    if is_full {
        seals.pop();
    }
    let many = seals.iter().sum();
    envelopes.truncate(many);
    let mut receipts = 0;
    for id in &chosen[..many] {
        if let Some(row) = outbox::get(txn.tx, id)? {
            receipts += usize::from(receipts::is_receipt(txn, &row)?);
            receipts::progress(
                txn,
                row,
                &DeliveryEvent::Failed { error: "carried by hand, and not acknowledged yet".to_owned() },
            )?;
        }
    }
    Ok(Contents { more: rows.len() - many, envelopes, receipts })
}
