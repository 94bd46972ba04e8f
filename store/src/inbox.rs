//! The inbox: what waits for the owner.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::id::{ConversationId, ItemId, MessageId};
use ai2ai_protocol::name::Intent;
use ai2ai_protocol::time::Timestamp;
use redb::{ReadableTable as _, ReadableTableMetadata as _};
use serde::{Deserialize, Serialize};

use crate::limits::ERASED_AT_ONCE;
use crate::row::{dangling, decode, encode};
use crate::tables::{
    INBOX, INBOX_BY_CONTACT, INBOX_BY_CONVERSATION, INBOX_BY_END, Part as _, all_of, between, due, move_key, pair, tail,
};
use crate::transaction::{StoreError, View, Write};

/// Kind of an item: the owner's decision that it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// The decision whether a stranger becomes a contact.
    ContactRequest,
    /// The decision what to answer to something that came in.
    Incoming,
    /// The decision whether something that the agent drafted is sent.
    Draft,
    /// The decision whether the agent's key, whose delegation ends soon, is renewed.
    Renewal,
}

/// Stored form of a kind: a renewal as a draft that is one. A program that knows no renewals so shows a draft that it can only
/// reject, and reads everything else that waits.
#[derive(Serialize, Deserialize)]
struct KeptKind {
    kind: ItemKind,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    renews: bool,
}

mod kept_kind {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::{ItemKind, KeptKind};

    pub(super) fn serialize<S: Serializer>(kind: &ItemKind, serializer: S) -> Result<S::Ok, S::Error> {
        let renews = *kind == ItemKind::Renewal;
        KeptKind { kind: if renews { ItemKind::Draft } else { *kind }, renews }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ItemKind, D::Error> {
        let kept = KeptKind::deserialize(deserializer)?;
        Ok(if kept.renews { ItemKind::Renewal } else { kept.kind })
    }
}

/// One item that waits for the owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRow {
    /// Its name, by which the owner decides on it.
    pub id: ItemId,
    /// With whom it has to do.
    pub with: Did,
    /// In which conversation, if in one.
    pub conversation: Option<ConversationId>,
    /// The decision that is asked for.
    #[serde(flatten, with = "kept_kind")]
    pub kind: ItemKind,
    /// The intent, if that is known.
    pub intent: Option<Intent>,
    /// The message that is to be answered.
    pub message: Option<MessageId>,
    /// The draft that would be sent.
    pub draft: Option<Object>,
    /// It in a line, for a list.
    pub summary: String,
    /// The digest of what is shown; a decision has to name it.
    pub digest: Digest,
    /// Since when it waits.
    pub made_at: Timestamp,
    /// Until when it can be decided.
    pub expires_at: Timestamp,
}

/// The item of this name.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn get(tx: &impl View, id: &ItemId) -> Result<Option<ItemRow>, StoreError> {
    let inbox = tx.table(INBOX)?;
    inbox.get(&id.bytes())?.map(|bytes| decode("inbox", bytes.value())).transpose()
}

/// Keeps an item, in place of what it was before.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn put(tx: &Write, row: &ItemRow) -> Result<(), StoreError> {
    let mut inbox = tx.table_mut(INBOX)?;
    let before = inbox.insert(&row.id.bytes(), encode(row).as_slice())?;
    let before = before.map(|bytes| decode("inbox", bytes.value())).transpose()?;
    move_keys(tx, before.as_ref(), Some(row))
}

/// Takes an item away, and gives it.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn remove(tx: &Write, id: &ItemId) -> Result<Option<ItemRow>, StoreError> {
    let mut inbox = tx.table_mut(INBOX)?;
    let Some(row) = inbox.remove(&id.bytes())? else { return Ok(None) };
    let row: ItemRow = decode("inbox", row.value())?;
    move_keys(tx, Some(&row), None)?;
    Ok(Some(row))
}

/// Puts an item where it belongs in the indexes.
fn move_keys(tx: &Write, old: Option<&ItemRow>, new: Option<&ItemRow>) -> Result<(), StoreError> {
    fn contact(row: &ItemRow) -> [u8; 48] {
        pair(&row.with, &row.id)
    }
    fn end(row: &ItemRow) -> [u8; 24] {
        pair(&row.expires_at, &row.id)
    }
    fn conversation(row: &ItemRow) -> Option<[u8; 32]> {
        row.conversation.map(|conversation| pair(&conversation, &row.id))
    }
    move_key(&mut *tx.table_mut(INBOX_BY_CONTACT)?, old.map(contact), new.map(contact))?;
    move_key(&mut *tx.table_mut(INBOX_BY_END)?, old.map(end), new.map(end))?;
    move_key(&mut *tx.table_mut(INBOX_BY_CONVERSATION)?, old.and_then(conversation), new.and_then(conversation))
}

