//! Who decided what, and by which means. Entries are only ever added; the oldest go when there are too many.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::ItemId;
use ai2ai_protocol::time::Timestamp;
use redb::ReadableTable as _;
use serde::{Deserialize, Serialize};

use crate::limits::AUDIT_KEPT;
use crate::row::{decode, encode};
use crate::tables::AUDIT;
use crate::transaction::{StoreError, View, Write};

/// One decision, or one try at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// When.
    pub at: Timestamp,
    /// What was to be done, such as `approve` or `trust`.
    pub what: String,
    /// With regard to whom.
    pub who: Option<Did>,
    /// About which item of the inbox.
    pub item: Option<ItemId>,
    /// How the one who decided proved who they are, such as `pin` or `agent token`.
    pub factor: String,
    /// What came of it, such as `done` or `refused: owner_only`.
    pub outcome: String,
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
    audit.insert(number, encode(row).as_slice())?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    #[test]
    fn of_too_many_entries_the_oldest_goes() {
        let store = Store::in_memory();
        let tx = store.write().expect("a transaction");
        for number in 1..=10 {
            let row = AuditRow {
                at: Timestamp::from_millis(number),
                what: "approve".to_owned(),
                who: None,
                item: None,
                factor: "pin".to_owned(),
                outcome: "done".to_owned(),
            };
            assert_eq!(keep(&tx, &row, 4).expect("kept"), number.unsigned_abs());
        }
        let left: Vec<i64> = all(&tx).expect("readable").iter().map(|row| row.at.as_millis()).collect();
        assert_eq!(left, [7, 8, 9, 10]);
    }
}
