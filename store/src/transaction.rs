//! Transactions: a view that reads, a write that is kept whole or not at all, and what can go wrong in either.

use std::cell::{Ref, RefMut};
use std::collections::HashSet;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ai2ai_protocol::did::Did;
use redb::{Key, ReadableTable, Table, TableDefinition, TableHandle as _, Value};

use self::sealed::Tables;
use crate::tables::{Definition, Slot, Slots};

/// The reason why a transaction, or something in it, did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room on the disk, or it can only be read. Nothing was tried, and nothing changed.
    #[error("the store cannot be written: {why}")]
    Unwritable {
        /// The reason.
        why: String,
    },
    /// The disk did not take or give the bytes: it is full, read-only, failing or gone.
    ///
    /// Later transactions fail as [`StoreError::Stopped`], until the store could be opened again.
    #[error("the store's disk failed: {0}; make room or mend it")]
    Disk(#[source] std::io::Error),
    /// An earlier failure closed the store, and it could not be opened again yet. What was committed is safe.
    #[error("the store stopped after a failure of its disk, and goes on when that works again")]
    Stopped,
    /// The file holds something that no version of this program wrote there.
    #[error("the store is damaged ({what}); restore it from a backup")]
    Damaged {
        /// The finding, for a report.
        what: String,
    },
    /// Another contact goes by this name, or by one that differs from it only in capitals.
    #[error("{name:?} is already the name of another contact, {by}")]
    NameTaken {
        /// The name that was asked for.
        name: String,
        /// The contact who has it.
        by: Did,
    },
    /// A native contact has this key already: an agent of the original never takes their place.
    #[error("{did} is a native contact already")]
    NativeContact {
        /// Their identity.
        did: Did,
    },
    /// A message of this sender with this id is stored already.
    #[error("a message with this id from {sender} is stored already")]
    MessageStored {
        /// The sender of the message.
        sender: Did,
    },
    /// A table was asked for while the same transaction still changes it.
    #[error("the table {table:?} is being changed already; this is a mistake in ai2ai, please report it")]
    TableHeld {
        /// Its name in the file.
        table: &'static str,
    },
}

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

impl From<redb::Error> for StoreError {
    fn from(error: redb::Error) -> Self {
        use redb::Error::{DatabaseClosed, Io, LockPoisoned, PreviousIo, TransactionPoisoned};
        if matches!(error, PreviousIo | DatabaseClosed | LockPoisoned(_) | TransactionPoisoned) {
            Self::Stopped
        } else if let Io(error) = error {
            Self::Disk(error)
        } else {
            // A table that is not there, or not of its type, is in a file that this program did not write.
            Self::Damaged { what: error.to_string() }
        }
    }
}

macro_rules! from_redb {
    ($($error:ident),+) => {
        $(impl From<redb::$error> for StoreError {
            fn from(error: redb::$error) -> Self {
                redb::Error::from(error).into()
            }
        })+
    };
}

from_redb!(StorageError, TableError, TransactionError, CommitError);

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
