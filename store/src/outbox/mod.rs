//! The outbox: what is to be delivered, to whom and in which order, and what became of it.
//!
//! A row stays when its delivery is over, so that the owner can see how it ended. Only rows whose delivery is not over
//! are in the indexes behind [`to`], [`due`] and [`waiting`]: what was delivered before makes none of them slower.
//!
//! A message to an agent of the protocol's original is a row of another type: what asks for an [`OutboxRow`] never gets one.

mod keys;
mod legacy;

use std::collections::HashSet;
use std::ops::ControlFlow;

use ai2ai_protocol::delivery::Delivery;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::time::Timestamp;
use redb::{ReadableTable, ReadableTableMetadata as _};
use serde::{Deserialize, Serialize};

use self::keys::{KEYS, Keys, head};
pub use self::legacy::{AnyMessage, LegacyOutboxRow, all_legacy, count_legacy, get_legacy, put_legacy};
use crate::error::StoreError;
use crate::rows::wire::Wire;
use crate::rows::{dangling, decode_keyed_wire, encode_keyed, hex, is_legacy};
use crate::tables::{
    LEGACY_OUTBOX, OUTBOX, OUTBOX_BY_ATTEMPT, OUTBOX_BY_RECIPIENT, OUTBOX_DEAD, Part as _, all_of, between,
    due as due_keys, tail,
};
use crate::transaction::{View, Write};

const TABLE: &str = "outbox";

/// One native message on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// The message; its envelope is in [`messages`](crate::messages).
    pub id: MessageId,
    /// The recipient.
    #[serde(with = "hex")]
    pub to: Did,
    /// The conversation it belongs to.
    pub conversation: ConversationId,
    /// The time at which the user was told that it is queued.
    pub queued_at: Timestamp,
    /// From when on its envelope is void.
    pub expires_at: Timestamp,
    /// The state.
    pub delivery: Delivery,
    /// Facts about its envelope, so that it need not be read for its receipt. Rows of before this was noted do not say.
    #[serde(default)]
    pub envelope: Option<Envelope>,
}

/// Facts about an envelope that are known without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Its digest.
    pub digest: Digest,
    /// Its type.
    pub kind: Kind,
}

/// The row of this message, on whichever wire.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn find(tx: &impl View, id: &MessageId) -> Result<Option<AnyMessage>, StoreError> {
    tx.table(OUTBOX)?.get(&id.bytes())?.map(|bytes| read(bytes.value())).transpose()
}

/// The row of this native message.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn get(tx: &impl View, id: &MessageId) -> Result<Option<OutboxRow>, StoreError> {
    Ok(find(tx, id)?.and_then(Wire::native))
}

/// Keeps a native row, in place of its state before.
///
/// A new row is the last in the order of its recipient, and so is one whose delivery was over and is not any more.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn put(tx: &Write, row: &OutboxRow) -> Result<(), StoreError> {
    keys::insert(tx, &row.id, &row.to, &row.delivery, |keys| encode_keyed(keys, row))
}

/// Forgets the row of this message on whichever wire, and gives it.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn remove(tx: &Write, id: &MessageId) -> Result<Option<AnyMessage>, StoreError> {
    let mut outbox = tx.table_mut(OUTBOX)?;
    let Some(bytes) = outbox.remove(&id.bytes())? else { return Ok(None) };
    Keys::read(bytes.value())?.leave(tx, id)?;
    if is_legacy(bytes.value()) {
        tx.table_mut(LEGACY_OUTBOX)?.remove(&id.bytes())?;
    }
    read(bytes.value()).map(Some)
}

/// Returns what is still to be delivered natively to this identity, in order.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn to(tx: &impl View, did: &Did) -> Result<Vec<OutboxRow>, StoreError> {
    first_to(tx, did, usize::MAX)
}

/// Returns what is to be delivered first natively to this identity, in order, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn first_to(tx: &impl View, did: &Did, limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
    let index = tx.table(OUTBOX_BY_RECIPIENT)?;
    native_of(tx, between(&*index, all_of(did))?.map(|entry| Ok(*entry?.1.value())), limit)
}

/// Gives what is to be delivered first natively to this identity to `each`, in order, until it has enough: of the first `limit`
/// rows those whose id is `wanted`. A row that is not is not even read.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn each_to(
    tx: &impl View,
    did: &Did,
    limit: usize,
    wanted: impl Fn(&MessageId) -> bool,
    mut each: impl FnMut(OutboxRow) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let outbox = tx.table(OUTBOX)?;
    let index = tx.table(OUTBOX_BY_RECIPIENT)?;
    for entry in between(&*index, all_of(did))?.take(limit) {
        let id = *entry?.1.value();
        if wanted(&MessageId::from_bytes(id)) {
            let row = read(outbox.get(&id)?.ok_or_else(|| dangling(TABLE))?.value())?;
            if let Wire::Native(row) = row
                && each(row).is_break()
            {
                break;
            }
        }
    }
    Ok(())
}

