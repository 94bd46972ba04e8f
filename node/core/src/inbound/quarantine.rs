//! Strangers: what they sent waits, bounded and unread by any agent, until the owner accepts or refuses them.

use ai2ai_protocol::code::Code;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::{Kind, VerifiedEnvelope};
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_store::quarantine::{self, HeldRow};

use crate::inbound::{limits, replay};
use crate::inbox::items;
use crate::people::cards;
use crate::txn::{Step, Txn};

/// Envelopes that one stranger can have waiting.
const HELD_PER_STRANGER: u64 = 3;
/// Envelopes that all strangers together can have waiting.
const HELD_TOTAL: u64 = 200;

/// Audience of a held envelope. A blocked sender is answered just as a stranger is, by the same code, so that no answer tells
/// them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// A stranger's words wait for the owner.
    ToOwner,
    /// A blocked sender's words wait for their end.
    ToNobody,
}

/// Puts a stranger's envelope where only the owner sees it, if there is room.
///
/// # Errors
/// When the database fails.
pub(crate) fn hold(txn: &mut Txn<'_, '_>, envelope: &VerifiedEnvelope, shown: Shown) -> Step<Receipt> {
    let sender = envelope.from().did;
    if matches!(envelope.kind(), Kind::Ping | Kind::Receipt) {
        if shown == Shown::ToOwner {
            stranger_shows(txn, envelope)?;
        }
        return Ok(replay::held_receipt(txn, envelope));
    }
    let full = quarantine::count_of(txn.tx, &sender)? >= HELD_PER_STRANGER || quarantine::count(txn.tx)? >= HELD_TOTAL;
    if full || !limits::count_stranger(txn)? {
        return Ok(replay::answer(txn, envelope, Outcome::Refused(Code::Quarantined), None));
    }
    let row = HeldRow {
        sender,
        id: envelope.id(),
        bytes: envelope.bytes().to_vec(),
        at: txn.now,
        expires_at: envelope.expires_at(),
    };
    quarantine::put(txn.tx, &row)?;
    if shown == Shown::ToOwner {
        items::raise_contact_request(txn, envelope)?;
    }
    let receipt = replay::held_receipt(txn, envelope);
    replay::remember(txn, envelope, &receipt)?;
    Ok(receipt)
}

/// Notes the card that a stranger brings, so that they can be answered once they are let in; only of those who have something
/// waiting here, who are few.
fn stranger_shows(txn: &mut Txn<'_, '_>, envelope: &VerifiedEnvelope) -> Step<()> {
    if quarantine::count_of(txn.tx, &envelope.from().did)? > 0
        && let Some(card) = cards::of_ping(txn, envelope)
    {
        txn.shown(card);
    }
    Ok(())
}

/// Throws away what a stranger sent. They are told nothing.
///
/// # Errors
/// When the database fails.
pub(crate) fn discard(txn: &mut Txn<'_, '_>, stranger: &Did) -> Step<()> {
    quarantine::remove_of(txn.tx, stranger)?;
    Ok(())
}
