//! Every envelope said or heard, byte for byte as it was signed or verified, in the order of its conversation.

use std::fmt;

use ai2ai_protocol::conversation::Side;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::time::Timestamp;
use redb::ReadableTable as _;
use serde::{Deserialize, Serialize};

use crate::conversations::{ConversationRow, LastHeard};
use crate::error::StoreError;
use crate::rows::{DocumentRow, dangling, decode_carrier, decode_part, encode_carrier, hex};
use crate::tables::{MESSAGES, MESSAGES_BY_ID, all_of, between, pair, tail};
use crate::transaction::{View, Write};

/// One envelope in its conversation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRow {
    /// The conversation it belongs to.
    pub conversation: ConversationId,
    /// The signer.
    #[serde(with = "hex")]
    pub sender: Did,
    /// Its id.
    pub id: MessageId,
    /// The side that said it.
    pub side: Side,
    /// Its digest.
    pub digest: Digest,
    /// The time at which it was said here, or heard here.
    pub at: Timestamp,
    /// True if policy or the owner let it through to the agent. What is not cleared is for the owner's eyes only.
    pub cleared: bool,
    /// The time at which the owner, or an agent that may act for them, first opened it; of theirs only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    /// The envelope.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

impl DocumentRow for MessageRow {
    fn document(&self) -> &[u8] {
        &self.bytes
    }

    fn carrying(self, bytes: Vec<u8>) -> Self {
        Self { bytes, ..self }
    }
}

impl fmt::Debug for MessageRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { conversation, sender, id, side, cleared, .. } = self;
        let size = self.bytes.len();
        write!(f, "MessageRow({id} of {sender:?} in {conversation}, {side:?}, cleared: {cleared}, {size} bytes)")
    }
}

/// Adds a message at the end of its conversation; gives its place there, 1 for the first.
///
/// # Errors
/// [`StoreError::MessageStored`] when a message of this sender and id is stored, in this conversation or another: then
/// nothing is changed. Else when the disk or the file fails.
pub fn append(tx: &Write, row: &MessageRow) -> Result<u64, StoreError> {
    let mut messages = tx.table_mut(MESSAGES)?;
    let mut ids = tx.table_mut(MESSAGES_BY_ID)?;
    let id: [u8; 48] = pair(&row.sender, &row.id);
    if ids.get(&id)?.is_some() {
        return Err(StoreError::MessageStored { sender: row.sender });
    }
    let last = between(&*messages, all_of(&row.conversation))?.next_back().transpose()?;
    let place = last.map_or(0, |(key, _)| place_in(key.value())).saturating_add(1);
    let key = pair(&row.conversation, &place);
    messages.insert(&key, encode_carrier(row).as_slice())?;
    ids.insert(&id, &key)?;
    Ok(place)
}

/// The message of this sender and id.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn get(tx: &impl View, sender: &Did, id: &MessageId) -> Result<Option<MessageRow>, StoreError> {
    let messages = tx.table(MESSAGES)?;
    let ids = tx.table(MESSAGES_BY_ID)?;
    let id: [u8; 48] = pair(sender, id);
    let Some(key) = ids.get(&id)? else { return Ok(None) };
    let bytes = messages.get(key.value())?.ok_or_else(|| dangling("messages"))?;
    decode_carrier("messages", bytes.value()).map(Some)
}

/// All messages of a conversation, in order.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn of(tx: &impl View, conversation: &ConversationId) -> Result<Vec<MessageRow>, StoreError> {
    let rows = after(tx, conversation, 0, usize::MAX)?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// The messages of a conversation that were let through to the agent, in order: all that its door may show.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn cleared_of(tx: &impl View, conversation: &ConversationId) -> Result<Vec<MessageRow>, StoreError> {
    let mut rows = of(tx, conversation)?;
    rows.retain(|row| row.cleared);
    Ok(rows)
}

