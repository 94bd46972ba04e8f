//! Opening: an absent file is made, a good one opened, and any other refused and left as it is.
//!
//! A new file is made under another name and renamed when it is complete, so that a crash in between leaves no half
//! of one. redb locks the file for this process, and mends what a crash left of an unfinished commit.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use redb::backends::{FileBackend, InMemoryBackend};
use redb::{Builder, Database, DatabaseError, StorageBackend, StorageError};

use crate::error::StoreError;
use crate::file::migrations::{self, KNOWN};
use crate::limits::{CACHE_BYTES, CHECKED_BYTES, HEADER_BYTES};
use crate::transaction::{Health, Keep, Write, transact};

/// The reason why a store was not opened. What is in the file was not changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A later version of this program wrote it.
    #[error("{path} has schema {found}, and this program knows none above {known}; use a newer ai2ai")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: u64,
        /// The highest schema version that this program knows.
        known: u64,
    },
    /// It is cut short, overwritten, or no store at all.
    #[error(
        "{path} is damaged or no ai2ai store ({what}); it was left as it is. Put a backup in its place, or move it \
         away to begin anew without the contacts and conversations in it"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The finding, for a report.
        what: String,
    },
    /// Another process has it open, or this one has already.
    #[error("{path} is in use by another process; stop that one first")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file or its directory cannot be read or written.
    #[error("{path} cannot be opened: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

/// Opens the database at `path`, or makes it when there is none.
pub(crate) fn open(path: &Path) -> Result<Database, OpenError> {
    let database = match path.try_exists() {
        Ok(true) => open_existing(path),
        Ok(false) => create(path),
        Err(error) => Err(error.into()),
    };
    database.map_err(|refused| refused.at(path))
}

/// Opens the database at `path` again. One that is not there any more is not made anew.
pub(crate) fn reopen(path: &Path) -> Result<Database, OpenError> {
    open_existing(path).map_err(|refused| refused.at(path))
}

/// A new database that lives in memory only.
///
/// # Panics
/// Never, short of memory running out.
pub(crate) fn in_memory() -> Database {
    create_on(InMemoryBackend::new()).expect("memory takes what is written to it")
}

/// The reason why a file was refused, without its name.
#[derive(Debug)]
enum FileRefused {
    Newer(u64),
    Damaged(String),
    InUse,
    Io(io::Error),
}

impl FileRefused {
    fn at(self, path: &Path) -> OpenError {
        let path = path.to_owned();
        match self {
            Self::Newer(found) => OpenError::Newer { path, found, known: KNOWN },
            Self::Damaged(what) => OpenError::Damaged { path, what },
            Self::InUse => OpenError::InUse { path },
            Self::Io(source) => OpenError::Io { path, source },
        }
    }
}

fn create(path: &Path) -> Result<Database, FileRefused> {
    let unfinished = beside(path, ".new");
    let file = open_private(&unfinished)?;
    file.try_lock()?;
    if path.try_exists()? {
        // Another process finished one between our look and our lock.
        fs::remove_file(&unfinished)?;
        return open_existing(path);
    }
    // What a crash left of an earlier try.
    file.set_len(0)?;
    // redb locks it itself, and refuses if another process is faster now.
    file.unlock()?;
    let database = create_on(FileBackend::new(file)?)?;
    fs::rename(&unfinished, path)?;
    sync_directory(path)?;
    Ok(database)
}

fn create_on(backend: impl StorageBackend) -> Result<Database, FileRefused> {
    let database = Builder::new().set_cache_size(CACHE_BYTES).create_with_backend(backend)?;
    write(&database, |tx| {
        migrations::migrate(tx, 0)?;
        Ok(Keep::OnDisk)
    })?;
    Ok(database)
}

fn open_existing(path: &Path) -> Result<Database, FileRefused> {
    let found = fs::metadata(path)?;
    if !found.is_file() {
        return Err(FileRefused::Damaged("it is no file".to_owned()));
    }
    if found.len() < HEADER_BYTES {
        return Err(FileRefused::Damaged(format!("it has only {} bytes", found.len())));
    }
    let check = found.len() <= CHECKED_BYTES;
    let database = Builder::new().set_cache_size(CACHE_BYTES).set_check_integrity_on_open(check).open(path)?;
    write(&database, make_current)?;
    Ok(database)
}

/// Brings a file of an older schema to this one. One that this program did not write is refused.
fn make_current(tx: &Write) -> Result<Keep, FileRefused> {
    match migrations::version(tx)? {
        None => return Err(FileRefused::Damaged("it is the database of another program".to_owned())),
        Some(found) if found > KNOWN => return Err(FileRefused::Newer(found)),
        Some(KNOWN) if !migrations::are_missing(tx)? => return Ok(Keep::Nothing),
        Some(KNOWN) => migrations::create_all(tx)?,
        Some(found) => migrations::migrate(tx, found)?,
    }
    Ok(Keep::OnDisk)
}

fn write(database: &Database, act: impl FnOnce(&Write<'_>) -> Result<Keep, FileRefused>) -> Result<(), FileRefused> {
    let transaction = database.begin_write().map_err(StoreError::from)?;
    transact(transaction, &Health::default(), |tx| Ok(((), act(tx)?)))
}

/// The path with `ending` after its last letter.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a rename in the directory of `path` outlast a power cut.
fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

impl From<DatabaseError> for FileRefused {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => Self::InUse,
            DatabaseError::Storage(error) => error.into(),
            other @ (DatabaseError::UpgradeRequired(_) | DatabaseError::RepairAborted) => {
                Self::Damaged(other.to_string())
            }
            other @ (DatabaseError::TransactionInProgress | _) => Self::Io(io::Error::other(other)),
        }
    }
}

