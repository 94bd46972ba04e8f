//! The newest card of everyone heard of, byte for byte as it was verified.

use std::fmt;

use ai2ai_protocol::did::Did;
use ai2ai_protocol::time::Timestamp;
use redb::ReadableTable as _;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::rows::{DocumentRow, decode_carrier, encode_carrier};
use crate::tables::{CARDS, Part as _};
use crate::transaction::{View, Write};

/// A card, and since when this node has it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRow {
    /// The card as it was read.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// The time at which it was received.
    pub received_at: Timestamp,
}

impl DocumentRow for CardRow {
    fn document(&self) -> &[u8] {
        &self.bytes
    }

    fn carrying(self, bytes: Vec<u8>) -> Self {
        Self { bytes, ..self }
    }
}

impl fmt::Debug for CardRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardRow({} bytes of {:?})", self.bytes.len(), self.received_at)
    }
}

/// The card of this identity.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn get(tx: &impl View, did: &Did) -> Result<Option<CardRow>, StoreError> {
    let cards = tx.table(CARDS)?;
    cards.get(&did.bytes())?.map(|bytes| decode_carrier("cards", bytes.value())).transpose()
}

/// Keeps a card in place of the one before. Whether it supersedes that one is the caller's to know.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn put(tx: &Write, did: &Did, row: &CardRow) -> Result<(), StoreError> {
    tx.table_mut(CARDS)?.insert(&did.bytes(), encode_carrier(row).as_slice())?;
    Ok(())
}

/// Forgets the card of this identity; whether there was one.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn remove(tx: &Write, did: &Did) -> Result<bool, StoreError> {
    Ok(tx.table_mut(CARDS)?.remove(&did.bytes())?.is_some())
}