/// The messages of a conversation whose place is after `place`, each with its own, in order, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn after(
    tx: &impl View,
    conversation: &ConversationId,
    place: u64,
    limit: usize,
) -> Result<Vec<(u64, MessageRow)>, StoreError> {
    let messages = tx.table(MESSAGES)?;
    let range = (pair(conversation, &place.saturating_add(1)), pair(conversation, &u64::MAX));
    let rows = between(&*messages, range)?.take(limit);
    rows.map(|row| {
        let (key, bytes) = row?;
        Ok((place_in(key.value()), decode_carrier("messages", bytes.value())?))
    })
    .collect()
}

/// The last message of theirs in a conversation.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn last_heard(tx: &impl View, row: &ConversationRow) -> Result<Option<MessageRow>, StoreError> {
    match row.heard {
        LastHeard::Nothing => Ok(None),
        LastHeard::Last(id) => get(tx, &row.with, &id),
        LastHeard::Unnoted => look_for_last_heard(tx, &row.id),
    }
}

fn look_for_last_heard(tx: &impl View, conversation: &ConversationId) -> Result<Option<MessageRow>, StoreError> {
    let messages = tx.table(MESSAGES)?;
    for row in between(&*messages, all_of(conversation))?.rev() {
        let (_, bytes) = row?;
        if decode_part::<RowSender>("messages", bytes.value())?.side == Side::Them {
            return decode_carrier("messages", bytes.value()).map(Some);
        }
    }
    Ok(None)
}

/// The part of a row that tells who said it.
#[derive(Deserialize)]
struct RowSender {
    side: Side,
}

/// Lets a message through to the agent, or takes that back; whether there is such a message.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn set_cleared(tx: &Write, sender: &Did, id: &MessageId, cleared: bool) -> Result<bool, StoreError> {
    change(tx, sender, id, |row| MessageRow { cleared, ..row })
}

/// Keeps when a message was first read; whether there is such a message.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn set_read(tx: &Write, sender: &Did, id: &MessageId, at: Timestamp) -> Result<bool, StoreError> {
    change(tx, sender, id, |row| MessageRow { read_at: row.read_at.or(Some(at)), ..row })
}

/// Keeps a message that was signed anew, before anybody had it; whether there is such a message.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn set_envelope(
    tx: &Write,
    sender: &Did,
    id: &MessageId,
    digest: Digest,
    bytes: Vec<u8>,
) -> Result<bool, StoreError> {
    change(tx, sender, id, |row| MessageRow { digest, bytes, ..row })
}

fn change(
    tx: &Write,
    sender: &Did,
    id: &MessageId,
    changed: impl FnOnce(MessageRow) -> MessageRow,
) -> Result<bool, StoreError> {
    let Some(row) = get(tx, sender, id)? else { return Ok(false) };
    let mut messages = tx.table_mut(MESSAGES)?;
    let ids = tx.table_mut(MESSAGES_BY_ID)?;
    let id: [u8; 48] = pair(sender, id);
    if let Some(key) = ids.get(&id)? {
        messages.insert(key.value(), encode_carrier(&changed(row)).as_slice())?;
    }
    Ok(true)
}

/// Erases all messages of a conversation, and gives who signed each and its id. What was answered to them stays
/// [`replay`](crate::replay).
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn remove_of(tx: &Write, conversation: &ConversationId) -> Result<Vec<(Did, MessageId)>, StoreError> {
    let rows = after(tx, conversation, 0, usize::MAX)?;
    let mut messages = tx.table_mut(MESSAGES)?;
    let mut ids = tx.table_mut(MESSAGES_BY_ID)?;
    for (place, row) in &rows {
        messages.remove(&pair(conversation, place))?;
        ids.remove(&pair(&row.sender, &row.id))?;
    }
    Ok(rows.into_iter().map(|(_, row)| (row.sender, row.id)).collect())
}

fn place_in(key: &[u8; 24]) -> u64 {
    u64::from_be_bytes(tail(key))
}
