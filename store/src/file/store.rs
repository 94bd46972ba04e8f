//! The open store: views, the one write at a time, and a second life after the disk has failed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use redb::{Database, ReadableDatabase as _};

use crate::error::StoreError;
use crate::file::open::{self, OpenError};
use crate::kv;
use crate::limits::{QUIET_LOOKS, RESERVE_BYTES};
use crate::transaction::{Health, Keep, Read, Write, transact};

/// The store, open. Clones are the same store; it closes when the last of them and all transactions are gone.
///
/// A disk that fails closes the database below it. It is opened again by itself when it is asked for next, as soon as
/// nobody holds a view of it from before: what was committed is there then, and a full disk that was emptied, or a
/// file system that can be written again, needs no restart.
#[derive(Clone, Debug)]
pub struct Store(Arc<StoreInner>);

#[derive(Debug)]
struct StoreInner {
    /// Path of the file; none for a store in memory.
    path: Option<PathBuf>,
    /// None after a failure, until it can be opened again.
    open: RwLock<Option<OpenFile>>,
    quiet: Mutex<QuietSince>,
}

/// Observation of [`Store::grew_quiet`] when it last looked.
#[derive(Debug, Default)]
struct QuietSince {
    commits: u64,
    looks: u32,
}

#[derive(Debug, Clone)]
struct OpenFile {
    database: Arc<Database>,
    trouble: Health,
}

impl OpenFile {
    fn new(database: Database) -> Self {
        Self { database: Arc::new(database), trouble: Health::default() }
    }

    fn commits(&self) -> u64 {
        self.trouble.commits()
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
        let database = packed(open::open(path)?, path)?;
        Ok(Self::new(Some(path.to_owned()), database))
    }

