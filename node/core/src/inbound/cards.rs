//! Cards that arrive: in a ping, from somebody who is there now, or from somebody else.

use ai2ai_protocol::card::Card;
use ai2ai_protocol::envelope::VerifiedEnvelope;
use ai2ai_store::cards;
use ai2ai_store::contacts::{self, ContactRow};

use crate::outbound::due;
use crate::people;
use crate::people::cards::{learn, of_ping};
use crate::txn::{Step, Txn};

/// Learns a newer card of somebody from somebody else; what waits for them is due at once, at the new address.
///
/// # Errors
/// When the database fails.
pub fn learn_address(txn: &mut Txn<'_, '_>, card: &Card) -> Step<()> {
    let known = cards::get(txn.tx, card.did())?.and_then(|row| Card::read(&row.bytes).ok());
    if known.is_none_or(|known| card.supersedes(&known)) {
        learn(txn, card)?;
        due::hurry(txn, card.did())?;
    }
    Ok(())
}

/// Learns the card that a contact's ping brings, if it is a good one of theirs. Any other is nothing.
///
/// # Errors
/// When the database fails.
pub(crate) fn learn_from_ping(txn: &mut Txn<'_, '_>, envelope: &VerifiedEnvelope) -> Step<()> {
    match of_ping(txn, envelope) {
        Some(card) => learn(txn, &card),
        None => Ok(()),
    }
}

/// Notes that a contact is there now, and makes what waits for them due. Returns whether they are a contact.
///
/// # Errors
/// When the database fails.
pub fn seen(txn: &mut Txn<'_, '_>, card: &Card) -> Step<bool> {
    let Some(row) = contacts::get(txn.tx, card.did())? else { return Ok(false) };
    learn(txn, card)?;
    let row = ContactRow { last_seen: Some(txn.now), ..row };
    contacts::put(txn.tx, &row)?;
    people::contacts::note_delegation(txn, &row, card.delegation().sequence())?;
    due::hurry(txn, card.did())?;
    Ok(true)
}