/// Returns what is still to be delivered natively to anybody, recipient by recipient, each in order, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn waiting(tx: &impl View, limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
    let index = tx.table(OUTBOX_BY_RECIPIENT)?;
    native_of(tx, index.iter()?.map(|entry| Ok(*entry?.1.value())), limit)
}

/// Returns what is still to be delivered to anybody on either wire, recipient by recipient, each in order, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn all_waiting(tx: &impl View, limit: usize) -> Result<Vec<AnyMessage>, StoreError> {
    let index = tx.table(OUTBOX_BY_RECIPIENT)?;
    rows_of(tx, index.iter()?.take(limit).map(|entry| Ok(*entry?.1.value())))
}

/// Returns what is to be tried natively by `now`, what has waited longest first, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn due(tx: &impl View, now: Timestamp, limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
    let keys = due_keys(&*tx.table(OUTBOX_BY_ATTEMPT)?, now, usize::MAX)?;
    native_of(tx, keys.iter().map(|key| Ok(tail(key))), limit)
}

/// For whom something is to be tried by `now`, each once on each wire, whoever has waited longest first. Of the rows, at most
/// `most` are looked at, so that many for one do not hide those for others.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn due_for(tx: &impl View, now: Timestamp, most: usize) -> Result<Vec<Wire<Did, Did>>, StoreError> {
    let index = tx.table(OUTBOX_BY_ATTEMPT)?;
    let outbox = tx.table(OUTBOX)?;
    let mut seen = HashSet::new();
    let mut whom = Vec::new();
    for key in due_keys(&*index, now, most)? {
        let row = outbox.get(&tail(&key))?.ok_or_else(|| dangling(TABLE))?;
        let to = Keys::read(row.value())?.to;
        let is_legacy = is_legacy(row.value());
        if seen.insert((to, is_legacy)) {
            whom.push(if is_legacy { Wire::Legacy(to) } else { Wire::Native(to) });
        }
    }
    Ok(whom)
}

/// Returns when the next attempt is due, if anything is to be delivered.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn next_due(tx: &impl View) -> Result<Option<Timestamp>, StoreError> {
    let first = tx.table(OUTBOX_BY_ATTEMPT)?.first()?.map(|(key, _)| head(key.value()));
    Ok(first.map(|millis| Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))))
}

/// Returns what expired or was refused for good or withdrawn, on either wire, in the order of the message ids, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn dead(tx: &impl View, limit: usize) -> Result<Vec<AnyMessage>, StoreError> {
    let index = tx.table(OUTBOX_DEAD)?;
    rows_of(tx, index.iter()?.take(limit).map(|entry| Ok(*entry?.0.value())))
}

/// The rows of the native messages whose ids lie between two, both included, over or not, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn range(tx: &impl View, first: &MessageId, last: &MessageId, limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
    let outbox = tx.table(OUTBOX)?;
    let rows = between(&*outbox, (first.to_bytes(), last.to_bytes()))?.map(|entry| read(entry?.1.value()));
    rows.filter_map(|row| row.map(Wire::native).transpose()).take(limit).collect()
}

/// The rows of the messages made last on either wire, the last one first, over or not, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn latest(tx: &impl View, limit: usize) -> Result<Vec<AnyMessage>, StoreError> {
    tx.table(OUTBOX)?.iter()?.rev().take(limit).map(|entry| read(entry?.1.value())).collect()
}

/// Returns how many messages are still to be delivered, on either wire.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn count_waiting(tx: &impl View) -> Result<u64, StoreError> {
    Ok(tx.table(OUTBOX_BY_RECIPIENT)?.len()?)
}

/// Returns how many messages [`dead`] would give.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn count_dead(tx: &impl View) -> Result<u64, StoreError> {
    Ok(tx.table(OUTBOX_DEAD)?.len()?)
}

/// Every native row there is, over or not, in the order of the message ids. It grows with all that was ever sent.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn all(tx: &impl View) -> Result<Vec<OutboxRow>, StoreError> {
    let outbox = tx.table(OUTBOX)?;
    let rows = outbox.iter()?.map(|entry| read(entry?.1.value()));
    rows.filter_map(|row| row.map(Wire::native).transpose()).collect()
}

fn rows_of(
    tx: &impl View,
    ids: impl Iterator<Item = Result<[u8; 16], StoreError>>,
) -> Result<Vec<AnyMessage>, StoreError> {
    let outbox = tx.table(OUTBOX)?;
    ids.map(|id| read(outbox.get(&id?)?.ok_or_else(|| dangling(TABLE))?.value())).collect()
}

/// The native rows among these, at most `limit`.
fn native_of(
    tx: &impl View,
    ids: impl Iterator<Item = Result<[u8; 16], StoreError>>,
    limit: usize,
) -> Result<Vec<OutboxRow>, StoreError> {
    let outbox = tx.table(OUTBOX)?;
    let rows = ids.map(|id| read(outbox.get(&id?)?.ok_or_else(|| dangling(TABLE))?.value()));
    rows.filter_map(|row| row.map(Wire::native).transpose()).take(limit).collect()
}

fn read(bytes: &[u8]) -> Result<AnyMessage, StoreError> {
    decode_keyed_wire::<KEYS, _, _>(TABLE, bytes)
}
