//! Index keys of an item.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::{ConversationId, ItemId};
use ai2ai_protocol::time::Timestamp;

use super::AnyItem;
use crate::error::StoreError;
use crate::rows::wire::Wire;
use crate::tables::{INBOX_BY_CONTACT, INBOX_BY_CONVERSATION, INBOX_BY_END, LEGACY_INBOX, Part as _, move_key, pair};
use crate::transaction::Write;

/// Index keys of an item, as they stand in the indexes that it belongs to.
pub(super) struct ItemKeys {
    pub(super) id: [u8; 16],
    contact: Option<[u8; 48]>,
    conversation: Option<[u8; 32]>,
    end: [u8; 24],
    legacy: Option<[u8; 16]>,
}

impl ItemKeys {
    pub(super) fn of(
        id: &ItemId,
        with: Option<&Did>,
        conversation: Option<&ConversationId>,
        expires_at: Timestamp,
        is_legacy: bool,
    ) -> Self {
        Self {
            id: id.bytes(),
            contact: with.map(|with| pair(with, id)),
            conversation: conversation.map(|conversation| pair(conversation, id)),
            end: pair(&expires_at, id),
            legacy: is_legacy.then(|| id.bytes()),
        }
    }

    pub(super) fn of_item(item: &AnyItem) -> Self {
        let with = item.with();
        let conversation = item.conversation();
        let is_legacy = matches!(item, Wire::Legacy(_));
        Self::of(&item.id(), with.as_ref(), conversation.as_ref(), item.expires_at(), is_legacy)
    }

    /// Puts an item where it belongs in the indexes.
    pub(super) fn move_to(tx: &Write, old: Option<&Self>, new: Option<&Self>) -> Result<(), StoreError> {
        let contact = |keys: &Self| keys.contact;
        let conversation = |keys: &Self| keys.conversation;
        let legacy = |keys: &Self| keys.legacy;
        move_key(&mut *tx.table_mut(INBOX_BY_CONTACT)?, old.and_then(contact), new.and_then(contact))?;
        move_key(&mut *tx.table_mut(INBOX_BY_END)?, old.map(|keys| keys.end), new.map(|keys| keys.end))?;
        move_key(&mut *tx.table_mut(LEGACY_INBOX)?, old.and_then(legacy), new.and_then(legacy))?;
        move_key(&mut *tx.table_mut(INBOX_BY_CONVERSATION)?, old.and_then(conversation), new.and_then(conversation))
    }
}
