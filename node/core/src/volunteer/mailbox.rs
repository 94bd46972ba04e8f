//! The mailbox: places of others, and sealed envelopes that wait for them.

use ai2ai_protocol::batch::BatchEntry;
use ai2ai_protocol::canonical::canonical;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::limits::{BATCH_ENVELOPES, MAILBOX_PLACES};
use ai2ai_protocol::mailbox::{Deposited, GrantedPlace, Handover, Place, PlaceClaim, has_room, until};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::{View, mailbox};

use crate::txn::{Step, Txn};

/// Returns whether this peer is the node of somebody who has a place here.
///
/// # Errors
/// When the database fails.
pub fn has_place(tx: &impl View, did: &Did, peer: &str, now: Timestamp) -> Step<bool> {
    Ok(mailbox::place(tx, did)?.is_some_and(|row| row.place.is_of(peer, now)))
}

/// The oldest that fit into one answer.
///
/// # Errors
/// When the database fails.
pub fn handover(tx: &impl View, did: &Did, after: u64) -> Step<Vec<u8>> {
    let mut sizes = Vec::with_capacity(BATCH_ENVELOPES);
    let (mail, more) = mailbox::waiting(tx, did, after, |mail| {
        sizes.push(mail.bytes.len());
        Handover::how_many_fit(sizes.iter().copied()) == sizes.len()
    })?;
    let last = mail.last().map_or(after, |mail| mail.order);
    let sealed: Vec<Vec<u8>> = mail.into_iter().map(|mail| mail.bytes).collect();
    Ok(Handover::write(&sealed, last, more))
}

/// Gives a place to whoever claims one; if there is room for one more, and the claim is newer than the one before.
///
/// # Errors
/// When the database fails.
pub fn give_place(txn: &mut Txn<'_, '_>, claim: &PlaceClaim) -> Step<Result<GrantedPlace, Code>> {
    let before = mailbox::place(txn.tx, claim.did())?;
    if before.is_none() && mailbox::count_places(txn.tx)? >= MAILBOX_PLACES {
        return Ok(Err(Code::MailboxFull));
    }
    match Place::claimed(claim, before.as_ref().map(|row| &row.place), txn.now) {
        Ok(place) => {
            let row = mailbox::claim(txn.tx, claim.did(), &place)?;
            Ok(Ok(GrantedPlace { until: place.until, waiting: row.held.messages }))
        }
        Err(error) => Ok(Err(error.into())),
    }
}

/// Keeps what was deposited for somebody who has a place, as far as there is room.
///
/// # Errors
/// When the database fails.
pub fn keep_mail(txn: &mut Txn<'_, '_>, to: &Did, sealed: &[BatchEntry]) -> Step<Result<Vec<Deposited>, Code>> {
    if mailbox::place(txn.tx, to)?.is_none_or(|row| row.place.until <= txn.now) {
        return Ok(Err(Code::NoMailbox));
    }
    let mut receipts = Vec::with_capacity(sealed.len());
    for entry in sealed {
        receipts.push(match entry {
            Ok(sealed) => {
                let bytes = canonical(&sealed.object());
                let digest = Digest::of(&bytes);
                Deposited { digest, outcome: keep_one(txn, to, &digest, &bytes)? }
            }
            Err((digest, refusal)) => Deposited { digest: *digest, outcome: Err(refusal.code) },
        });
    }
    Ok(Ok(receipts))
}

fn keep_one(txn: &mut Txn<'_, '_>, to: &Did, digest: &Digest, bytes: &[u8]) -> Step<Result<(), Code>> {
    let held = mailbox::place(txn.tx, to)?.map(|row| row.held).unwrap_or_default();
    let is_repeat = mailbox::has(txn.tx, to, digest)?;
    if !is_repeat && !has_room(held, mailbox::held_in_all(txn.tx)?, bytes.len() as u64) {
        return Ok(Err(Code::MailboxFull));
    }
    let kept = mailbox::keep(txn.tx, to, digest, bytes, until(txn.now))?;
    Ok(if kept { Ok(()) } else { Err(Code::NoMailbox) })
}
