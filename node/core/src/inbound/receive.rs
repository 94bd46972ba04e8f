//! A verified envelope arrives: repeated, held, refused, or accepted with its effect. Each has its receipt.

use ai2ai_protocol::code::Code;
use ai2ai_protocol::envelope::VerifiedEnvelope;
use ai2ai_protocol::invite::Join;
use ai2ai_protocol::policy::{self, Arrival};
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_store::contacts::{self, ContactRow};
use ai2ai_store::wire::Wire;

use crate::inbound::quarantine::{self, Shown};
use crate::inbound::{accept, admission, limits, replay};
use crate::people::clocks;
use crate::txn::{Step, Txn};

/// Takes in an envelope and gives its receipt. A repeat gets its first receipt, before its age is judged.
///
/// # Errors
/// When the database fails.
pub fn arrive(txn: &mut Txn<'_, '_>, envelope: &VerifiedEnvelope) -> Step<Receipt> {
    let sender = envelope.from().did;
    if let Some(seen) = ai2ai_store::replay::get(txn.tx, &sender, &envelope.id())? {
        return Ok(if seen.digest == envelope.digest() {
            seen.receipt
        } else {
            replay::answer(txn, envelope, Outcome::Refused(Code::ReplayedDifferently), None)
        });
    }
    let known = contacts::find(txn.tx, &sender)?;
    // Whom the owner blocked by the original is not heard natively: a block is of the key.
    let is_blocked_there = matches!(&known, Some(Wire::Legacy(row)) if row.blocked);
    let contact = known.and_then(Wire::native);
    if let Some(receipt) = too_often(txn, envelope, contact.as_ref())? {
        return Ok(receipt);
    }
    if let Err(code) = envelope.check_life(txn.now) {
        return refuse_for_age(txn, envelope, contact.as_ref(), code);
    }
    if contact.as_ref().is_some_and(|contact| envelope.delegation().sequence() < contact.delegation) {
        return Ok(replay::answer(txn, envelope, Outcome::Refused(Code::BadDelegation), None));
    }
    match Join::of_envelope(envelope) {
        Ok(Some(join)) => return admission::redeem(txn, envelope, contact.as_ref(), &join),
        Ok(None) => {}
        Err(refusal) => return Ok(replay::answer(txn, envelope, Outcome::Refused(refusal.code), None)),
    }
    match policy::arrives(&policy::SenderStanding::of(contact.as_ref().map(|row| (row.trust, row.blocked)))) {
        Arrival::Quarantine if is_blocked_there => quarantine::hold(txn, envelope, Shown::ToNobody),
        Arrival::Quarantine => quarantine::hold(txn, envelope, Shown::ToOwner),
        Arrival::Drop => quarantine::hold(txn, envelope, Shown::ToNobody),
        Arrival::Accept(clearance) => match contact {
            Some(contact) => accept::accept(txn, envelope, &contact, clearance),
            None => quarantine::hold(txn, envelope, Shown::ToOwner),
        },
    }
}

/// The refusal of a contact's envelope that is one too many for now. Strangers are counted where they are held.
fn too_often(
    txn: &mut Txn<'_, '_>,
    envelope: &VerifiedEnvelope,
    contact: Option<&ContactRow>,
) -> Step<Option<Receipt>> {
    let standing = policy::SenderStanding::of(contact.map(|row| (row.trust, row.blocked)));
    let Some(contact) = contact else { return Ok(None) };
    let Arrival::Accept(_) = policy::arrives(&standing) else { return Ok(None) };
    let counted = limits::count_contact(txn, contact, envelope.bytes().len())?;
    Ok(counted.err().map(|again_in| Receipt {
        retry_after_s: Some(again_in),
        ..replay::answer(txn, envelope, Outcome::Refused(Code::RateLimited), None)
    }))
}

/// Asks an envelope to come again, because one before it has to. A repeat gets its first receipt even so.
///
/// # Errors
/// When the database fails.
pub(crate) fn postpone(txn: &mut Txn<'_, '_>, envelope: &VerifiedEnvelope) -> Step<Receipt> {
    match ai2ai_store::replay::get(txn.tx, &envelope.from().did, &envelope.id())? {
        Some(_) => arrive(txn, envelope),
        None => Ok(replay::answer(txn, envelope, Outcome::Refused(Code::Busy), None)),
    }
}

/// Refuses what came too late or too early. A contact's that came too late stays refused however the clock is turned, so
/// that both sides settle on the same end; nobody else is told or kept anything.
fn refuse_for_age(
    txn: &mut Txn<'_, '_>,
    envelope: &VerifiedEnvelope,
    contact: Option<&ContactRow>,
    code: Code,
) -> Step<Receipt> {
    let standing = policy::SenderStanding::of(contact.map(|row| (row.trust, row.blocked)));
    match (policy::arrives(&standing), contact) {
        (Arrival::Accept(_), Some(contact)) => {
            if code == Code::NotYetValid {
                clocks::note(txn, contact, envelope.timestamp())?;
            }
            accept::refuse(txn, envelope, code)
        }
        (Arrival::Accept(_) | Arrival::Quarantine | Arrival::Drop, _) => {
            Ok(replay::answer(txn, envelope, Outcome::Refused(code), None))
        }
    }
}
