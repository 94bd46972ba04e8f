//! Strangers' envelopes: opened, verified, and kept where neither the agent nor a conversation sees them until the
//! owner accepts whom they are from.

use std::fmt;

use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::time::Timestamp;
use redb::ReadableTableMetadata as _;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::limits::ERASED_AT_ONCE;
use crate::rows::{DocumentRow, decode_carrier, encode_carrier};
use crate::tables::{HELD, HELD_BY_END, all_of, between, due, pair, tail, triple};
use crate::transaction::{View, Write};

/// One envelope of a stranger.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRow {
    /// The signer.
    pub sender: Did,
    /// Its id.
    pub id: MessageId,
    /// The envelope as it was verified.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// The time at which it arrived.
    pub at: Timestamp,
    /// From when on nobody needs it.
    pub expires_at: Timestamp,
}

impl DocumentRow for HeldRow {
    fn document(&self) -> &[u8] {
        &self.bytes
    }

    fn carrying(self, bytes: Vec<u8>) -> Self {
        Self { bytes, ..self }
    }
}

impl fmt::Debug for HeldRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeldRow({} of {:?}, {} bytes)", self.id, self.sender, self.bytes.len())
    }
}

/// Holds an envelope, in place of one of the same sender and id.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn put(tx: &Write, row: &HeldRow) -> Result<(), StoreError> {
    let mut held = tx.table_mut(HELD)?;
    let mut ends = tx.table_mut(HELD_BY_END)?;
    let key = pair(&row.sender, &row.id);
    if let Some(before) = held.insert(&key, encode_carrier(row).as_slice())? {
        ends.remove(&end_key(&decode_carrier("held", before.value())?))?;
    }
    ends.insert(&end_key(row), ())?;
    Ok(())
}

/// Returns what is held of this sender, in the order of arrival.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn of(tx: &impl View, sender: &Did) -> Result<Vec<HeldRow>, StoreError> {
    let held = tx.table(HELD)?;
    let rows = between(&*held, all_of(sender))?.map(|row| decode_carrier("held", row?.1.value()));
    let mut rows = rows.collect::<Result<Vec<HeldRow>, StoreError>>()?;
    rows.sort_by_key(|row| (row.at, row.id));
    Ok(rows)
}

/// Forgets what is held of this sender; how many there were.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn remove_of(tx: &Write, sender: &Did) -> Result<u64, StoreError> {
    let rows = of(tx, sender)?;
    let mut held = tx.table_mut(HELD)?;
    let mut ends = tx.table_mut(HELD_BY_END)?;
    for row in &rows {
        held.remove(&pair(&row.sender, &row.id))?;
        ends.remove(&end_key(row))?;
    }
    Ok(rows.len() as u64)
}

/// Returns how many envelopes are held, of all strangers together.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn count(tx: &impl View) -> Result<u64, StoreError> {
    Ok(tx.table(HELD)?.len()?)
}

/// Returns how many envelopes of this sender are held. The cost grows with that number only.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn count_of(tx: &impl View, sender: &Did) -> Result<u64, StoreError> {
    let held = tx.table(HELD)?;
    between(&*held, all_of(sender))?.try_fold(0, |count, row| row.map(|_| count + 1)).map_err(StoreError::from)
}

/// Forgets what has expired by `now`, at most [`ERASED_AT_ONCE`]; how many there were.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn erase_due(tx: &Write, now: Timestamp) -> Result<usize, StoreError> {
    let mut held = tx.table_mut(HELD)?;
    let mut ends = tx.table_mut(HELD_BY_END)?;
    let due = due(&*ends, now, ERASED_AT_ONCE)?;
    for key in &due {
        ends.remove(key)?;
        held.remove(&tail::<48>(key))?;
    }
    Ok(due.len())
}

/// Returns whether something has expired by `now`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn has_due(tx: &impl View, now: Timestamp) -> Result<bool, StoreError> {
    Ok(!due(&*tx.table(HELD_BY_END)?, now, 1)?.is_empty())
}

fn end_key(row: &HeldRow) -> [u8; 56] {
    triple(&row.expires_at, &row.sender, &row.id)
}
