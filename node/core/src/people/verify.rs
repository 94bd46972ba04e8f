//! Verification of a contact: twelve words that are the same on both screens, which the two people compare.

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::views::WordsView;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::safety_words;
use ai2ai_store::View;
use ai2ai_store::contacts::{self, ContactRow};

use crate::audit;
use crate::lookup::contact::contact;
use crate::txn::{Step, Txn};

/// The words for this contact.
///
/// # Errors
/// `ambiguous_contact` or `unknown_contact`; or the database failed.
pub fn view(tx: &impl View, me: &Did, who: &str) -> Step<WordsView> {
    Ok(view_of(contact(tx, who)?, me))
}

/// Notes that the owner compared the words with this contact, and that they match.
///
/// # Errors
/// `ambiguous_contact` or `unknown_contact`; or the database failed.
pub fn confirm(txn: &mut Txn<'_, '_>, who: &str) -> Step<WordsView> {
    let row = ContactRow { compared_at: Some(txn.now), ..contact(txn.tx, who)? };
    contacts::put(txn.tx, &row)?;
    audit::record(txn, &AuditAction::VerifyContact, Some(row.did), None, &AuditFactor::Typed, &AuditOutcome::Done)?;
    Ok(view_of(row, txn.me.did()))
}

fn view_of(row: ContactRow, me: &Did) -> WordsView {
    let words = safety_words::of(me, &row.did).map(str::to_owned).into();
    WordsView { did: row.did, name: row.name, words, compared_at: row.compared_at }
}
