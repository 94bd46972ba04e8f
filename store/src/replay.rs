//! Answers to envelopes. An answer outlives its envelope, so that a repeat has no second effect and gets the
//! same answer.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::receipt::Receipt;
use ai2ai_protocol::time::Timestamp;
use redb::ReadableTable as _;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::limits::ERASED_AT_ONCE;
use crate::rows::{decode, encode};
use crate::tables::{SEEN, SEEN_BY_END, due, pair, tail, triple};
use crate::transaction::{View, Write};

/// The answer to one envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRow {
    /// The envelope's digest: another one under the same id is no repeat.
    pub digest: Digest,
    /// The first answer, which every repeat gets.
    pub receipt: Receipt,
    /// From when on no repeat can be valid any more.
    pub keep_until: Timestamp,
}

/// The answer that this sender's envelope of this id got.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn get(tx: &impl View, sender: &Did, id: &MessageId) -> Result<Option<SeenRow>, StoreError> {
    let seen = tx.table(SEEN)?;
    let key: [u8; 48] = pair(sender, id);
    seen.get(&key)?.map(|bytes| decode("seen", bytes.value())).transpose()
}

/// Remembers an answer, in place of one that was not final.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn put(tx: &Write, sender: &Did, id: &MessageId, row: &SeenRow) -> Result<(), StoreError> {
    let mut seen = tx.table_mut(SEEN)?;
    let mut ends = tx.table_mut(SEEN_BY_END)?;
    if let Some(before) = seen.insert(&pair(sender, id), encode(row).as_slice())? {
        let before: SeenRow = decode("seen", before.value())?;
        ends.remove(&triple(&before.keep_until, sender, id))?;
    }
    ends.insert(&triple(&row.keep_until, sender, id), ())?;
    Ok(())
}

/// Returns whether answers are kept that need not be after `now`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn has_due(tx: &impl View, now: Timestamp) -> Result<bool, StoreError> {
    Ok(!due(&*tx.table(SEEN_BY_END)?, now, 1)?.is_empty())
}

/// Forgets the answers that are kept until `now` or before, at most [`ERASED_AT_ONCE`]; how many there were.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn erase_due(tx: &Write, now: Timestamp) -> Result<usize, StoreError> {
    let mut seen = tx.table_mut(SEEN)?;
    let mut ends = tx.table_mut(SEEN_BY_END)?;
    let due = due(&*ends, now, ERASED_AT_ONCE)?;
    for key in &due {
        ends.remove(key)?;
        seen.remove(&tail::<48>(key))?;
    }
    Ok(due.len())
}
