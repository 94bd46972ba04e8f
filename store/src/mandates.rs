//! Mandates: what the owner let the agent do by itself, and each time that it did.

use ai2ai_protocol::id::{MandateId, MessageId};
use ai2ai_protocol::time::Timestamp;
use redb::ReadableTable as _;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::limits::ERASED_AT_ONCE;
use crate::rows::{DocumentRow, decode_carrier, encode_carrier};
use crate::tables::{MANDATE_USES, MANDATES, Part as _, all_of, between, triple};
use crate::transaction::{View, Write};

/// A mandate of this node's owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MandateRow {
    /// Its name.
    pub id: MandateId,
    /// The time at which the owner signed it.
    pub granted_at: Timestamp,
    /// The time at which the owner took it back.
    pub revoked_at: Option<Timestamp>,
    /// The signed mandate.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

impl DocumentRow for MandateRow {
    fn document(&self) -> &[u8] {
        &self.bytes
    }

    fn carrying(self, bytes: Vec<u8>) -> Self {
        Self { bytes, ..self }
    }
}

/// Keeps a mandate, in place of its state before.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn put(tx: &Write, row: &MandateRow) -> Result<(), StoreError> {
    tx.table_mut(MANDATES)?.insert(&row.id.bytes(), encode_carrier(row).as_slice())?;
    Ok(())
}

/// The mandate of this name.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn get(tx: &impl View, id: &MandateId) -> Result<Option<MandateRow>, StoreError> {
    tx.table(MANDATES)?.get(&id.bytes())?.map(|bytes| decode_carrier("mandates", bytes.value())).transpose()
}

/// Every mandate that the owner ever signed, in the order of their ids: the oldest is first.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn all(tx: &impl View) -> Result<Vec<MandateRow>, StoreError> {
    tx.table(MANDATES)?.iter()?.map(|entry| decode_carrier("mandates", entry?.1.value())).collect()
}

/// Notes that a message left under a mandate.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn used(tx: &Write, id: &MandateId, at: Timestamp, message: &MessageId) -> Result<(), StoreError> {
    tx.table_mut(MANDATE_USES)?.insert(&triple(id, &at, message), ())?;
    Ok(())
}

/// Returns how many messages left under a mandate from one moment on until another, both included.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn uses(tx: &impl View, id: &MandateId, since: Timestamp, until: Timestamp) -> Result<u32, StoreError> {
    let first = triple(id, &since, &MessageId::from_bytes([0; 16]));
    let last = triple(id, &until, &MessageId::from_bytes([u8::MAX; 16]));
    let index = tx.table(MANDATE_USES)?;
    between::<40, ()>(&*index, (first, last))?.try_fold(0_u32, |count, use_| Ok(use_.map(|_| count.saturating_add(1))?))
}

/// Forgets the uses of a mandate before a moment, at most [`ERASED_AT_ONCE`] of them.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn forget_uses(tx: &Write, id: &MandateId, before: Timestamp) -> Result<(), StoreError> {
    let mut index = tx.table_mut(MANDATE_USES)?;
    let range = (all_of(id).0, triple(id, &before, &MessageId::from_bytes([0; 16])));
    let old: Vec<[u8; 40]> = between::<40, ()>(&*index, range)?
        .take(ERASED_AT_ONCE)
        .map(|entry| Ok(*entry?.0.value()))
        .collect::<Result<_, StoreError>>()?;
    for key in old {
        index.remove(&key)?;
    }
    Ok(())
}
