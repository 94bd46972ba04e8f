//! A volunteer's mailbox: who has a place in it, and the sealed envelopes that wait there.
//!
//! Nothing here says whom an envelope is from, or which peer brought it.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::mailbox::{HeldMail, Place};
use ai2ai_protocol::time::Timestamp;
use redb::ReadableTable as _;
use redb::ReadableTableMetadata as _;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::kv;
use crate::limits::ERASED_AT_ONCE;
use crate::rows::{DocumentRow, dangling, decode, decode_carrier, encode, encode_carrier};
use crate::tables::{
    MAIL, MAIL_BY_DIGEST, MAIL_BY_END, PLACES, PLACES_BY_END, all_of, between, due, pair, tail, triple,
};
use crate::transaction::{View, Write};

/// Under which name the sum of all that waits is kept.
const IN_ALL: &str = "mailbox";

/// A place, and how much waits in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceRow {
    /// Owner of the place, and its end.
    pub place: Place,
    /// Amount of mail that waits in it.
    pub held: HeldMail,
    /// The last number given out in the order of arrival.
    last: u64,
}

/// One sealed envelope that waits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct MailRow {
    digest: Digest,
    until: Timestamp,
    #[serde(skip)]
    bytes: Vec<u8>,
}

impl DocumentRow for MailRow {
    fn document(&self) -> &[u8] {
        &self.bytes
    }

    fn carrying(self, bytes: Vec<u8>) -> Self {
        Self { bytes, ..self }
    }
}

/// One sealed envelope that waits, as its owner gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its place in the order of arrival, from 1 on.
    pub order: u64,
    /// The sealed envelope as it was deposited.
    pub bytes: Vec<u8>,
}

/// The place of this identity.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn place(tx: &impl View, did: &Did) -> Result<Option<PlaceRow>, StoreError> {
    tx.table(PLACES)?.get(&did.to_bytes())?.map(|bytes| decode("mailbox-places", bytes.value())).transpose()
}

/// Gives this identity a place, or renews it. What waits in it stays.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn claim(tx: &Write, did: &Did, new: &Place) -> Result<PlaceRow, StoreError> {
    let before = place(tx, did)?;
    let mut ends = tx.table_mut(PLACES_BY_END)?;
    if let Some(before) = &before {
        ends.remove(&pair(&before.place.until, did))?;
    }
    ends.insert(&pair(&new.until, did), ())?;
    let (held, last) = before.map_or((HeldMail::default(), 0), |before| (before.held, before.last));
    let row = PlaceRow { place: new.clone(), held, last };
    tx.table_mut(PLACES)?.insert(&did.to_bytes(), encode(&row).as_slice())?;
    Ok(row)
}

/// Returns how many have a place.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn count_places(tx: &impl View) -> Result<u64, StoreError> {
    Ok(tx.table(PLACES)?.len()?)
}

/// Returns how much waits for all of them together.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn held_in_all(tx: &impl View) -> Result<HeldMail, StoreError> {
    let text = kv::get(tx, IN_ALL)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Returns whether this very sealed envelope waits already.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn has(tx: &impl View, did: &Did, digest: &Digest) -> Result<bool, StoreError> {
    Ok(tx.table(MAIL_BY_DIGEST)?.get(&pair(did, digest))?.is_some())
}

/// Keeps a sealed envelope for somebody who has a place, behind all that waits. One that waits already is not kept twice.
/// Whether it is kept: nothing is for somebody without a place.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn keep(tx: &Write, did: &Did, digest: &Digest, bytes: &[u8], until: Timestamp) -> Result<bool, StoreError> {
    let Some(row) = place(tx, did)? else { return Ok(false) };
    if has(tx, did, digest)? {
        return Ok(true);
    }
    let order = row.last.saturating_add(1);
    let mail = MailRow { digest: *digest, until, bytes: bytes.to_vec() };
    let key: [u8; 40] = pair(did, &order);
    tx.table_mut(MAIL)?.insert(&key, encode_carrier(&mail).as_slice())?;
    tx.table_mut(MAIL_BY_DIGEST)?.insert(&pair(did, digest), &key)?;
    tx.table_mut(MAIL_BY_END)?.insert(&triple(&until, did, &order), ())?;
    let size = bytes.len() as u64;
    put_place(tx, did, &PlaceRow { held: row.held.with(size), last: order, ..row })?;
    put_in_all(tx, held_in_all(tx)?.with(size))?;
    Ok(true)
}

