//! The owner's contacts. A contact is a key; the name is the owner's label for it, and no two contacts share one.
//!
//! A contact whose agent speaks the protocol's original is a row of another type: what asks for a [`ContactRow`] never gets one.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::name::{AgentName, HumanName};
use ai2ai_protocol::time::Timestamp;
use ai2ai_protocol::trust::Trust;
use redb::ReadableTable as _;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::rows::wire::Wire;
use crate::rows::{dangling, decode_legacy, decode_wire, encode, encode_legacy};
use crate::tables::{CONTACT_NAMES, CONTACTS, LEGACY_CONTACTS, Part as _};
use crate::transaction::{View, Write};

const TABLE: &str = "contacts";

/// A native contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRow {
    /// Their identity.
    pub did: Did,
    /// The owner's name for them. Names that differ only in capitals are the same.
    pub name: String,
    /// Name that their agent goes by.
    pub agent: AgentName,
    /// Name that they go by.
    pub human: HumanName,
    /// The owner's trust in them.
    pub trust: Trust,
    /// True if the owner wants to hear nothing from them.
    pub blocked: bool,
    /// The way in which they were met, such as `mdns` or `contact request`.
    pub met: String,
    /// Multiaddresses that the owner gave by hand.
    pub addresses: Vec<String>,
    /// The domain by which the owner added them; where they are now is looked up there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Since when they are a contact.
    pub added_at: Timestamp,
    /// The time at which they were last heard from.
    pub last_seen: Option<Timestamp>,
    /// The highest sequence of their owner's delegations that was seen: what is signed under a lower one is refused.
    pub delegation: u64,
    /// By how many seconds their clock was ahead of ours when they last signed something for us at that moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_ahead_s: Option<i64>,
    /// The time at which the owner compared the twelve words with them in person, and they matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared_at: Option<Timestamp>,
}

/// A contact whose agent speaks the protocol's original. They are the key that the owner pinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegacyContactRow {
    /// The pinned Ed25519 key.
    pub did: Did,
    /// The owner's name for them.
    pub name: String,
    /// Name of their agent: its envelopes name it, and only this key may.
    pub agent: String,
    /// Name that they go by.
    pub human: String,
    /// Address to which envelopes are posted.
    pub endpoint: String,
    /// The key that payloads are encrypted to, if they offered one when they were added.
    pub agreement: Option<String>,
    /// The version of the original that they named last.
    pub version: String,
    /// True if the owner wants to hear nothing from them.
    pub blocked: bool,
    /// Since when they are a contact.
    pub added_at: Timestamp,
    /// The time at which they were last heard from.
    pub last_seen: Option<Timestamp>,
}

/// A contact, on whichever wire.
pub type AnyContact = Wire<ContactRow, LegacyContactRow>;

impl AnyContact {
    /// Their identity.
    #[must_use]
    pub fn did(&self) -> &Did {
        match self {
            Self::Native(row) => &row.did,
            Self::Legacy(row) => &row.did,
        }
    }

    /// The owner's name for them.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Native(row) => &row.name,
            Self::Legacy(row) => &row.name,
        }
    }

    /// Name that their agent goes by.
    #[must_use]
    pub fn agent(&self) -> &str {
        match self {
            Self::Native(row) => row.agent.as_str(),
            Self::Legacy(row) => &row.agent,
        }
    }

    /// Name that they go by.
    #[must_use]
    pub fn human(&self) -> &str {
        match self {
            Self::Native(row) => row.human.as_str(),
            Self::Legacy(row) => &row.human,
        }
    }

    /// The time at which they were last heard from, or added.
    #[must_use]
    pub fn heard_at(&self) -> Timestamp {
        match self {
            Self::Native(row) => row.last_seen.unwrap_or(row.added_at),
            Self::Legacy(row) => row.last_seen.unwrap_or(row.added_at),
        }
    }
}

/// The contact who is this identity, on whichever wire.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn find(tx: &impl View, did: &Did) -> Result<Option<AnyContact>, StoreError> {
    tx.table(CONTACTS)?.get(&did.bytes())?.map(|bytes| decode_wire(TABLE, bytes.value())).transpose()
}

/// The native contact who is this identity.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn get(tx: &impl View, did: &Did) -> Result<Option<ContactRow>, StoreError> {
    Ok(find(tx, did)?.and_then(Wire::native))
}

/// The contact of the original who is this identity.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn get_legacy(tx: &impl View, did: &Did) -> Result<Option<LegacyContactRow>, StoreError> {
    Ok(find(tx, did)?.and_then(Wire::legacy))
}

