//! The inbox: what waits for the owner, native and of agents of the protocol's original.

mod keys;
mod rows;

use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::{ConversationId, ItemId};
use ai2ai_protocol::time::Timestamp;
use redb::{ReadableTable as _, ReadableTableMetadata as _};

use self::keys::ItemKeys;
pub use self::rows::{AnyItem, ItemKind, ItemRow, LegacyItemRow};
use crate::error::StoreError;
use crate::limits::ERASED_AT_ONCE;
use crate::rows::wire::Wire;
use crate::rows::{dangling, decode_legacy, decode_wire, encode, encode_legacy};
use crate::tables::{
    INBOX, INBOX_BY_CONTACT, INBOX_BY_CONVERSATION, INBOX_BY_END, LEGACY_INBOX, Part as _, all_of, between, due, pair,
    tail,
};
use crate::transaction::{View, Write};

const TABLE: &str = "inbox";

/// The item of this name, on whichever wire.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn find(tx: &impl View, id: &ItemId) -> Result<Option<AnyItem>, StoreError> {
    tx.table(INBOX)?.get(&id.bytes())?.map(|bytes| decode_wire(TABLE, bytes.value())).transpose()
}

/// The native item of this name.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn get(tx: &impl View, id: &ItemId) -> Result<Option<ItemRow>, StoreError> {
    Ok(find(tx, id)?.and_then(Wire::native))
}

/// Keeps a native item, in place of what it was before.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn put(tx: &Write, row: &ItemRow) -> Result<(), StoreError> {
    insert(tx, &encode(row), &ItemKeys::of(&row.id, Some(&row.with), row.conversation.as_ref(), row.expires_at, false))
}

/// Keeps an item of the original, in place of what it was before.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn put_legacy(tx: &Write, row: &LegacyItemRow) -> Result<(), StoreError> {
    let keys = ItemKeys::of(&row.id, row.with.as_ref(), row.talk.as_ref(), row.expires_at, true);
    insert(tx, &encode_legacy(row), &keys)
}

fn insert(tx: &Write, bytes: &[u8], keys: &ItemKeys) -> Result<(), StoreError> {
    let mut inbox = tx.table_mut(INBOX)?;
    let before = inbox.insert(&keys.id, bytes)?;
    let before: Option<AnyItem> = before.map(|bytes| decode_wire(TABLE, bytes.value())).transpose()?;
    ItemKeys::move_to(tx, before.as_ref().map(ItemKeys::of_item).as_ref(), Some(keys))
}

/// Takes an item away, on whichever wire, and gives it.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn remove(tx: &Write, id: &ItemId) -> Result<Option<AnyItem>, StoreError> {
    let mut inbox = tx.table_mut(INBOX)?;
    let Some(row) = inbox.remove(&id.bytes())? else { return Ok(None) };
    let row: AnyItem = decode_wire(TABLE, row.value())?;
    ItemKeys::move_to(tx, Some(&ItemKeys::of_item(&row)), None)?;
    Ok(Some(row))
}

/// All items on either wire, in the order of their ids: the one made first is first.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn all(tx: &impl View) -> Result<Vec<AnyItem>, StoreError> {
    first(tx, usize::MAX)
}

/// The first items on either wire, in the order of their ids, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn first(tx: &impl View, limit: usize) -> Result<Vec<AnyItem>, StoreError> {
    let inbox = tx.table(INBOX)?;
    inbox.iter()?.take(limit).map(|entry| decode_wire(TABLE, entry?.1.value())).collect()
}

/// The items on either wire whose ids lie between two, both included, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn range(tx: &impl View, first: &ItemId, last: &ItemId, limit: usize) -> Result<Vec<AnyItem>, StoreError> {
    let inbox = tx.table(INBOX)?;
    let rows = between(&*inbox, (first.to_bytes(), last.to_bytes()))?.take(limit);
    rows.map(|entry| decode_wire(TABLE, entry?.1.value())).collect()
}

