//! Schema 3: contacts, items and messages of the protocol's original stand in the tables of the native ones.

use std::collections::BTreeSet;

use ai2ai_protocol::did::Did;
use ai2ai_protocol::time::Timestamp;
use redb::ReadableTable as _;
use serde::de::DeserializeOwned;

use crate::audit::{self, AuditRow};
use crate::contacts::{self, LegacyContactRow};
use crate::error::StoreError;
use crate::inbox::{self, LegacyItemRow};
use crate::outbox::{self, LegacyOutboxRow};
use crate::rows::decode;
use crate::tables::{ORIGINAL_ITEMS, ORIGINAL_OUT, ORIGINALS, Rows};
use crate::transaction::{View, Write};

/// Moves the rows of the original. A name that a native contact has by now gets the end of the key; a key that is a native contact by
/// now is only that, and what waits of it on the other wire goes. The audit says both.
pub(super) fn move_in(tx: &Write) -> Result<(), StoreError> {
    let mut native = BTreeSet::new();
    for row in take::<32, LegacyContactRow>(tx, ORIGINALS, "originals")? {
        if contacts::get(tx, &row.did)?.is_some() {
            note(tx, &row, "forget", format!("{:?} at {} is a native contact already", row.name, row.endpoint))?;
            native.insert(row.did);
            continue;
        }
        let name = free_name(tx, &row)?;
        if name != row.name {
            note(tx, &row, "rename", format!("{:?} is the name of somebody else: now {name:?}", row.name))?;
        }
        contacts::put_legacy(tx, &LegacyContactRow { name, ..row })?;
    }
    for row in take::<16, LegacyItemRow>(tx, ORIGINAL_ITEMS, "original items")? {
        if row.with.is_none_or(|with| !native.contains(&with)) {
            inbox::put_legacy(tx, &row)?;
        }
    }
    for row in take::<16, LegacyOutboxRow>(tx, ORIGINAL_OUT, "original out")? {
        if !native.contains(&row.to) {
            outbox::put_legacy(tx, &row)?;
        }
    }
    Ok(())
}

/// Takes every row out of a table, in the order of their keys.
fn take<const N: usize, R: DeserializeOwned>(tx: &Write, table: Rows<N>, name: &str) -> Result<Vec<R>, StoreError> {
    let mut table = tx.table_mut(table)?;
    let rows = table.iter()?.map(|entry| decode(name, entry?.1.value())).collect();
    table.retain(|_, _| false)?;
    rows
}

/// The name of a contact, or one that is free: with the end of their key.
fn free_name(tx: &impl View, row: &LegacyContactRow) -> Result<String, StoreError> {
    let key = row.did.to_string();
    let ends = [6, 12, key.len()].into_iter().map(|length| format!("{} {}", row.name, &key[key.len() - length..]));
    for name in std::iter::once(row.name.clone()).chain(ends) {
        if contacts::by_name(tx, &name)?.is_none() {
            return Ok(name);
        }
    }
    Ok(key)
}

/// Tells the owner, at the moment of the last entry: a migration has no clock.
fn note(tx: &Write, row: &LegacyContactRow, what: &str, outcome: String) -> Result<(), StoreError> {
    let last: Option<Timestamp> = audit::latest(tx, 1)?.first().map(|entry| entry.at);
    let who: Option<Did> = Some(row.did);
    let at = last.unwrap_or(row.added_at);
    let row =
        AuditRow { at, what: what.to_owned(), who, item: None, factor: "none".to_owned(), outcome, message: None };
    audit::append(tx, &row)?;
    Ok(())
}
