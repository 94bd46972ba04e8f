//! The state of each conversation, which of them was touched last, and which are open.

use ai2ai_protocol::conversation::Conversation;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::name::Intent;
use ai2ai_protocol::time::Timestamp;
use redb::ReadableTable;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::rows::{dangling, decode_keyed, encode_keyed, hex, keys_of};
use crate::tables::{
    CONVERSATIONS, CONVERSATIONS_BY_TOUCH, OPEN_CONVERSATIONS, Part as _, between, due, move_key, number, pair, tail,
};
use crate::transaction::{View, Write};

const TABLE: &str = "conversations";
/// Bytes before the JSON of a row: see [`ConversationKeys`].
const KEYS: usize = 16;

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationRow {
    /// Its name.
    pub id: ConversationId,
    /// With whom.
    #[serde(with = "hex")]
    pub with: Did,
    /// The intent.
    pub intent: Intent,
    /// Its subject, in the words of whoever opened it.
    pub subject: Option<String>,
    /// State of the negotiation so far.
    pub machine: Conversation,
    /// The time at which it was opened here.
    pub opened_at: Timestamp,
    /// The time at which something was last said, heard or settled in it.
    pub touched_at: Timestamp,
    /// Number of messages it has had.
    pub messages: u64,
    /// The last message of theirs in it.
    #[serde(default)]
    pub heard: LastHeard,
}

/// The last message of theirs in a conversation, so that an answer to it need not look through all messages of ours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastHeard {
    /// Rows of before this was noted do not say; the messages do.
    #[default]
    Unnoted,
    /// There is none.
    Nothing,
    /// This one.
    Last(MessageId),
}

/// The conversation of this name.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn get(tx: &impl View, id: &ConversationId) -> Result<Option<ConversationRow>, StoreError> {
    let conversations = tx.table(CONVERSATIONS)?;
    conversations.get(&id.bytes())?.map(|bytes| decode_keyed::<KEYS, _>(TABLE, bytes.value())).transpose()
}

/// Keeps a conversation, in place of its state before.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn put(tx: &Write, row: &ConversationRow) -> Result<(), StoreError> {
    let mut conversations = tx.table_mut(CONVERSATIONS)?;
    let mut touches = tx.table_mut(CONVERSATIONS_BY_TOUCH)?;
    let mut open = tx.table_mut(OPEN_CONVERSATIONS)?;
    let keys = ConversationKeys::of(row);
    let before = conversations.insert(&row.id.bytes(), encode_keyed(&keys.bytes(), row).as_slice())?;
    let before =
        before.map(|bytes| Ok::<_, StoreError>(ConversationKeys::read(&keys_of(TABLE, bytes.value())?))).transpose()?;
    let old_touch = before.as_ref().map(|before| before.touch(&row.id));
    let new_touch = keys.touch(&row.id);
    let old_open = before.and_then(|before| before.open(&row.id));
    let new_open = keys.open(&row.id);
    move_key(&mut touches, old_touch, Some(new_touch))?;
    move_key(&mut open, old_open, new_open)
}

/// Erases a conversation's state, and gives it. Its messages are erased by [`messages`](crate::messages::remove_of).
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn remove(tx: &Write, id: &ConversationId) -> Result<Option<ConversationRow>, StoreError> {
    let mut conversations = tx.table_mut(CONVERSATIONS)?;
    let Some(bytes) = conversations.remove(&id.bytes())? else { return Ok(None) };
    let keys = ConversationKeys::read(&keys_of(TABLE, bytes.value())?);
    tx.table_mut(CONVERSATIONS_BY_TOUCH)?.remove(&keys.touch(id))?;
    if let Some(key) = keys.open(id) {
        tx.table_mut(OPEN_CONVERSATIONS)?.remove(&key)?;
    }
    decode_keyed::<KEYS, _>(TABLE, bytes.value()).map(Some)
}

/// The conversations touched last, the last one first, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn latest(tx: &impl View, limit: usize) -> Result<Vec<ConversationRow>, StoreError> {
    let touches = tx.table(CONVERSATIONS_BY_TOUCH)?;
    let newest = touches.iter()?.rev().take(limit).map(|key| Ok(*key?.0.value()));
    rows_of(tx, newest.collect::<Result<Vec<[u8; 24]>, StoreError>>()?)
}

