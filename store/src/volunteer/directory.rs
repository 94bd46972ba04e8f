//! A volunteer's directory: cards whose owners asked for it, each until it expires.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::directory::DirectoryEntry;
use ai2ai_protocol::time::Timestamp;
use redb::ReadableTable as _;
use redb::ReadableTableMetadata as _;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::limits::ERASED_AT_ONCE;
use crate::rows::{DocumentRow, decode_carrier, decode_part, encode_carrier};
use crate::tables::{LISTED, LISTED_BY_END, due, pair, tail};
use crate::transaction::{View, Write};

/// One card that is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedRow {
    /// The searchable part.
    pub entry: DirectoryEntry,
    /// From when on it is listed no more.
    pub until: Timestamp,
    /// The libp2p peer that brought it, and may take it away.
    pub peer: String,
    /// The card as it was verified.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

impl DocumentRow for ListedRow {
    fn document(&self) -> &[u8] {
        &self.bytes
    }

    fn carrying(self, bytes: Vec<u8>) -> Self {
        Self { bytes, ..self }
    }
}

/// The part of a row that a search reads.
#[derive(Deserialize)]
struct Looked {
    entry: DirectoryEntry,
    until: Timestamp,
}

/// Returns what is listed of this identity.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn get(tx: &impl View, did: &Did) -> Result<Option<ListedRow>, StoreError> {
    tx.table(LISTED)?.get(&did.to_bytes())?.map(|bytes| decode_carrier("directory", bytes.value())).transpose()
}

/// Lists a card, in place of the one before.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn put(tx: &Write, did: &Did, row: &ListedRow) -> Result<(), StoreError> {
    remove(tx, did)?;
    tx.table_mut(LISTED)?.insert(&did.to_bytes(), encode_carrier(row).as_slice())?;
    tx.table_mut(LISTED_BY_END)?.insert(&pair(&row.until, did), ())?;
    Ok(())
}

/// Lists this identity no more.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn remove(tx: &Write, did: &Did) -> Result<(), StoreError> {
    if let Some(before) = get(tx, did)? {
        tx.table_mut(LISTED)?.remove(&did.to_bytes())?;
        tx.table_mut(LISTED_BY_END)?.remove(&pair(&before.until, did))?;
    }
    Ok(())
}

/// Returns how many are listed.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn count(tx: &impl View) -> Result<u64, StoreError> {
    Ok(tx.table(LISTED)?.len()?)
}

/// The first `limit` cards that are `wanted` and have not ended by `now`. The others are not read, only what is kept beside them.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn find(
    tx: &impl View,
    now: Timestamp,
    limit: usize,
    wanted: impl Fn(&DirectoryEntry) -> bool,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut found = Vec::new();
    for entry in tx.table(LISTED)?.iter()? {
        let (_, value) = entry?;
        let looked: Looked = decode_part("directory", value.value())?;
        if now < looked.until && wanted(&looked.entry) {
            found.push(decode_carrier::<ListedRow>("directory", value.value())?.bytes);
            if found.len() == limit {
                break;
            }
        }
    }
    Ok(found)
}

/// Returns whether something has ended by `now`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn has_due(tx: &impl View, now: Timestamp) -> Result<bool, StoreError> {
    Ok(!due(&*tx.table(LISTED_BY_END)?, now, 1)?.is_empty())
}

/// Lists no more what has ended by `now`, at most [`ERASED_AT_ONCE`]; how many there were.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn erase_due(tx: &Write, now: Timestamp) -> Result<usize, StoreError> {
    let ended = due(&*tx.table_mut(LISTED_BY_END)?, now, ERASED_AT_ONCE)?;
    for key in &ended {
        tx.table_mut(LISTED_BY_END)?.remove(key)?;
        tx.table_mut(LISTED)?.remove(&tail::<32>(key))?;
    }
    Ok(ended.len())
}
