//! The directory: cards that are listed here, and searches in them.

use ai2ai_protocol::card::Card;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::directory::{DirectoryEntry, Search, check_listing, write_listed};
use ai2ai_protocol::limits::{DIRECTORY_CARDS, DIRECTORY_FOUND};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::directory::{self, ListedRow};

use crate::txn::{Step, Txn};

/// Finds the cards that fit a search: at most as many as one answer holds.
///
/// # Errors
/// When the database fails.
pub fn search(tx: &ai2ai_store::Read, search: &Search, now: Timestamp) -> Step<Vec<Vec<u8>>> {
    Ok(directory::find(tx, now, DIRECTORY_FOUND, |entry| search.fits(entry))?)
}

/// Lists a card, if the node that brought it may, and there is room.
///
/// # Errors
/// When the database fails.
pub fn list(txn: &mut Txn<'_, '_>, card: &Card, peer: &str) -> Step<Result<Vec<u8>, Code>> {
    let before = directory::get(txn.tx, card.did())?;
    if before.is_none() && directory::count(txn.tx)? >= DIRECTORY_CARDS {
        return Ok(Err(Code::MailboxFull));
    }
    let known = before.and_then(|row| Card::read(&row.bytes).ok());
    if let Err(code) = check_listing(card, peer, known.as_ref(), txn.now) {
        return Ok(Err(code));
    }
    let until = card.expires_at();
    let row = ListedRow { entry: DirectoryEntry::of(card), until, peer: peer.to_owned(), bytes: card.bytes().to_vec() };
    directory::put(txn.tx, card.did(), &row)?;
    Ok(Ok(write_listed(Some(until))))
}