/// All items, in the order of their ids: the one made first is first.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn all(tx: &impl View) -> Result<Vec<ItemRow>, StoreError> {
    let inbox = tx.table(INBOX)?;
    inbox.iter()?.map(|entry| decode("inbox", entry?.1.value())).collect()
}

/// The first items, in the order of their ids, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn first(tx: &impl View, limit: usize) -> Result<Vec<ItemRow>, StoreError> {
    let inbox = tx.table(INBOX)?;
    inbox.iter()?.take(limit).map(|entry| decode("inbox", entry?.1.value())).collect()
}

/// The items whose ids lie between two, both included, at most `limit`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn range(tx: &impl View, first: &ItemId, last: &ItemId, limit: usize) -> Result<Vec<ItemRow>, StoreError> {
    let inbox = tx.table(INBOX)?;
    let rows = between(&*inbox, (first.to_bytes(), last.to_bytes()))?.take(limit);
    rows.map(|entry| decode("inbox", entry?.1.value())).collect()
}

/// The items that can no longer be decided at `now`, at most [`ERASED_AT_ONCE`].
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn expired(tx: &impl View, now: Timestamp) -> Result<Vec<ItemRow>, StoreError> {
    let keys = due(&*tx.table(INBOX_BY_END)?, now, ERASED_AT_ONCE)?;
    let inbox = tx.table(INBOX)?;
    let row_of = |key: [u8; 24]| {
        let bytes = inbox.get(&tail::<16>(&key))?.ok_or_else(|| dangling("inbox"))?;
        decode("inbox", bytes.value())
    };
    keys.into_iter().map(row_of).collect()
}

/// Returns how many items wait.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn count(tx: &impl View) -> Result<u64, StoreError> {
    Ok(tx.table(INBOX)?.len()?)
}

/// The item that waits in this conversation; the one made last, if there are several.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn of_conversation(tx: &impl View, conversation: &ConversationId) -> Result<Option<ItemRow>, StoreError> {
    let index = tx.table(INBOX_BY_CONVERSATION)?;
    let last = between(&*index, all_of(conversation))?.next_back().transpose()?;
    let id = last.map(|(key, _)| ItemId::from_bytes(tail(key.value())));
    id.map(|id| get(tx, &id)?.ok_or_else(|| dangling("inbox"))).transpose()
}

/// Returns how many items have to do with this identity, counted up to `most`.
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

/// The items that have to do with this identity, in the order of their ids.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn of_contact(tx: &impl View, with: &Did) -> Result<Vec<ItemRow>, StoreError> {
    let (inbox, index) = (tx.table(INBOX)?, tx.table(INBOX_BY_CONTACT)?);
    let rows = between(&*index, all_of(with))?.map(|entry| {
        let bytes = inbox.get(&tail::<16>(entry?.0.value()))?.ok_or_else(|| dangling("inbox"))?;
        decode("inbox", bytes.value())
    });
    rows.collect()
}

/// Makes the index by end, which schema 1 did not have.
pub(crate) fn index_by_end(tx: &Write) -> Result<(), StoreError> {
    let mut index = tx.table_mut(INBOX_BY_END)?;
    for row in all(tx)? {
        index.insert(&pair(&row.expires_at, &row.id), ())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn row(kind: ItemKind) -> ItemRow {
        let made_at = Timestamp::from_millis(1_770_000_000_000);
        let at = made_at + std::time::Duration::from_secs(60);
        ItemRow {
            id: ItemId::new(at, [7; 10]),
            with: ai2ai_protocol::key::OwnerKey::from_seed(&[7; 32]).did(),
            conversation: None,
            kind,
            intent: None,
            message: None,
            draft: None,
            summary: "a line".to_owned(),
            digest: Digest::of(b"shown"),
            made_at,
            expires_at: at,
        }
    }

    #[test]
    fn a_renewal_is_kept_so_that_an_older_program_reads_a_draft() {
        for kind in [ItemKind::ContactRequest, ItemKind::Incoming, ItemKind::Draft] {
            let kept: Value = serde_json::to_value(row(kind)).expect("JSON");
            assert_eq!((&kept["kind"], kept.get("renews")), (&json!(kind), None), "as it always was kept");
            assert_eq!(serde_json::from_value::<ItemRow>(kept).expect("a row"), row(kind));
        }
        let kept: Value = serde_json::to_value(row(ItemKind::Renewal)).expect("JSON");
        assert_eq!((&kept["kind"], &kept["renews"]), (&json!("draft"), &json!(true)));
        assert_eq!(serde_json::from_value::<ItemRow>(kept).expect("a row").kind, ItemKind::Renewal);
    }
}