/// The conversations touched before this moment, or at it and with a lower id; the last one first, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn before(
    tx: &impl View,
    (touched_at, id): (Timestamp, ConversationId),
    limit: usize,
) -> Result<Vec<ConversationRow>, StoreError> {
    let touches = tx.table(CONVERSATIONS_BY_TOUCH)?;
    let keys = touches.range::<&[u8; 24]>(..&pair(&number(touched_at), &id))?.rev().take(limit);
    rows_of(tx, keys.map(|key| Ok(*key?.0.value())).collect::<Result<Vec<[u8; 24]>, StoreError>>()?)
}

/// The conversations with this identity, at most `limit`. There is no index for it: all conversations are read.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn with(tx: &impl View, with: &Did, limit: usize) -> Result<Vec<ConversationRow>, StoreError> {
    let conversations = tx.table(CONVERSATIONS)?;
    let rows = conversations.iter()?.map(|entry| decode_keyed::<KEYS, _>(TABLE, entry?.1.value()));
    let theirs = |row: &Result<ConversationRow, StoreError>| row.as_ref().map_or(true, |row| row.with == *with);
    rows.filter(theirs).take(limit).collect()
}

/// The conversations whose ids lie between two, both included, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn range(
    tx: &impl View,
    first: &ConversationId,
    last: &ConversationId,
    limit: usize,
) -> Result<Vec<ConversationRow>, StoreError> {
    let conversations = tx.table(CONVERSATIONS)?;
    let rows = between(&*conversations, (first.to_bytes(), last.to_bytes()))?.take(limit);
    rows.map(|entry| decode_keyed::<KEYS, _>(TABLE, entry?.1.value())).collect()
}

/// The conversations that are not stored as closed: first those that expire, in that order, then those that wait for
/// the answer to a closing act.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn all_open(tx: &impl View) -> Result<Vec<ConversationRow>, StoreError> {
    let open = tx.table(OPEN_CONVERSATIONS)?;
    let keys = open.iter()?.map(|key| Ok(*key?.0.value()));
    rows_of(tx, keys.collect::<Result<Vec<[u8; 24]>, StoreError>>()?)
}

/// The conversations stored as open whose time is over at `now`, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn expired(tx: &impl View, now: Timestamp, limit: usize) -> Result<Vec<ConversationRow>, StoreError> {
    let keys = due(&*tx.table(OPEN_CONVERSATIONS)?, now, limit)?;
    rows_of(tx, keys)
}

/// The rows to which keys of an index by time lead, in the order of the keys.
fn rows_of(tx: &impl View, keys: Vec<[u8; 24]>) -> Result<Vec<ConversationRow>, StoreError> {
    let conversations = tx.table(CONVERSATIONS)?;
    let row_of = |key: [u8; 24]| {
        let bytes = conversations.get(&tail::<16>(&key))?.ok_or_else(|| dangling(TABLE))?;
        decode_keyed::<KEYS, _>(TABLE, bytes.value())
    };
    keys.into_iter().map(row_of).collect()
}

/// Keys of a conversation in the two indexes, as they stand before its JSON.
struct ConversationKeys {
    touched: u64,
    /// The time at which it expires; [`NEVER`] while a closing act waits for its answer; [`CLOSED`].
    end: u64,
}

/// After every time that can be written.
const NEVER: u64 = u64::MAX - 1;
/// In no index of open conversations.
const CLOSED: u64 = u64::MAX;

impl ConversationKeys {
    fn of(row: &ConversationRow) -> Self {
        // At the beginning of time nothing has expired yet: what counts is the stored state itself.
        let stored = row.machine.phase(Timestamp::from_millis(0));
        let end = if stored.is_closed() { CLOSED } else { row.machine.expires_at().map_or(NEVER, number) };
        Self { touched: number(row.touched_at), end }
    }

    fn bytes(&self) -> [u8; KEYS] {
        pair(&self.touched, &self.end)
    }

    fn read(bytes: &[u8; KEYS]) -> Self {
        let (touched, end) = bytes.split_at(8);
        Self { touched: u64::from_be_bytes(tail(touched)), end: u64::from_be_bytes(tail(end)) }
    }

    fn touch(&self, id: &ConversationId) -> [u8; 24] {
        pair(&self.touched, id)
    }

    fn open(&self, id: &ConversationId) -> Option<[u8; 24]> {
        (self.end != CLOSED).then(|| pair(&self.end, id))
    }
}
