//! Messages to agents of the protocol's original.

use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::delivery::Delivery;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::time::Timestamp;
use redb::{ReadableTable as _, ReadableTableMetadata as _};
use serde::{Deserialize, Serialize};

use super::{OutboxRow, find, keys, rows_of};
use crate::error::StoreError;
use crate::rows::encode_keyed_legacy;
use crate::rows::wire::Wire;
use crate::tables::{LEGACY_OUTBOX, Part as _};
use crate::transaction::{View, Write};

/// A message to an agent of the original.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegacyOutboxRow {
    /// Its name here and in the envelope.
    pub id: MessageId,
    /// To whom.
    pub to: Did,
    /// In which talk.
    pub talk: ConversationId,
    /// The act.
    pub kind: Kind,
    /// One line of it.
    pub about: Option<String>,
    /// State of the talk once they have it.
    pub then: Option<Phase>,
    /// Since when it waits.
    pub queued_at: Timestamp,
    /// From when on they take it no more.
    pub expires_at: Timestamp,
    /// The state.
    pub delivery: Delivery,
    /// The text that is posted, the same each time.
    pub body: String,
}

/// A message of ours, on whichever wire.
pub type AnyMessage = Wire<OutboxRow, LegacyOutboxRow>;

impl AnyMessage {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> MessageId {
        match self {
            Self::Native(row) => row.id,
            Self::Legacy(row) => row.id,
        }
    }

    /// The state of its delivery.
    #[must_use]
    pub fn delivery(&self) -> &Delivery {
        match self {
            Self::Native(row) => &row.delivery,
            Self::Legacy(row) => &row.delivery,
        }
    }
}

/// The row of this message to an agent of the original.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn get_legacy(tx: &impl View, id: &MessageId) -> Result<Option<LegacyOutboxRow>, StoreError> {
    Ok(find(tx, id)?.and_then(Wire::legacy))
}

/// Keeps the row of a message to an agent of the original, in place of its state before.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn put_legacy(tx: &Write, row: &LegacyOutboxRow) -> Result<(), StoreError> {
    keys::insert(tx, &row.id, &row.to, &row.delivery, |keys| encode_keyed_legacy(keys, row))?;
    tx.table_mut(LEGACY_OUTBOX)?.insert(&row.id.bytes(), ())?;
    Ok(())
}

/// The rows of the messages to agents of the original, over or not, in the order of their ids.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn all_legacy(tx: &impl View) -> Result<Vec<LegacyOutboxRow>, StoreError> {
    let index = tx.table(LEGACY_OUTBOX)?;
    let rows = rows_of(tx, index.iter()?.map(|entry| Ok(*entry?.0.value())))?;
    Ok(rows.into_iter().filter_map(Wire::legacy).collect())
}

/// Returns how many messages to agents of the original there are, over or not.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn count_legacy(tx: &impl View) -> Result<u64, StoreError> {
    Ok(tx.table(LEGACY_OUTBOX)?.len()?)
}
