//! Index keys of a row of the outbox.

use ai2ai_protocol::delivery::{Delivery, State};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::MessageId;
use redb::ReadableTable as _;

use super::TABLE;
use crate::error::StoreError;
use crate::rows::keys_of;
use crate::tables::{
    OUTBOX, OUTBOX_BY_ATTEMPT, OUTBOX_BY_RECIPIENT, OUTBOX_DEAD, Part as _, all_of, between, number, pair, tail, triple,
};
use crate::transaction::Write;

/// Bytes before the JSON of a row: see [`Keys`].
pub(super) const KEYS: usize = 48;

/// Index keys of a row, as they stand before its JSON.
#[derive(PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) to: Did,
    /// Its place in the order of its recipient.
    order: u64,
    /// The time at which it is tried next; [`OVER`] when never.
    next: u64,
}

/// After every time that can be written.
const OVER: u64 = u64::MAX;

impl Keys {
    fn of(tx: &Write, to: &Did, delivery: &Delivery, before: Option<&Self>) -> Result<Self, StoreError> {
        let order = match before {
            Some(before) if before.next != OVER && before.to == *to => before.order,
            _ => Self::last_order(tx, to)?.saturating_add(1),
        };
        Ok(Self { to: *to, order, next: delivery.next_attempt_at().map_or(OVER, number) })
    }

    fn last_order(tx: &Write, to: &Did) -> Result<u64, StoreError> {
        let index = tx.table_mut(OUTBOX_BY_RECIPIENT)?;
        let last = between(&*index, all_of(to))?.next_back().transpose()?;
        Ok(last.map_or(0, |(key, _)| u64::from_be_bytes(tail(key.value()))))
    }

    fn bytes(&self) -> [u8; KEYS] {
        triple(&self.to, &self.order, &self.next)
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        let bytes: [u8; KEYS] = keys_of(TABLE, bytes)?;
        let (to, numbers) = bytes.split_first_chunk().expect("an identity has 32 of the 48 bytes");
        Ok(Self { to: Did::from_bytes(*to), order: head(numbers), next: u64::from_be_bytes(tail(numbers)) })
    }

    /// Puts a row into the indexes that its state belongs to.
    fn enter(&self, tx: &Write, id: &MessageId, state: State) -> Result<(), StoreError> {
        if self.next != OVER {
            tx.table_mut(OUTBOX_BY_RECIPIENT)?.insert(&pair(&self.to, &self.order), &id.bytes())?;
            tx.table_mut(OUTBOX_BY_ATTEMPT)?.insert(&pair(&self.next, id), ())?;
        } else if matches!(state, State::Expired | State::Dead) {
            tx.table_mut(OUTBOX_DEAD)?.insert(&id.bytes(), ())?;
        }
        Ok(())
    }

    /// Takes a row out of every index.
    pub(super) fn leave(&self, tx: &Write, id: &MessageId) -> Result<(), StoreError> {
        if self.next == OVER {
            tx.table_mut(OUTBOX_DEAD)?.remove(&id.bytes())?;
        } else {
            tx.table_mut(OUTBOX_BY_RECIPIENT)?.remove(&pair(&self.to, &self.order))?;
            tx.table_mut(OUTBOX_BY_ATTEMPT)?.remove(&pair(&self.next, id))?;
        }
        Ok(())
    }
}

/// Keeps what `encode` makes of its keys as the row of this message, and puts it into the indexes that it belongs to.
pub(super) fn insert(
    tx: &Write,
    id: &MessageId,
    to: &Did,
    delivery: &Delivery,
    encode: impl FnOnce(&[u8; KEYS]) -> Vec<u8>,
) -> Result<(), StoreError> {
    let mut outbox = tx.table_mut(OUTBOX)?;
    let before = outbox.get(&id.bytes())?.map(|bytes| Keys::read(bytes.value())).transpose()?;
    let keys = Keys::of(tx, to, delivery, before.as_ref())?;
    outbox.insert(&id.bytes(), encode(&keys.bytes()).as_slice())?;
    let moved = before.as_ref().is_none_or(|before| *before != keys || keys.next == OVER);
    if let Some(before) = before.filter(|_| moved) {
        before.leave(tx, id)?;
    }
    if moved { keys.enter(tx, id, delivery.state()) } else { Ok(()) }
}

/// The number that a key begins with.
pub(super) fn head(key: &[u8]) -> u64 {
    u64::from_be_bytes(*key.first_chunk().expect("keys with a number have at least its 8 bytes"))
}