/// The items on either wire that can no longer be decided at `now`, at most [`ERASED_AT_ONCE`].
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn expired(tx: &impl View, now: Timestamp) -> Result<Vec<AnyItem>, StoreError> {
    let keys = due(&*tx.table(INBOX_BY_END)?, now, ERASED_AT_ONCE)?;
    items_of(tx, keys.iter().map(|key| Ok(tail(key))))
}

/// All items of the original, in the order of their ids.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn all_legacy(tx: &impl View) -> Result<Vec<LegacyItemRow>, StoreError> {
    let inbox = tx.table(INBOX)?;
    let index = tx.table(LEGACY_INBOX)?;
    let rows = index.iter()?.map(|entry| {
        let bytes = inbox.get(entry?.0.value())?.ok_or_else(|| dangling(TABLE))?;
        decode_legacy(TABLE, bytes.value())
    });
    rows.collect()
}

/// Returns how many native items wait.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn count(tx: &impl View) -> Result<u64, StoreError> {
    Ok(tx.table(INBOX)?.len()?.saturating_sub(count_legacy(tx)?))
}

/// Returns how many items of the original wait.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn count_legacy(tx: &impl View) -> Result<u64, StoreError> {
    Ok(tx.table(LEGACY_INBOX)?.len()?)
}

/// The native item that waits in this conversation; the one made last, if there are several. An item of the original whose talk
/// has this id is none: whoever writes natively chooses the id of a conversation.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn of_conversation(tx: &impl View, conversation: &ConversationId) -> Result<Option<ItemRow>, StoreError> {
    last_in(tx, conversation, Wire::native)
}

/// The item of the original that waits in this talk; the one made last, if there are several.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn of_talk(tx: &impl View, talk: &ConversationId) -> Result<Option<LegacyItemRow>, StoreError> {
    last_in(tx, talk, Wire::legacy)
}

fn last_in<R>(tx: &impl View, id: &ConversationId, of: impl Fn(AnyItem) -> Option<R>) -> Result<Option<R>, StoreError> {
    let inbox = tx.table(INBOX)?;
    let index = tx.table(INBOX_BY_CONVERSATION)?;
    for entry in between(&*index, all_of(id))?.rev() {
        let bytes = inbox.get(&tail::<16>(entry?.0.value()))?.ok_or_else(|| dangling(TABLE))?;
        if let Some(row) = of(decode_wire(TABLE, bytes.value())?) {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// Returns how many items on either wire have to do with this identity, counted up to `most`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn count_of_contact(tx: &impl View, with: &Did, most: usize) -> Result<usize, StoreError> {
    let index = tx.table(INBOX_BY_CONTACT)?;
    between(&*index, all_of(with))?
        .take(most)
        .try_fold(0, |count, row| row.map(|_| count + 1))
        .map_err(StoreError::from)
}

/// The native items that have to do with this identity, in the order of their ids.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn of_contact(tx: &impl View, with: &Did) -> Result<Vec<ItemRow>, StoreError> {
    Ok(all_of_contact(tx, with)?.into_iter().filter_map(Wire::native).collect())
}

/// The items on either wire that have to do with this identity, in the order of their ids.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn all_of_contact(tx: &impl View, with: &Did) -> Result<Vec<AnyItem>, StoreError> {
    let index = tx.table(INBOX_BY_CONTACT)?;
    items_of(tx, between(&*index, all_of(with))?.map(|entry| Ok(tail(entry?.0.value()))))
}

fn items_of(
    tx: &impl View,
    ids: impl Iterator<Item = Result<[u8; 16], StoreError>>,
) -> Result<Vec<AnyItem>, StoreError> {
    let inbox = tx.table(INBOX)?;
    let rows = ids.map(|id| decode_wire(TABLE, inbox.get(&id?)?.ok_or_else(|| dangling(TABLE))?.value()));
    rows.collect()
}

/// Makes the index by end, which schema 1 did not have.
pub(crate) fn index_by_end(tx: &Write) -> Result<(), StoreError> {
    let mut index = tx.table_mut(INBOX_BY_END)?;
    for row in all(tx)? {
        index.insert(&pair(&row.expires_at(), &row.id()), ())?;
    }
    Ok(())
}