/// The contact whom the owner calls so, in whatever capitals, on whichever wire.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn by_name(tx: &impl View, name: &str) -> Result<Option<AnyContact>, StoreError> {
    let names = tx.table(CONTACT_NAMES)?;
    let did = names.get(folded(name).as_str())?.map(|did| Did::from_bytes(*did.value()));
    did.map(|did| find(tx, &did)?.ok_or_else(|| dangling(TABLE))).transpose()
}

/// Keeps a native contact, in place of what was kept of the same identity, on whichever wire.
///
/// # Errors
/// [`StoreError::NameTaken`] when another contact goes by that name: then nothing is changed. Else when the disk or
/// the file fails.
pub fn put(tx: &Write, row: &ContactRow) -> Result<(), StoreError> {
    if let Some(Wire::Legacy(_)) = insert(tx, &row.did, &row.name, &encode(row))? {
        tx.table_mut(LEGACY_CONTACTS)?.remove(&row.did.bytes())?;
    }
    Ok(())
}

/// Keeps a contact of the original, in place of what was kept of the same identity.
///
/// # Errors
/// [`StoreError::NativeContact`] when that identity is a native contact, [`StoreError::NameTaken`] when another one goes by that
/// name: then nothing is changed. Else when the disk or the file fails.
pub fn put_legacy(tx: &Write, row: &LegacyContactRow) -> Result<(), StoreError> {
    if get(tx, &row.did)?.is_some() {
        return Err(StoreError::NativeContact { did: row.did });
    }
    insert(tx, &row.did, &row.name, &encode_legacy(row))?;
    tx.table_mut(LEGACY_CONTACTS)?.insert(&row.did.bytes(), ())?;
    Ok(())
}

/// Keeps a row under its name, and gives what was kept before.
fn insert(tx: &Write, did: &Did, name: &str, bytes: &[u8]) -> Result<Option<AnyContact>, StoreError> {
    let mut contacts = tx.table_mut(CONTACTS)?;
    let mut names = tx.table_mut(CONTACT_NAMES)?;
    let key = folded(name);
    if let Some(by) = names.get(key.as_str())?.map(|by| Did::from_bytes(*by.value())).filter(|by| by != did) {
        return Err(StoreError::NameTaken { name: name.to_owned(), by });
    }
    let before = contacts.insert(&did.bytes(), bytes)?;
    let before: Option<AnyContact> = before.map(|bytes| decode_wire(TABLE, bytes.value())).transpose()?;
    if let Some(before) = &before {
        names.remove(folded(before.name()).as_str())?;
    }
    names.insert(key.as_str(), &did.bytes())?;
    Ok(before)
}

/// Forgets a contact on whichever wire, and gives what was kept.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn remove(tx: &Write, did: &Did) -> Result<Option<AnyContact>, StoreError> {
    let mut contacts = tx.table_mut(CONTACTS)?;
    let mut names = tx.table_mut(CONTACT_NAMES)?;
    let Some(row) = contacts.remove(&did.bytes())? else { return Ok(None) };
    let row: AnyContact = decode_wire(TABLE, row.value())?;
    names.remove(folded(row.name()).as_str())?;
    tx.table_mut(LEGACY_CONTACTS)?.remove(&did.bytes())?;
    Ok(Some(row))
}

/// All native contacts, in the order of their names.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn all(tx: &impl View) -> Result<Vec<ContactRow>, StoreError> {
    Ok(everyone(tx)?.into_iter().filter_map(Wire::native).collect())
}

/// All contacts on either wire, in the order of their names.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn everyone(tx: &impl View) -> Result<Vec<AnyContact>, StoreError> {
    let contacts = tx.table(CONTACTS)?;
    let names = tx.table(CONTACT_NAMES)?;
    let rows = names.iter()?.map(|entry| {
        let bytes = contacts.get(entry?.1.value())?.ok_or_else(|| dangling(TABLE))?;
        decode_wire(TABLE, bytes.value())
    });
    rows.collect()
}

/// All contacts of the original, in the order of their keys.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn all_legacy(tx: &impl View) -> Result<Vec<LegacyContactRow>, StoreError> {
    let contacts = tx.table(CONTACTS)?;
    let index = tx.table(LEGACY_CONTACTS)?;
    let rows = index.iter()?.map(|entry| {
        let bytes = contacts.get(entry?.0.value())?.ok_or_else(|| dangling(TABLE))?;
        decode_legacy(TABLE, bytes.value())
    });
    rows.collect()
}

/// Names that differ only in capitals have the same folded form.
fn folded(name: &str) -> String {
    name.to_lowercase()
}