impl From<StorageError> for FileRefused {
    fn from(error: StorageError) -> Self {
        StoreError::from(error).into()
    }
}

impl From<StoreError> for FileRefused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Disk(error) => error.into(),
            StoreError::Damaged { what } => Self::Damaged(what),
            other @ (StoreError::Unwritable { .. }
            | StoreError::Stopped
            | StoreError::NameTaken { .. }
            | StoreError::NativeContact { .. }
            | StoreError::MessageStored { .. }
            | StoreError::TableHeld { .. }) => Self::Io(io::Error::other(other)),
        }
    }
}

impl From<io::Error> for FileRefused {
    fn from(error: io::Error) -> Self {
        // What redb says of a file that is none of its own, and of one that ends too early.
        let damaged = matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof);
        if damaged { Self::Damaged(error.to_string()) } else { Self::Io(error) }
    }
}

impl From<TryLockError> for FileRefused {
    fn from(error: TryLockError) -> Self {
        match error {
            TryLockError::WouldBlock => Self::InUse,
            TryLockError::Error(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::{Store, kv};

    /// A disk with room for so many more writes. The write that finds no room is done by half.
    #[derive(Debug, Clone)]
    struct Disk {
        bytes: Arc<Mutex<Vec<u8>>>,
        room: Arc<Mutex<Option<usize>>>,
    }

    impl Disk {
        fn with_room(room: Option<usize>) -> Self {
            Self { bytes: Arc::default(), room: Arc::new(Mutex::new(room)) }
        }

        fn set_room(&self, room: Option<usize>) {
            *self.room.lock().expect("unpoisoned") = room;
        }

        fn take_room(&self) -> bool {
            match &mut *self.room.lock().expect("unpoisoned") {
                None => true,
                Some(0) => false,
                Some(room) => {
                    *room -= 1;
                    true
                }
            }
        }

        fn open(&self) -> Store {
            let database = Builder::new().create_with_backend(self.clone()).expect("mended");
            Store::of(database)
        }
    }

    impl StorageBackend for Disk {
        fn len(&self) -> io::Result<u64> {
            Ok(self.bytes.lock().expect("unpoisoned").len() as u64)
        }

        fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
            let bytes = self.bytes.lock().expect("unpoisoned");
            let at = usize::try_from(offset).expect("small");
            out.copy_from_slice(bytes.get(at..at + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?);
            Ok(())
        }

        fn set_len(&self, len: u64) -> io::Result<()> {
            self.bytes.lock().expect("unpoisoned").resize(usize::try_from(len).expect("small"), 0);
            Ok(())
        }

        fn sync_data(&self) -> io::Result<()> {
            Ok(())
        }

        fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
            let room = self.take_room();
            let data = if room { data } else { &data[..data.len() / 2] };
            let at = usize::try_from(offset).expect("small");
            self.bytes.lock().expect("unpoisoned")[at..at + data.len()].copy_from_slice(data);
            if room { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
        }
    }

    /// Counts up, a commit for each number, until that fails; gives the last number that was kept.
    fn count_until_full(store: &Store) -> (u64, StoreError) {
        let mut kept = 0;
        loop {
            let counted = store.write(|tx| {
                let number = kv::next_sequence(tx, "count")?;
                kv::put(tx, &number.to_string(), &"page ".repeat(1_000))?;
                Ok(number)
            });
            match counted {
                Ok(number) => kept = number,
                Err(error) => return (kept, error),
            }
        }
    }

    #[test]
    fn a_disk_that_fills_up_loses_nothing_that_was_kept() {
        for room in 0..40 {
            let disk = Disk::with_room(None);
            let store = Store::of(create_on(disk.clone()).expect("a new store"));
            disk.set_room(Some(room));
            let (kept, error) = count_until_full(&store);
            assert!(matches!(error, StoreError::Disk(_)), "{error}");
            let error = store.write(|_| Ok(())).expect_err("stopped");
            assert!(matches!(error, StoreError::Stopped), "{error}");
            drop(store);

            disk.set_room(None);
            let store = disk.open();
            let view = store.read().expect("a view");
            for number in 1..=kept {
                assert!(kv::get(&view, &number.to_string()).expect("readable").is_some(), "{number} of {kept}");
            }
            let next = store.write(|tx| kv::next_sequence(tx, "count")).expect("it can be written again");
            assert!(next == kept + 1 || next == kept + 2, "{next} after {kept}");
        }
    }

    /// Returns whether redb has to read the whole disk when it is opened as it is now.
    fn is_mended(disk: &Disk) -> bool {
        let asked = Arc::new(Mutex::new(false));
        let answer = asked.clone();
        let copy = Disk::with_room(None);
        copy.bytes.lock().expect("unpoisoned").clone_from(&disk.bytes.lock().expect("unpoisoned"));
        Builder::new()
            .set_repair_callback(move |_| *answer.lock().expect("unpoisoned") = true)
            .create_with_backend(copy)
            .expect("mended");
        *asked.lock().expect("unpoisoned")
    }

    #[test]
    fn a_settled_store_opens_quickly_after_a_crash_until_it_is_written_again() {
        let disk = Disk::with_room(None);
        let store = Store::of(create_on(disk.clone()).expect("a new store"));
        assert!(is_mended(&disk));
        store.settle().expect("settled");
        assert!(!is_mended(&disk));
        store.write(|tx| kv::put(tx, "a", "b")).expect("kept");
        assert!(is_mended(&disk));
    }

    #[test]
    fn a_view_outlives_the_store_it_is_of() {
        let store = Store::in_memory();
        let view = store.read().expect("a view");
        drop(store);
        assert_eq!(kv::get(&view, "nothing").expect("readable"), None);
    }
}