/// Returns what waits for this identity after a place in the order of arrival, oldest first, as long as `wanted` takes it; and how many
/// more there are after that.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn waiting(
    tx: &impl View,
    did: &Did,
    after: u64,
    mut wanted: impl FnMut(&Mail) -> bool,
) -> Result<(Vec<Mail>, u64), StoreError> {
    let mail = tx.table(MAIL)?;
    let first = pair(did, &after.saturating_add(1));
    let (_, last) = all_of(did);
    let mut taken = Vec::new();
    let mut more = 0;
    for entry in between(&*mail, (first, last))? {
        let (key, value) = entry?;
        if more > 0 {
            more += 1;
            continue;
        }
        let row: MailRow = decode_carrier("mailbox", value.value())?;
        let one = Mail { order: u64::from_be_bytes(tail(key.value())), bytes: row.bytes };
        if wanted(&one) { taken.push(one) } else { more = 1 }
    }
    Ok((taken, more))
}

/// Lets go of these; how many of them were there.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn remove(tx: &Write, did: &Did, digests: &[Digest]) -> Result<u64, StoreError> {
    let mut removed = 0;
    for digest in digests {
        let key = tx.table_mut(MAIL_BY_DIGEST)?.get(&pair(did, digest))?.map(|key| *key.value());
        if let Some(key) = key {
            take(tx, did, &key)?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Returns whether something, or a place, has ended by `now`.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn has_due(tx: &impl View, now: Timestamp) -> Result<bool, StoreError> {
    let mail = due(&*tx.table(MAIL_BY_END)?, now, 1)?;
    Ok(!mail.is_empty() || !due(&*tx.table(PLACES_BY_END)?, now, 1)?.is_empty())
}

/// Forgets what has ended by `now`, at most [`ERASED_AT_ONCE`] envelopes. A place goes once nothing waits in it.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn erase_due(tx: &Write, now: Timestamp) -> Result<usize, StoreError> {
    let ended = due(&*tx.table_mut(MAIL_BY_END)?, now, ERASED_AT_ONCE)?;
    for key in &ended {
        let key: [u8; 40] = tail(key);
        take(tx, &owner(&key), &key)?;
    }
    let mut erased = ended.len();
    let places = due(&*tx.table_mut(PLACES_BY_END)?, now, ERASED_AT_ONCE)?;
    for key in places {
        let did = Did::from_bytes(tail(&key));
        let of_place = between(&*tx.table_mut(MAIL)?, all_of(&did))?
            .take(ERASED_AT_ONCE.saturating_sub(erased))
            .map(|entry| Ok(*entry?.0.value()))
            .collect::<Result<Vec<[u8; 40]>, StoreError>>()?;
        for key in &of_place {
            take(tx, &did, key)?;
        }
        erased += of_place.len();
        if place(tx, &did)?.is_none_or(|row| row.held.messages == 0) {
            tx.table_mut(PLACES)?.remove(&did.to_bytes())?;
            tx.table_mut(PLACES_BY_END)?.remove(&key)?;
        }
    }
    Ok(erased)
}

/// Takes one envelope out of every table.
fn take(tx: &Write, did: &Did, key: &[u8; 40]) -> Result<(), StoreError> {
    let removed = tx.table_mut(MAIL)?.remove(key)?.map(|bytes| decode_carrier::<MailRow>("mailbox", bytes.value()));
    let row = removed.transpose()?.ok_or_else(|| dangling("mailbox"))?;
    tx.table_mut(MAIL_BY_DIGEST)?.remove(&pair(did, &row.digest))?;
    let order = u64::from_be_bytes(tail(key));
    tx.table_mut(MAIL_BY_END)?.remove(&triple(&row.until, did, &order))?;
    let size = row.bytes.len() as u64;
    if let Some(place) = place(tx, did)? {
        put_place(tx, did, &PlaceRow { held: place.held.without(size), ..place })?;
    }
    put_in_all(tx, held_in_all(tx)?.without(size))
}

fn put_place(tx: &Write, did: &Did, row: &PlaceRow) -> Result<(), StoreError> {
    tx.table_mut(PLACES)?.insert(&did.to_bytes(), encode(row).as_slice())?;
    Ok(())
}

fn put_in_all(tx: &Write, held: HeldMail) -> Result<(), StoreError> {
    kv::put(tx, IN_ALL, &serde_json::to_string(&held).unwrap_or_default())
}

/// Returns whose envelope stands under a key of [`MAIL`].
fn owner(key: &[u8; 40]) -> Did {
    Did::from_bytes(*key.first_chunk().expect("an identity has 32 of the 40 bytes"))
}
