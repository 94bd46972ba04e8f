//! Upkeep: removes what has expired.

use ai2ai_store::{directory, mailbox, originals, quarantine, replay};

use crate::decisions::expiry;
use crate::inbox::snooze;
use crate::txn::{Step, Txn};

/// Removes expired rows of every room, and wakes snoozed items that are due.
///
/// # Errors
/// When the database fails.
pub fn remove_expired(txn: &mut Txn<'_, '_>) -> Step<()> {
    expiry::expire_items(txn)?;
    snooze::wake_due(txn)?;
    quarantine::erase_due(txn.tx, txn.now)?;
    replay::erase_due(txn.tx, txn.now)?;
    originals::forget_seen(txn.tx, txn.now)?;
    mailbox::erase_due(txn.tx, txn.now)?;
    directory::erase_due(txn.tx, txn.now)?;
    Ok(())
}
