//! The open store: views, the one write at a time, and a second life after the disk has failed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use redb::{Database, ReadableDatabase as _};

use crate::limits::RESERVE_BYTES;
use crate::open::{self, OpenError};
use crate::transaction::{Read, StoreError, Trouble, Write};

/// The store, open. Clones are the same store; it closes when the last of them and all transactions are gone.
///
/// A disk that fails closes the database below it. It is opened again by itself when it is asked for next, as soon as
/// nobody holds a view of it from before: what was committed is there then, and a full disk that was emptied, or a
/// file system that can be written again, needs no restart.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inside>);

#[derive(Debug)]
struct Inside {
    /// Where it is; nowhere, for a store in memory.
    path: Option<PathBuf>,
    /// None after a failure, until it can be opened again.
    open: RwLock<Option<Open>>,
}

#[derive(Debug, Clone)]
struct Open {
    database: Arc<Database>,
    trouble: Trouble,
}

impl Open {
    fn new(database: Database) -> Self {
        Self { database: Arc::new(database), trouble: Trouble::default() }
    }
}

impl Store {
    /// Opens the store in the file at `path`, which is made, for its owner only, when there is none. Its directory
    /// has to exist.
    ///
    /// An older schema becomes this program's. A file up to 64 MiB is read and checked from end to end; a larger one
    /// only after a crash, which takes some seconds for each gigabyte (see [`Store::settle`]).
    ///
    /// # Errors
    /// [`OpenError`]: the file was refused, and nothing in it was changed.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let database = open::open(path)?;
        let open = RwLock::new(Some(Open::new(database)));
        Ok(Self(Arc::new(Inside { path: Some(path.to_owned()), open })))
    }

    /// A new store that lives in memory only, and in all else is like one in a file.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::of(open::in_memory())
    }

    /// A store that cannot be opened again.
    pub(crate) fn of(database: Database) -> Self {
        Self(Arc::new(Inside { path: None, open: RwLock::new(Some(Open::new(database))) }))
    }

    /// Begins to read.
    ///
    /// # Errors
    /// [`StoreError::Stopped`] after a failure of the disk that lasts.
    pub fn read(&self) -> Result<Read, StoreError> {
        let Open { database, trouble } = self.0.whole()?;
        let transaction = trouble.watch(database.begin_read().map_err(StoreError::from))?;
        Ok(Read::new(transaction, database, trouble))
    }

    /// Begins to write, once the transaction that now writes, if any, has ended.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`] when less than [`RESERVE_BYTES`] are left on the disk, or it can only be read: all
    /// that is stored can be read still. [`StoreError::Stopped`] after a failure of the disk that lasts.
    pub fn write(&self) -> Result<Write, StoreError> {
        self.0.check_room()?;
        let Open { database, trouble } = self.0.whole()?;
        let transaction = trouble.watch(database.begin_write().map_err(StoreError::from))?;
        Ok(Write::new(transaction, trouble))
    }

    /// Makes the next opening quick, even if this process is killed before it writes again.
    ///
    /// Else redb reads a file that was not closed from end to end, some seconds for each gigabyte. This costs about
    /// two commits: it is for the moment when nothing has been written for a while.
    ///
    /// # Errors
    /// [`StoreError`] when the disk fails.
    pub fn settle(&self) -> Result<(), StoreError> {
        self.0.check_room()?;
        let Open { database, trouble } = self.0.whole()?;
        let mut transaction = trouble.watch(database.begin_write().map_err(StoreError::from))?;
        transaction.set_quick_repair(true);
        trouble.watch(transaction.commit().map_err(StoreError::from))
    }
}

impl Inside {
    /// The database, opened again if it has failed.
    fn whole(&self) -> Result<Open, StoreError> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner).clone();
        match (open, &self.path) {
            (Some(open), _) if !open.trouble.is_there() => Ok(open),
            (open, Some(path)) => {
                drop(open);
                self.reopen(path)
            }
            (_, None) => Err(StoreError::Stopped),
        }
    }

    fn reopen(&self, path: &Path) -> Result<Open, StoreError> {
        let mut slot = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = slot.take_if(|open| open.trouble.is_there()) {
            // While somebody has a view of it, its file is locked: this fails, and the next one tries again.
            drop(open);
        }
        if let Some(open) = &*slot {
            return Ok(open.clone());
        }
        let database = open::reopen(path).map_err(|error| match error {
            OpenError::Damaged { what, .. } => StoreError::Damaged { what },
            OpenError::Newer { .. } | OpenError::InUse { .. } | OpenError::Io { .. } => StoreError::Stopped,
        })?;
        Ok(slot.insert(Open::new(database)).clone())
    }

    #[cfg(unix)]
    fn check_room(&self) -> Result<(), StoreError> {
        use rustix::fs::{StatVfsMountFlags, statvfs};
        let unwritable = |why| Err(StoreError::Unwritable { why });
        let Some(path) = &self.path else { return Ok(()) };
        let Ok(disk) = statvfs(path) else { return unwritable(format!("{} is gone", path.display())) };
        if disk.f_flag.contains(StatVfsMountFlags::RDONLY) {
            return unwritable("its file system is read-only".to_owned());
        }
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free >= RESERVE_BYTES {
            return Ok(());
        }
        unwritable(format!("{} MiB are free, and {} are needed", free >> 20, RESERVE_BYTES >> 20))
    }

    #[cfg(not(unix))]
    fn check_room(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta;
    use std::io;

    fn fails(store: &Store) {
        let failed = StoreError::Disk(io::ErrorKind::StorageFull.into());
        let open = store.0.open.read().expect("unpoisoned").clone().expect("open");
        assert!(open.trouble.watch::<()>(Err(failed)).is_err());
    }

    #[test]
    fn after_a_failure_it_is_opened_again_as_soon_as_no_view_of_it_is_left() {
        let home = tempfile::tempdir().expect("a directory");
        let store = Store::open(&home.path().join("store.redb")).expect("a new store");
        let tx = store.write().expect("a transaction");
        meta::put(&tx, "said", "before").expect("put");
        tx.commit().expect("kept");

        let (clone, view) = (store.clone(), store.read().expect("a view"));
        fails(&store);
        assert!(matches!(store.read().map(drop), Err(StoreError::Stopped)), "the view holds the file");
        assert!(matches!(clone.write().map(drop), Err(StoreError::Stopped)));
        drop(view);
        let view = clone.read().expect("open again");
        assert_eq!(meta::get(&view, "said").expect("readable").as_deref(), Some("before"));
        store.write().expect("a transaction");
    }

    #[test]
    fn a_store_whose_file_went_away_is_not_begun_anew() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("store.redb");
        let store = Store::open(&path).expect("a new store");
        std::fs::remove_file(&path).expect("removed");
        fails(&store);
        assert!(store.read().is_err() && store.write().is_err());
        assert!(!path.exists());
    }
}
