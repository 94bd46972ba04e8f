//! Receipts and notices that come in an envelope of their own, about messages of ours.

use ai2ai_protocol::delivery::DeliveryEvent;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::VerifiedEnvelope;
use ai2ai_protocol::notice::{self, News, Notice};
use ai2ai_protocol::receipt;
use ai2ai_store::{messages, outbox};

use crate::outbound::receipts;
use crate::txn::{Step, Txn};

/// Takes in what an envelope tells of ours: what was held has been decided, what was read, and what nobody answered.
///
/// # Errors
/// When the database fails.
pub(crate) fn take_in(txn: &mut Txn<'_, '_>, envelope: &VerifiedEnvelope) -> Step<()> {
    for what in News::ALL {
        for notice in notice::of_payload(what, envelope).unwrap_or_default() {
            apply_notice(txn, &envelope.from().did, what, &notice)?;
        }
    }
    for receipt in receipt::of_payload(envelope).unwrap_or_default() {
        if let Some(id) = receipt.id {
            receipts::receipt(txn, &envelope.from().did, &id, &receipt)?;
        }
    }
    txn.deliver(envelope.from().did);
    Ok(())
}

/// Applies a notice about a message of ours. One that still waits for its receipt goes on waiting: a notice is no receipt.
fn apply_notice(txn: &mut Txn<'_, '_>, from: &Did, what: News, notice: &Notice) -> Step<()> {
    let ours = messages::get(txn.tx, txn.me.did(), &notice.id)?.filter(|message| message.digest == notice.digest);
    let row = outbox::get(txn.tx, &notice.id)?.filter(|row| row.to == *from && row.delivery.state().is_over());
    let event = match what {
        News::Read => DeliveryEvent::Read,
        News::Unanswered => DeliveryEvent::Unanswered,
    };
    match (ours, row) {
        (Some(_), Some(row)) => receipts::progress(txn, row, &event),
        (Some(_) | None, _) => Ok(()),
    }
}
