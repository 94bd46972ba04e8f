//! Keys with a fixed number of bytes, and the ranges that they make.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::id::{ConversationId, ItemId, MandateId, MessageId};
use ai2ai_protocol::seal::PrekeyId;
use ai2ai_protocol::time::Timestamp;
use redb::{Range, ReadableTable, Table, Value};

use crate::error::StoreError;

/// A value with a fixed number of bytes in a key.
pub(crate) trait Part {
    /// Those bytes.
    type Bytes: AsRef<[u8]>;
    /// Gives them.
    fn bytes(&self) -> Self::Bytes;
}

macro_rules! part {
    ($($type:ty, $width:literal, $part:ident => $bytes:expr;)+) => {
        $(impl Part for $type {
            type Bytes = [u8; $width];

            fn bytes(&self) -> [u8; $width] {
                let $part = self;
                $bytes
            }
        })+
    };
}

part! {
    Did, 32, did => did.to_bytes();
    MessageId, 16, id => id.to_bytes();
    ConversationId, 16, id => id.to_bytes();
    ItemId, 16, id => id.to_bytes();
    MandateId, 16, id => id.to_bytes();
    PrekeyId, 16, id => id.to_bytes();
    Digest, 32, digest => digest.to_bytes();
    Timestamp, 8, moment => number(*moment).to_be_bytes();
    u64, 8, number => number.to_be_bytes();
}

/// A moment as a number: its milliseconds since 1970.
pub(crate) fn number(moment: Timestamp) -> u64 {
    u64::try_from(moment.as_millis()).unwrap_or(0)
}

/// The key that is `first` and then `second`.
pub(crate) fn pair<const N: usize>(first: &impl Part, second: &impl Part) -> [u8; N] {
    let mut key = [0; N];
    let first = first.bytes();
    let second = second.bytes();
    let (head, tail) = key.split_at_mut(first.as_ref().len());
    head.copy_from_slice(first.as_ref());
    tail.copy_from_slice(second.as_ref());
    key
}

/// The key that is `first`, `second` and then `third`.
pub(crate) fn triple<const N: usize>(first: &impl Part, second: &impl Part, third: &impl Part) -> [u8; N] {
    let mut key = [0; N];
    let mut rest = &mut key[..];
    for part in [first.bytes().as_ref(), second.bytes().as_ref(), third.bytes().as_ref()] {
        let (head, tail) = rest.split_at_mut(part.len());
        head.copy_from_slice(part);
        rest = tail;
    }
    key
}

/// The lowest and the highest key that begin with `first`.
pub(crate) fn all_of<const N: usize>(first: &impl Part) -> ([u8; N], [u8; N]) {
    let first = first.bytes();
    let mut low = [0; N];
    let mut high = [u8::MAX; N];
    low[..first.as_ref().len()].copy_from_slice(first.as_ref());
    high[..first.as_ref().len()].copy_from_slice(first.as_ref());
    (low, high)
}

/// Puts a row from one place in an index to another: out of it, without a `new` one.
pub(crate) fn move_key<const N: usize>(
    index: &mut Table<&'static [u8; N], ()>,
    old: Option<[u8; N]>,
    new: Option<[u8; N]>,
) -> Result<(), StoreError> {
    if old == new {
        return Ok(());
    }
    if let Some(old) = old {
        index.remove(&old)?;
    }
    if let Some(new) = new {
        index.insert(&new, ())?;
    }
    Ok(())
}

/// The last `M` bytes of a key.
pub(crate) fn tail<const M: usize>(key: &[u8]) -> [u8; M] {
    *key.last_chunk().expect("keys have fixed widths, and a part is shorter than its key")
}

/// The entries whose keys lie between two keys, or are one of them.
pub(crate) fn between<'t, const N: usize, V: Value + 'static>(
    table: &'t impl ReadableTable<&'static [u8; N], V>,
    (low, high): ([u8; N], [u8; N]),
) -> Result<Range<'t, &'static [u8; N], V>, StoreError> {
    Ok(table.range::<&[u8; N]>(&low..=&high)?)
}

/// The first `limit` keys of an index by time whose time is `now` or before, earliest first.
pub(crate) fn due<const N: usize>(
    index: &impl ReadableTable<&'static [u8; N], ()>,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<[u8; N]>, StoreError> {
    let (_, last) = all_of(&now);
    index.range::<&[u8; N]>(..=&last)?.take(limit).map(|key| Ok(*key?.0.value())).collect()
}