    /// A new store that lives in memory only, and in all else is like one in a file.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::of(open::in_memory())
    }

    /// A store that cannot be opened again.
    pub(crate) fn of(database: Database) -> Self {
        Self::new(None, database)
    }

    fn new(path: Option<PathBuf>, database: Database) -> Self {
        let open = RwLock::new(Some(OpenFile::new(database)));
        Self(Arc::new(StoreInner { path, open, quiet: Mutex::default() }))
    }

    /// Begins to read.
    ///
    /// # Errors
    /// [`StoreError::Stopped`] after a failure of the disk that lasts.
    pub fn read(&self) -> Result<Read, StoreError> {
        let OpenFile { database, trouble } = self.0.whole()?;
        let transaction = trouble.watch(database.begin_read().map_err(StoreError::from))?;
        Ok(Read::new(transaction, Some(database), trouble))
    }

    /// Does something in a transaction, once the one that now writes, if any, has ended. When this returns `Ok`, everything
    /// that was changed is on the disk; when `act` fails, nothing has changed.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`] when less than [`RESERVE_BYTES`] are left on the disk, or it can only be read: all
    /// that is stored can be read still. What `act` fails with.
    ///
    /// [`StoreError::Disk`] or [`StoreError::Stopped`]: nothing of this transaction may be told to anybody. Whether it
    /// was kept after all shows once the store has been opened again; it was then kept whole or not at all.
    pub fn write<T>(&self, act: impl FnOnce(&Write<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.write_keeping(|tx| Ok((act(tx)?, Keep::OnDisk)))
    }

    /// As [`write`](Store::write), for what says itself how much of it is kept, or fails in other ways than the store does.
    ///
    /// # Errors
    /// As [`write`](Store::write).
    pub fn write_keeping<T, E: From<StoreError>>(
        &self,
        act: impl FnOnce(&Write<'_>) -> Result<(T, Keep), E>,
    ) -> Result<T, E> {
        self.0.check_room()?;
        let OpenFile { database, trouble } = self.0.whole()?;
        let transaction = trouble.watch(database.begin_write().map_err(StoreError::from))?;
        transact(transaction, &trouble, act)
    }

    /// Returns whether it is time to [`settle`](Store::settle): something was written, and nothing more for the last
    /// [`QUIET_LOOKS`] times that this was asked. It says so once, until something is written again.
    #[must_use]
    pub fn grew_quiet(&self) -> bool {
        let commits = self.0.open.read().unwrap_or_else(PoisonError::into_inner).as_ref().map_or(0, OpenFile::commits);
        let mut quiet = self.0.quiet.lock().unwrap_or_else(PoisonError::into_inner);
        if quiet.commits != commits {
            *quiet = QuietSince { commits, looks: 0 };
        }
        quiet.looks = quiet.looks.saturating_add(1);
        commits > 0 && quiet.looks == QUIET_LOOKS
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
        let OpenFile { database, trouble } = self.0.whole()?;
        let mut transaction = trouble.watch(database.begin_write().map_err(StoreError::from))?;
        transaction.set_quick_repair(true);
        trouble.watch(transaction.commit().map_err(StoreError::from))
    }
}

/// The same database, packed if something in it was erased that is not to be found in the file any more. When that fails,
/// for want of room or time, it is as it was, and tried at the next opening.
fn packed(mut database: Database, path: &Path) -> Result<Database, OpenError> {
    if !wants_packing(&database).unwrap_or(false) {
        return Ok(database);
    }
    if database.compact().map_err(redb::Error::from).is_ok() && is_packed(&database).is_ok() {
        return Ok(database);
    }
    drop(database);
    open::reopen(path)
}

fn wants_packing(database: &Database) -> Result<bool, StoreError> {
    let view = Read::new(database.begin_read()?, None, Health::default());
    kv::wants_packing(&view)
}

fn is_packed(database: &Database) -> Result<(), StoreError> {
    transact(database.begin_write()?, &Health::default(), |tx| Ok((kv::is_packed(tx)?, Keep::OnDisk)))
}

impl StoreInner {
    /// The database, opened again if it has failed.
    fn whole(&self) -> Result<OpenFile, StoreError> {
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

    fn reopen(&self, path: &Path) -> Result<OpenFile, StoreError> {
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
        Ok(slot.insert(OpenFile::new(database)).clone())
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
        store.write(|tx| kv::put(tx, "said", "before")).expect("kept");

        let clone = store.clone();
        let view = store.read().expect("a view");
        fails(&store);
        assert!(matches!(store.read().map(drop), Err(StoreError::Stopped)), "the view holds the file");
        assert!(matches!(clone.write(|_| Ok(())), Err(StoreError::Stopped)));
        drop(view);
        let view = clone.read().expect("open again");
        assert_eq!(kv::get(&view, "said").expect("readable").as_deref(), Some("before"));
        store.write(|_| Ok(())).expect("a transaction");
    }

    #[test]
    fn what_was_erased_leaves_the_file_when_it_is_opened_next() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("store.redb");
        let store = Store::open(&path).expect("a new store");
        let secret = |number: u32| format!("an old secret {number} ").repeat(1_200);
        for number in 0..400 {
            store.write(|tx| kv::put(tx, &format!("said {number}"), &secret(number))).expect("kept");
        }
        let erased = store.write(|tx| {
            for number in 0..400 {
                kv::put(tx, &format!("said {number}"), "")?;
            }
            kv::pack_at_next_opening(tx)
        });
        erased.expect("kept");
        drop(store);
        let find = |bytes: &[u8]| bytes.windows(13).filter(|window| *window == b"an old secret").count();
        let before = std::fs::read(&path).expect("a file");
        assert!(find(&before) > 10_000, "without packing, it is there still");
        let store = Store::open(&path).expect("opens");
        assert_eq!(kv::get(&store.read().expect("a view"), "pack").expect("readable"), None);
        drop(store);
        let after = std::fs::read(&path).expect("a file");
        println!("{} bytes, then {}; {} traces, then {}", before.len(), after.len(), find(&before), find(&after));
        assert!(after.len() < before.len() / 2 && find(&after) < find(&before) / 20);
    }

    #[test]
    fn a_store_grows_quiet_once_after_each_time_that_it_was_written() {
        let store = Store::in_memory();
        assert!((0..20).all(|_| !store.grew_quiet()), "nothing was written since it was opened");
        for _ in 0..2 {
            store.write(|tx| kv::put(tx, "said", "something")).expect("kept");
            let looks: Vec<bool> = (0..20).map(|_| store.grew_quiet()).collect();
            assert_eq!(looks.iter().position(|quiet| *quiet), Some(QUIET_LOOKS as usize - 1));
            assert_eq!(looks.iter().filter(|quiet| **quiet).count(), 1);
            store.settle().expect("settled");
        }
        assert!((0..20).all(|_| !store.grew_quiet()), "settling is no writing");
    }

    #[test]
    fn what_is_kept_soon_is_seen_at_once_and_on_the_disk_with_the_next_commit() {
        let home = tempfile::tempdir().expect("a directory");
        let store = Store::open(&home.path().join("store.redb")).expect("a new store");
        let put = |name, keep| store.write_keeping(|tx| Ok::<_, StoreError>((kv::put(tx, name, "said")?, keep)));
        // What would be found after a crash at this moment.
        let after_a_crash = |name| {
            let copy = home.path().join("copy.redb");
            std::fs::copy(home.path().join("store.redb"), &copy).expect("copied");
            let store = Store::open(&copy).expect("mended");
            kv::get(&store.read().expect("a view"), name).expect("readable").is_some()
        };
        put("one", Keep::Soon).expect("kept");
        assert!(kv::get(&store.read().expect("a view"), "one").expect("readable").is_some());
        assert!(!after_a_crash("one"));
        put("two", Keep::OnDisk).expect("kept");
        assert!(after_a_crash("one") && after_a_crash("two"));
    }

    #[test]
    fn what_fails_or_says_so_leaves_nothing_behind() {
        let store = Store::in_memory();
        let failed = store.write::<()>(|tx| {
            kv::put(tx, "said", "something")?;
            Err(StoreError::Stopped)
        });
        assert!(matches!(failed, Err(StoreError::Stopped)));
        let looked = store.write_keeping(|tx| {
            kv::put(tx, "said", "something")?;
            Ok::<_, StoreError>((kv::get(tx, "said")?, Keep::Nothing))
        });
        assert_eq!(looked.expect("said").as_deref(), Some("something"));
        assert_eq!(kv::get(&store.read().expect("a view"), "said").expect("readable"), None);
    }

    #[test]
    fn a_store_whose_file_went_away_is_not_begun_anew() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("store.redb");
        let store = Store::open(&path).expect("a new store");
        std::fs::remove_file(&path).expect("removed");
        fails(&store);
        assert!(store.read().is_err() && store.write(|_| Ok(())).is_err());
        assert!(!path.exists());
    }
}
