//! A batch of inbound envelopes: each is decided on in order, and gets a receipt.

use ai2ai_protocol::code::Code;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::VerifiedEnvelope;
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_protocol::time::Timestamp;

use crate::inbound::receive;
use crate::txn::{Step, Txn};

/// An envelope that can be decided on, or the receipt for one that cannot.
#[derive(Debug, Clone)]
pub enum Opened {
    /// Verified: from the sender that it names, to us.
    Verified(Box<VerifiedEnvelope>),
    /// Refused before any decision.
    Refused(Receipt),
}

/// The conversations, each with its sender, in which an envelope has to come again.
pub type Waits = Vec<(Did, ConversationId)>;

/// Decides on each envelope of a batch, in order.
///
/// Once one is asked to come again, what follows it in the same conversation is, too: taken in now, it would stand before it.
///
/// # Errors
/// When the database fails.
pub fn take_in(txn: &mut Txn<'_, '_>, opened: &[Opened]) -> Step<Vec<Receipt>> {
    take_in_following(txn, opened, &mut Waits::new())
}

/// Decides on each envelope of one of several batches that follow one another.
///
/// # Errors
/// When the database fails.
pub(crate) fn take_in_following(txn: &mut Txn<'_, '_>, opened: &[Opened], waits: &mut Waits) -> Step<Vec<Receipt>> {
    let mut receipts = Vec::with_capacity(opened.len());
    for one in opened {
        receipts.push(match one {
            Opened::Refused(receipt) => receipt.clone(),
            Opened::Verified(envelope) => {
                let talk = (envelope.from().did, envelope.conversation());
                let receipt = if waits.contains(&talk) {
                    receive::postpone(txn, envelope)?
                } else {
                    receive::arrive(txn, envelope)?
                };
                if matches!(receipt.outcome, Outcome::Refused(code) if code.is_passing()) && !waits.contains(&talk) {
                    waits.push(talk);
                }
                receipt
            }
        });
    }
    Ok(receipts)
}

/// Receipt for an envelope that could not be decided on because the database failed: it is to come again.
#[must_use]
pub fn storage_failed(one: &Opened, now: Timestamp) -> Receipt {
    match one {
        Opened::Refused(receipt) => receipt.clone(),
        Opened::Verified(envelope) => {
            Receipt { id: Some(envelope.id()), ..refusal(envelope.digest(), Code::Internal, now) }
        }
    }
}

/// A refusal of the bytes with this digest.
#[must_use]
pub fn refusal(digest: Digest, code: Code, at: Timestamp) -> Receipt {
    Receipt { id: None, digest, outcome: Outcome::Refused(code), retry_after_s: None, state: None, at }
}
