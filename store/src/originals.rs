//! Talks with agents of the protocol's original, and what their envelopes were answered: in tables of their own, which no native
//! conversation or replay row is in. Both have other keys and other forms than the native ones.
//!
//! Contacts, items and messages on their way stand beside the native ones: see [`contacts`](crate::contacts),
//! [`inbox`](crate::inbox), [`outbox`](crate::outbox).

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::name::Intent;
use ai2ai_protocol::time::Timestamp;
use redb::ReadableTable as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::StoreError;
use crate::limits::ERASED_AT_ONCE;
use crate::rows::{decode, encode};
use crate::tables::{ORIGINAL_SEEN, ORIGINAL_SEEN_BY_END, ORIGINAL_TALKS, Part as _, between, due, pair, tail, triple};
use crate::transaction::{View, Write};

const TALKS: &str = "original talks";

/// One message of a talk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SaidRow {
    /// Its name here.
    pub id: MessageId,
    /// True if it is ours.
    pub ours: bool,
    /// The act.
    pub kind: Kind,
    /// The intent.
    pub intent: Option<Intent>,
    /// The time at which it says it was written.
    pub timestamp: Timestamp,
    /// The time at which it was stored here.
    pub at: Timestamp,
    /// The payload.
    pub payload: Object,
    /// Final state of a message of ours, once it is over.
    pub delivery: Option<String>,
}

/// A conversation with such an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TalkRow {
    /// Its name here.
    pub id: ConversationId,
    /// Its name in the envelopes.
    pub named: String,
    /// With whom.
    pub with: Did,
    /// The intent.
    pub intent: Intent,
    /// One line that says so.
    pub subject: Option<String>,
    /// The state, for us.
    pub phase: Phase,
    /// The time, or other definite thing, that our owner agreed to; they still have to confirm it.
    pub accepted: Option<String>,
    /// Messages, oldest first; bounded by whoever writes.
    pub said: Vec<SaidRow>,
    /// The time at which it was opened.
    pub opened_at: Timestamp,
    /// The time at which it last changed.
    pub touched_at: Timestamp,
}

/// Answer to an envelope, for when it comes again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OriginalSeenRow {
    /// The digest of what it said.
    pub digest: Digest,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The answer.
    pub body: Value,
    /// Until when it is kept.
    pub keep_until: Timestamp,
}

/// The talk of this name.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn talk(tx: &impl View, id: &ConversationId) -> Result<Option<TalkRow>, StoreError> {
    tx.table(ORIGINAL_TALKS)?.get(&id.bytes())?.map(|bytes| decode(TALKS, bytes.value())).transpose()
}

/// Keeps the talk, in place of its state before.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn put_talk(tx: &Write, row: &TalkRow) -> Result<(), StoreError> {
    tx.table_mut(ORIGINAL_TALKS)?.insert(&row.id.bytes(), encode(row).as_slice())?;
    Ok(())
}

/// Forgets the talk.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn remove_talk(tx: &Write, id: &ConversationId) -> Result<(), StoreError> {
    tx.table_mut(ORIGINAL_TALKS)?.remove(&id.bytes())?;
    Ok(())
}

/// At most `limit` of the talks, by name, the last first.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn talks(tx: &impl View, limit: usize) -> Result<Vec<TalkRow>, StoreError> {
    tx.table(ORIGINAL_TALKS)?.iter()?.rev().take(limit).map(|entry| decode(TALKS, entry?.1.value())).collect()
}

/// The talks whose names lie between two, both included, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn range(
    tx: &impl View,
    first: &ConversationId,
    last: &ConversationId,
    limit: usize,
) -> Result<Vec<TalkRow>, StoreError> {
    let talks = tx.table(ORIGINAL_TALKS)?;
    let rows = between(&*talks, (first.to_bytes(), last.to_bytes()))?.take(limit);
    rows.map(|entry| decode(TALKS, entry?.1.value())).collect()
}

/// Returns what an envelope of this scope (a key, or whatever else the sender is told apart by) and id was answered.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn seen(tx: &impl View, scope: &Digest, id: &str) -> Result<Option<OriginalSeenRow>, StoreError> {
    let key: [u8; 64] = pair(scope, &Digest::of(id.as_bytes()));
    tx.table(ORIGINAL_SEEN)?.get(&key)?.map(|bytes| decode("original seen", bytes.value())).transpose()
}

/// Keeps what an envelope was answered.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn put_seen(tx: &Write, scope: &Digest, id: &str, row: &OriginalSeenRow) -> Result<(), StoreError> {
    let id = Digest::of(id.as_bytes());
    let key: [u8; 64] = pair(scope, &id);
    tx.table_mut(ORIGINAL_SEEN)?.insert(&key, encode(row).as_slice())?;
    let by_end: [u8; 72] = triple(&row.keep_until, scope, &id);
    tx.table_mut(ORIGINAL_SEEN_BY_END)?.insert(&by_end, ())?;
    Ok(())
}

/// Forgets what no envelope can come again for; how many that were.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn forget_seen(tx: &Write, now: Timestamp) -> Result<usize, StoreError> {
    let mut rows = tx.table_mut(ORIGINAL_SEEN)?;
    let mut by_end = tx.table_mut(ORIGINAL_SEEN_BY_END)?;
    let over = due(&*by_end, now, ERASED_AT_ONCE)?;
    for key in &over {
        by_end.remove(key)?;
        rows.remove(&tail::<64>(key))?;
    }
    Ok(over.len())
}

/// Returns whether something could be forgotten.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn has_due(tx: &impl View, now: Timestamp) -> Result<bool, StoreError> {
    Ok(!due(&*tx.table(ORIGINAL_SEEN_BY_END)?, now, 1)?.is_empty())
}
