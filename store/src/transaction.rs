//! Transactions: a view that reads, a write that is kept whole or not at all, and what can go wrong in either.

use std::cell::{Ref, RefMut};
use std::collections::HashSet;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use redb::{Key, ReadableTable, Table, TableDefinition, TableHandle as _, Value};

use self::sealed::Tables;
use crate::error::StoreError;
use crate::tables::{Definition, Slot, Slots};

mod sealed {
    use super::{Definition, Deref, Key, ReadableTable, StoreError, Value};

    /// Source of tables for the rooms; no other crate can name it, so no other crate sees redb.
    pub trait Tables {
        /// The table, to be read.
        fn table<K: Key + 'static, V: Value + 'static>(
            &self,
            definition: Definition<K, V>,
        ) -> Result<impl Deref<Target: ReadableTable<K, V> + Sized>, StoreError>;
    }
}

/// A transaction that can be read from: a [`Read`], or a [`Write`], which sees what it has itself changed.
pub trait View: Tables {}

/// Health of the database: whether it has failed, and how often it was written, known to everybody who works with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Health(Arc<(AtomicBool, AtomicU64)>);

impl Health {
    /// Returns whether something has failed that only opening the file again can mend.
    pub(crate) fn is_there(&self) -> bool {
        self.0.0.load(Ordering::Acquire)
    }

    /// Returns how many transactions were kept.
    pub(crate) fn commits(&self) -> u64 {
        self.0.1.load(Ordering::Acquire)
    }

    /// Notes it when this is a failure of the database itself.
    pub(crate) fn watch<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(result, Err(StoreError::Disk(_) | StoreError::Stopped)) {
            self.0.0.store(true, Ordering::Release);
        }
        result
    }
}

/// One unchanging view of the store, as it was after the last commit before [`Store::read`](crate::Store::read).
///
/// While it lives, what it sees takes up room in the file even when it is erased: drop it soon.
pub struct Read {
    transaction: redb::ReadTransaction,
    /// redb closes under a view that outlives it.
    _database: Option<Arc<redb::Database>>,
    trouble: Health,
}

/// The one transaction that may change the store at this time, see [`Store::write`](crate::Store::write).
///
/// A table is opened when it is asked for first, and held until the transaction ends.
pub struct Write<'t> {
    transaction: &'t redb::WriteTransaction,
    trouble: &'t Health,
    tables: Slots<'t>,
}

/// Fate of a transaction's changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Everything. It is on the disk before anybody sees it.
    OnDisk,
    /// Everything, and everybody sees it at once; the disk has it with the next that is kept [there](Keep::OnDisk). It is
    /// lost, as a whole and with all that was kept so after it, when this process is killed before that.
    Soon,
    /// Nothing.
    Nothing,
}

