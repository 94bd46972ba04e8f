//! The owner's contacts. A contact is a key; the name is the owner's label for it, and no two contacts share one.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::name::{AgentName, HumanName};
use ai2ai_protocol::time::Timestamp;
use ai2ai_protocol::trust::Trust;
use redb::ReadableTable as _;
use serde::{Deserialize, Serialize};

use crate::row::{dangling, decode, encode};
use crate::tables::{CONTACT_NAMES, CONTACTS, Part as _};
use crate::transaction::{StoreError, View, Write};

/// A contact.
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

/// The contact who is this identity.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn get(tx: &impl View, did: &Did) -> Result<Option<ContactRow>, StoreError> {
    let contacts = tx.table(CONTACTS)?;
    contacts.get(&did.bytes())?.map(|bytes| decode("contacts", bytes.value())).transpose()
}

/// The contact whom the owner calls so, in whatever capitals.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn by_name(tx: &impl View, name: &str) -> Result<Option<ContactRow>, StoreError> {
    let names = tx.table(CONTACT_NAMES)?;
    let did = names.get(folded(name).as_str())?.map(|did| Did::from_bytes(*did.value()));
    did.map(|did| get(tx, &did)?.ok_or_else(|| dangling("contacts"))).transpose()
}

/// Keeps a contact, in place of what was kept of the same identity.
///
/// # Errors
/// [`StoreError::NameTaken`] when another contact goes by that name: then nothing is changed. Else when the disk or
/// the file fails.
pub fn put(tx: &Write, row: &ContactRow) -> Result<(), StoreError> {
    let (mut contacts, mut names) = (tx.table_mut(CONTACTS)?, tx.table_mut(CONTACT_NAMES)?);
    let name = folded(&row.name);
    if let Some(by) = names.get(name.as_str())?.map(|did| Did::from_bytes(*did.value())).filter(|did| *did != row.did) {
        return Err(StoreError::NameTaken { name: row.name.clone(), by });
    }
    if let Some(before) = contacts.insert(&row.did.bytes(), encode(row).as_slice())? {
        let before: ContactRow = decode("contacts", before.value())?;
        names.remove(folded(&before.name).as_str())?;
    }
    names.insert(name.as_str(), &row.did.bytes())?;
    Ok(())
}

/// Forgets a contact, and gives what was kept.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn remove(tx: &Write, did: &Did) -> Result<Option<ContactRow>, StoreError> {
    let (mut contacts, mut names) = (tx.table_mut(CONTACTS)?, tx.table_mut(CONTACT_NAMES)?);
    let Some(row) = contacts.remove(&did.bytes())? else { return Ok(None) };
    let row: ContactRow = decode("contacts", row.value())?;
    names.remove(folded(&row.name).as_str())?;
    Ok(Some(row))
}

/// All contacts, in the order of their names.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn all(tx: &impl View) -> Result<Vec<ContactRow>, StoreError> {
    let (contacts, names) = (tx.table(CONTACTS)?, tx.table(CONTACT_NAMES)?);
    let rows = names.iter()?.map(|entry| {
        let bytes = contacts.get(entry?.1.value())?.ok_or_else(|| dangling("contacts"))?;
        decode("contacts", bytes.value())
    });
    rows.collect()
}

/// Names that differ only in capitals have the same folded form.
fn folded(name: &str) -> String {
    name.to_lowercase()
}
