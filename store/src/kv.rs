//! Numbers and texts that belong to the node as a whole.

use redb::ReadableTable as _;

use crate::error::StoreError;
use crate::tables::{SEQUENCES, TEXTS};
use crate::transaction::{View, Write};

/// The next number under this name: 1 at first, then one more each time. A number is given out once, if the
/// transaction is kept.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn next_sequence(tx: &Write, name: &str) -> Result<u64, StoreError> {
    let mut sequences = tx.table_mut(SEQUENCES)?;
    let next = sequences.get(name)?.map_or(0, |last| last.value()).saturating_add(1);
    sequences.insert(name, next)?;
    Ok(next)
}

/// The number that was given out last under this name; 0 before the first.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn last_sequence(tx: &impl View, name: &str) -> Result<u64, StoreError> {
    Ok(tx.table(SEQUENCES)?.get(name)?.map_or(0, |last| last.value()))
}

/// Makes the next number under this name greater than `floor`, and never smaller than it would have been.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn raise_sequence(tx: &Write, name: &str, floor: u64) -> Result<(), StoreError> {
    let mut sequences = tx.table_mut(SEQUENCES)?;
    let last = sequences.get(name)?.map_or(0, |last| last.value());
    sequences.insert(name, last.max(floor))?;
    Ok(())
}

/// The text kept under this name.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn get(tx: &impl View, name: &str) -> Result<Option<String>, StoreError> {
    Ok(tx.table(TEXTS)?.get(name)?.map(|text| text.value().to_owned()))
}

/// Forgets the text kept under this name, if there is one.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn remove(tx: &Write, name: &str) -> Result<(), StoreError> {
    tx.table_mut(TEXTS)?.remove(name)?;
    Ok(())
}

/// Keeps a text under this name, in place of the one before.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn put(tx: &Write, name: &str, text: &str) -> Result<(), StoreError> {
    tx.table_mut(TEXTS)?.insert(name, text)?;
    Ok(())
}

/// The text that is kept while something erased is to leave the file too.
const PACK: &str = "pack";

/// Has the file packed when it is opened next: what was erased then leaves it, save for what a page in use still has in
/// its unused part.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn pack_at_next_opening(tx: &Write) -> Result<(), StoreError> {
    put(tx, PACK, "erased")
}

pub(crate) fn wants_packing(tx: &impl View) -> Result<bool, StoreError> {
    Ok(get(tx, PACK)?.is_some())
}

pub(crate) fn is_packed(tx: &Write) -> Result<(), StoreError> {
    tx.table_mut(TEXTS)?.remove(PACK)?;
    Ok(())
}
