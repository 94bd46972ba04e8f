//! The secrets that open what was sealed to this node.
//!
//! An erased secret is in no table any more; its bytes stay in a free page of the file until redb uses that again, or
//! the file is packed.

use std::fmt;

use ai2ai_protocol::seal::PrekeyId;
use ai2ai_protocol::time::Timestamp;
use redb::ReadableTable as _;
use zeroize::Zeroizing;

use crate::error::StoreError;
use crate::limits::ERASED_AT_ONCE;
use crate::rows::dangling;
use crate::tables::{PREKEYS, PREKEYS_BY_END, Part as _, due, pair, tail};
use crate::transaction::{View, Write};

/// The version of a prekey's form: that byte, `not_after`, `erase_at`, secret. No JSON, so that no copy of the secret
/// is left where it was written.
const FORM: u8 = 1;
const FORM_BYTES: usize = 1 + 8 + 8 + 32;

/// A prekey of this node. Its secret is erased from memory when dropped, and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PrekeyRow {
    /// The secret.
    pub secret: Zeroizing<[u8; 32]>,
    /// Its name.
    pub id: PrekeyId,
    /// Until when it is offered.
    pub not_after: Timestamp,
    /// From when on nothing that was sealed to it can be valid.
    pub erase_at: Timestamp,
}

impl fmt::Debug for PrekeyRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, not_after, erase_at, .. } = self;
        write!(f, "PrekeyRow({id}, secret, offered until {not_after}, kept until {erase_at})")
    }
}

/// Keeps a prekey.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn put(tx: &Write, row: &PrekeyRow) -> Result<(), StoreError> {
    let mut prekeys = tx.table_mut(PREKEYS)?;
    let mut ends = tx.table_mut(PREKEYS_BY_END)?;
    if let Some(before) = prekeys.insert(&row.id.bytes(), write(row).as_slice())? {
        ends.remove(&pair(&read(row.id, before.value())?.erase_at, &row.id))?;
    }
    ends.insert(&pair(&row.erase_at, &row.id), ())?;
    Ok(())
}

/// The prekey of this name, if it is kept still.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn get(tx: &impl View, id: &PrekeyId) -> Result<Option<PrekeyRow>, StoreError> {
    let prekeys = tx.table(PREKEYS)?;
    prekeys.get(&id.bytes())?.map(|bytes| read(*id, bytes.value())).transpose()
}

/// The prekey that is kept longest: the one to offer, if its `not_after` is still to come.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn newest(tx: &impl View) -> Result<Option<PrekeyRow>, StoreError> {
    let newest = tx.table(PREKEYS_BY_END)?.last()?.map(|(key, _)| PrekeyId::from_bytes(tail(key.value())));
    newest.map(|id| get(tx, &id)?.ok_or_else(|| dangling("prekeys"))).transpose()
}

/// Every prekey that is kept still, the one that is kept longest last.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn all(tx: &impl View) -> Result<Vec<PrekeyRow>, StoreError> {
    let ends = tx.table(PREKEYS_BY_END)?;
    let ids = ends.iter()?.map(|key| Ok(PrekeyId::from_bytes(tail(key?.0.value()))));
    let ids = ids.collect::<Result<Vec<PrekeyId>, StoreError>>()?;
    ids.iter().map(|id| get(tx, id)?.ok_or_else(|| dangling("prekeys"))).collect()
}

/// Erases the prekeys that are kept until `now` or before, at most [`ERASED_AT_ONCE`]; how many there were.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn erase_due(tx: &Write, now: Timestamp) -> Result<usize, StoreError> {
    let mut prekeys = tx.table_mut(PREKEYS)?;
    let mut ends = tx.table_mut(PREKEYS_BY_END)?;
    let due = due(&*ends, now, ERASED_AT_ONCE)?;
    for key in &due {
        ends.remove(key)?;
        prekeys.remove(&tail::<16>(key))?;
    }
    Ok(due.len())
}

fn write(row: &PrekeyRow) -> Zeroizing<[u8; FORM_BYTES]> {
    let mut bytes = Zeroizing::new([FORM; FORM_BYTES]);
    bytes[1..9].copy_from_slice(&row.not_after.bytes());
    bytes[9..17].copy_from_slice(&row.erase_at.bytes());
    bytes[17..].copy_from_slice(row.secret.as_slice());
    bytes
}

fn read(id: PrekeyId, bytes: &[u8]) -> Result<PrekeyRow, StoreError> {
    let damaged = || StoreError::Damaged { what: "a row of prekeys does not read".to_owned() };
    let bytes: &[u8; FORM_BYTES] = bytes.try_into().map_err(|_| damaged())?;
    if bytes[0] != FORM {
        return Err(damaged());
    }
    let mut secret = Zeroizing::new([0; 32]);
    secret.copy_from_slice(&bytes[17..]);
    Ok(PrekeyRow { secret, id, not_after: moment(&bytes[1..9]), erase_at: moment(&bytes[9..17]) })
}

fn moment(bytes: &[u8]) -> Timestamp {
    Timestamp::from_millis(i64::from_be_bytes(tail(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> PrekeyRow {
        PrekeyRow {
            secret: Zeroizing::new([7; 32]),
            id: PrekeyId::from_bytes([1; 16]),
            not_after: Timestamp::from_millis(1_000),
            erase_at: Timestamp::from_millis(2_000),
        }
    }

    #[test]
    fn a_prekey_reads_as_it_was_written_and_other_bytes_do_not_read() {
        let bytes = write(&row());
        assert_eq!(read(row().id, &*bytes).expect("readable"), row());
        let mut newer = bytes.clone();
        newer[0] = 2;
        for bad in [&b""[..], &bytes[..48], &newer[..]] {
            read(row().id, bad).expect_err("no prekey");
        }
    }

    #[test]
    fn the_secret_is_not_printed() {
        let printed = format!("{:?}", row());
        assert!(printed.contains("secret") && !printed.contains("7, 7"), "{printed}");
    }
}
