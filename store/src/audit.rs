//! The audit: decisions, who made them, and by which means. Entries are only ever added; the oldest go when there are too many.
//!
//! Each holds a digest of all before it: see `chain`.

mod chain;

use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::id::{ItemId, MessageId};
use ai2ai_protocol::time::Timestamp;
use redb::ReadableTable as _;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::limits::AUDIT_KEPT;
use crate::rows::{decode, encode};
use crate::tables::AUDIT;
use crate::transaction::{View, Write};

pub use chain::{Break, ChainHead, ChainVerdict, HeadError, head, verify};

/// One decision, or one try at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// The time.
    pub at: Timestamp,
    /// The act that was tried, such as `approve` or `trust`.
    pub what: String,
    /// With regard to whom.
    pub who: Option<Did>,
    /// About which item of the inbox.
    pub item: Option<ItemId>,
    /// The factor by which the one who decided proved who they are, such as `pin` or `agent token`.
    pub factor: String,
    /// The outcome, such as `done` or `refused: owner_only`.
    pub outcome: String,
    /// The message that was said by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
}

/// An entry as it is stored: with the link of the one before it.
#[derive(Serialize)]
struct Linked<'r> {
    #[serde(flatten)]
    row: &'r AuditRow,
    before: Digest,
}

/// An entry with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number, 1 for the first.
    pub number: u64,
    /// The row.
    pub row: AuditRow,
}

/// Adds an entry; gives its number, 1 for the first. Of more than [`AUDIT_KEPT`] entries the oldest goes.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn append(tx: &Write, row: &AuditRow) -> Result<u64, StoreError> {
    keep(tx, row, AUDIT_KEPT)
}

fn keep(tx: &Write, row: &AuditRow, most: u64) -> Result<u64, StoreError> {
    let mut audit = tx.table_mut(AUDIT)?;
    let number = audit.last()?.map_or(0, |(last, _)| last.value()).saturating_add(1);
    let before = chain::next(&*audit)?;
    audit.insert(number, encode(&Linked { row, before }).as_slice())?;
    if let Some(oldest) = number.checked_sub(most) {
        audit.remove(oldest)?;
    }
    Ok(number)
}

/// All entries, oldest first.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn all(tx: &impl View) -> Result<Vec<AuditRow>, StoreError> {
    let audit = tx.table(AUDIT)?;
    audit.iter()?.map(|entry| decode("audit", entry?.1.value())).collect()
}

/// The newest entries, newest first, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn latest(tx: &impl View, limit: usize) -> Result<Vec<AuditRow>, StoreError> {
    let audit = tx.table(AUDIT)?;
    audit.iter()?.rev().take(limit).map(|entry| decode("audit", entry?.1.value())).collect()
}

/// The newest entries with their numbers, newest first, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn newest(tx: &impl View, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
    let audit = tx.table(AUDIT)?;
    let numbered = audit.iter()?.rev().take(limit).map(|entry| {
        let (number, bytes) = entry?;
        Ok(AuditEntry { number: number.value(), row: decode("audit", bytes.value())? })
    });
    numbered.collect()
}

/// Gives entries to `each`, newest first, at most `limit`, until it says that it has seen enough.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn look_back(tx: &impl View, limit: usize, mut each: impl FnMut(AuditRow) -> bool) -> Result<(), StoreError> {
    let audit = tx.table(AUDIT)?;
    for entry in audit.iter()?.rev().take(limit) {
        if !each(decode("audit", entry?.1.value())?) {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