/// Does something in a transaction, and keeps of it what that says; nothing, when it fails.
pub(crate) fn transact<T, E: From<StoreError>>(
    mut transaction: redb::WriteTransaction,
    trouble: &Health,
    act: impl FnOnce(&Write<'_>) -> Result<(T, Keep), E>,
) -> Result<T, E> {
    // Every table is closed at the end of this line: only then the transaction can end.
    let (value, keep) = act(&Write { transaction: &transaction, trouble, tables: Slots::default() })?;
    match keep {
        Keep::OnDisk => {}
        Keep::Soon => {
            let unsynced = transaction.set_durability(redb::Durability::None).map_err(redb::Error::from);
            trouble.watch(unsynced.map_err(StoreError::from))?;
        }
        Keep::Nothing => return Ok(value),
    }
    trouble.watch(transaction.commit().map_err(StoreError::from))?;
    trouble.0.1.fetch_add(1, Ordering::AcqRel);
    Ok(value)
}

impl Read {
    pub(crate) fn new(
        transaction: redb::ReadTransaction,
        database: Option<Arc<redb::Database>>,
        trouble: Health,
    ) -> Self {
        Self { transaction, _database: database, trouble }
    }
}

impl<'t> Write<'t> {
    /// The table, to be changed. Nobody else in the transaction can have it until it is given back.
    pub(crate) fn table_mut<K: Key + 'static, V: Value + 'static>(
        &self,
        definition: Definition<K, V>,
    ) -> Result<RefMut<'_, Table<'t, K, V>>, StoreError> {
        let held = self.slot(&definition)?.try_borrow_mut().ok();
        let held = held.and_then(|slot| RefMut::filter_map(slot, Option::as_mut).ok());
        held.ok_or(StoreError::TableHeld { table: definition.name })
    }

    /// A table that is not held: of an earlier schema, or [the one](crate::tables::SCHEMA) that says which schema it is.
    pub(crate) fn open<K: Key + 'static, V: Value + 'static>(
        &self,
        definition: TableDefinition<'static, K, V>,
    ) -> Result<Table<'t, K, V>, StoreError> {
        self.trouble.watch(self.transaction.open_table(definition).map_err(StoreError::from))
    }

    /// The slot of a table, which is open then.
    fn slot<K: Key + 'static, V: Value + 'static>(
        &self,
        definition: &Definition<K, V>,
    ) -> Result<&Slot<'t, K, V>, StoreError> {
        let slot = (definition.slot)(&self.tables);
        // One that somebody has is open.
        if let Ok(mut slot) = slot.try_borrow_mut()
            && slot.is_none()
        {
            *slot = Some(self.open(TableDefinition::new(definition.name))?);
        }
        Ok(slot)
    }

    /// The names of the tables that there are.
    pub(crate) fn table_names(&self) -> Result<HashSet<String>, StoreError> {
        let tables = self.transaction.list_tables().map_err(StoreError::from);
        Ok(self.trouble.watch(tables)?.map(|table| table.name().to_owned()).collect())
    }
}

impl Tables for Read {
    fn table<K: Key + 'static, V: Value + 'static>(
        &self,
        definition: Definition<K, V>,
    ) -> Result<impl Deref<Target: ReadableTable<K, V> + Sized>, StoreError> {
        let table = self.transaction.open_table(TableDefinition::<K, V>::new(definition.name));
        Ok(OpenTable(self.trouble.watch(table.map_err(StoreError::from))?))
    }
}

/// A table of a [`Read`], which is as good as a reference to one.
struct OpenTable<T>(T);

impl<T> Deref for OpenTable<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl Tables for Write<'_> {
    fn table<K: Key + 'static, V: Value + 'static>(
        &self,
        definition: Definition<K, V>,
    ) -> Result<impl Deref<Target: ReadableTable<K, V> + Sized>, StoreError> {
        let held = self.slot(&definition)?.try_borrow().ok();
        let held = held.and_then(|slot| Ref::filter_map(slot, Option::as_ref).ok());
        held.ok_or(StoreError::TableHeld { table: definition.name })
    }
}

impl View for Read {}
impl View for Write<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::TEXTS;
    use crate::{Store, kv};

    #[test]
    fn a_table_is_read_by_many_at_once_and_changed_by_one() {
        let store = Store::in_memory();
        let held = |error| matches!(error, Some(StoreError::TableHeld { table: "texts/1" }));
        let done = store.write(|tx| {
            let one = tx.table(TEXTS)?;
            let other = tx.table(TEXTS)?;
            assert!(held(tx.table_mut(TEXTS).err()) && one.get("a")?.is_none() && other.get("a")?.is_none());
            drop((one, other));
            let mut changed = tx.table_mut(TEXTS)?;
            assert!(held(tx.table(TEXTS).err()) && held(tx.table_mut(TEXTS).err()));
            changed.insert("a", "b")?;
            drop(changed);
            kv::put(tx, "c", "d")
        });
        done.expect("kept");
        let view = store.read().expect("a view");
        let text = |name| kv::get(&view, name).expect("readable");
        assert_eq!((text("a").as_deref(), text("c").as_deref()), (Some("b"), Some("d")));
    }
}
