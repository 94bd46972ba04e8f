//! Receipts of inbound envelopes, and their storage: a repeat of an envelope gets its first receipt.

use ai2ai_protocol::conversation::Report;
use ai2ai_protocol::envelope::VerifiedEnvelope;
use ai2ai_protocol::limits::SEEN_KEPT;
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_store::replay::{self, SeenRow};

use crate::txn::{Step, Txn};

/// Stores the receipt of an envelope, for repeats of it.
///
/// # Errors
/// When the database fails.
pub(crate) fn remember(txn: &mut Txn<'_, '_>, envelope: &VerifiedEnvelope, receipt: &Receipt) -> Step<()> {
    let row =
        SeenRow { digest: envelope.digest(), receipt: receipt.clone(), keep_until: envelope.expires_at() + SEEN_KEPT };
    Ok(replay::put(txn.tx, &envelope.from().did, &envelope.id(), &row)?)
}

/// Makes the receipt of an envelope.
pub(crate) fn answer(
    txn: &Txn<'_, '_>,
    envelope: &VerifiedEnvelope,
    outcome: Outcome,
    state: Option<Report>,
) -> Receipt {
    Receipt { id: Some(envelope.id()), digest: envelope.digest(), outcome, retry_after_s: None, state, at: txn.now }
}

/// Receipt that a stranger and a blocked sender get alike: it says that the envelope came. Its time says nothing either.
pub(crate) fn held_receipt(txn: &Txn<'_, '_>, envelope: &VerifiedEnvelope) -> Receipt {
    Receipt { at: envelope.timestamp(), ..answer(txn, envelope, Outcome::Held, None) }
}
