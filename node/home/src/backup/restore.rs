//! A home is made from a backup: beside its places first, and moved there when everything was read and checked.
//!
//! The identity is moved last: a home without one is no home. What an interruption leaves is known by the directory in
//! which it was prepared, and is cleared away by the next `restore` or `init`.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::audit::{self, AuditRow};
use ai2ai_store::copy::{CopyError, fill};
use ai2ai_store::{Store, StoreError};

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};

use super::Passphrase;
use super::archive::{About, BackupFile, Reader};
use super::sealed::{BackupSealError, Opener};
use crate::files::{private_dir, sync_dir, write_private};
use crate::identity::{Identity, renew_node_key};
use crate::interrupted::{clear_interrupted, staging};
use crate::lock::HomeLock;
use crate::paths::Paths;
use crate::tokens;

/// A home that was made from a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The identity that it belongs to.
    pub did: Did,
    /// The owner's name, as they call themselves.
    pub human: String,
    /// Their agent's name.
    pub agent: String,
    /// Moment of the backup.
    pub made_at: Timestamp,
    /// Rows of the store in it.
    pub rows: u64,
}

/// Makes the home of `paths`, in which there must be neither an identity nor a database, from a backup.
///
/// `take_over` makes the new store the one that goes on: what others know of the old node is newer than the backup.
/// The two tokens are new ones. Settings that are there already stay. It takes about a tenth of a second and 64 MiB,
/// and then some seconds for each gigabyte.
///
/// # Errors
/// `wrong_passphrase`; `damaged_backup`, `no_backup` or `newer_backup`; `identity_exists` or `database_exists`;
/// `in_use`; or what keeps a file from being read or written. The home is then as it was.
pub fn restore(
    paths: &Paths,
    file: &Path,
    passphrase: &Passphrase,
    now: Timestamp,
    take_over: impl FnOnce(&Store) -> Result<(), Failure>,
) -> Result<Restored, Failure> {
    refuse_occupied(paths)?;
    let refused = |error| refusal(file, error);
    let opened = File::open(file).map_err(|error| Failure::file("read", file, &error))?;
    let opener = Opener::new(opened, passphrase).map_err(refused)?;
    let (reader, about) = Reader::new(opener).map_err(|error| refused(of_io(error)))?;
    let _alone = HomeLock::take(paths)?;
    clear_interrupted(paths)?;
    refuse_occupied(paths)?;
    let staging = staging(paths);
    let restored = prepare(&staging, reader, &about, now, take_over).map_err(|error| match error {
        RestoreError::Backup(error) => refused(of_io(error)),
        RestoreError::Home(failure) => failure,
    });
    let restored = restored.and_then(|restored| move_in(paths, &staging).map(|()| restored));
    if restored.is_err() {
        clear_interrupted(paths)?;
    }
    restored
}

fn refuse_occupied(paths: &Paths) -> Result<(), Failure> {
    Identity::refuse_a_second(paths)?;
    if !paths.database.exists() || staging(paths).exists() {
        return Ok(());
    }
    let message = format!("there is a database in {} already, without an identity", paths.data.display());
    Err(Failure::new(Exit::Failed, ErrorCode::DatabaseExists, message)
        .hint("Nothing was changed. Restore into another --home, or move that file away."))
}

/// Failure of a restoration, by whose fault it is.
enum RestoreError {
    Backup(io::Error),
    Home(Failure),
}

impl From<Failure> for RestoreError {
    fn from(failure: Failure) -> Self {
        Self::Home(failure)
    }
}

/// Reads the whole backup into a home of its own, and checks that its parts belong together.
fn prepare(
    staging: &Path,
    mut reader: Reader<impl io::Read>,
    about: &About,
    now: Timestamp,
    take_over: impl FnOnce(&Store) -> Result<(), Failure>,
) -> Result<Restored, RestoreError> {
    let staged = Paths::in_home(staging)?;
    private_dir(&staged.data)?;
    private_dir(&staged.identity)?;
    while let Some((part, bytes)) = reader.file().map_err(RestoreError::Backup)? {
        let path = match part {
            BackupFile::OwnerKey => &staged.owner_key,
            BackupFile::AgentKey => &staged.agent_key,
            BackupFile::NodeKey => &staged.node_key,
            BackupFile::Identity => &staged.identity_file,
            BackupFile::Config => &staged.config_file,
        };
        write_private(path, &bytes)?;
    }
    let (store, rows) = fill(&staged.database, about.schema, || reader.row()).map_err(|error| match error {
        CopyError::Other(error) => RestoreError::Backup(error),
        error @ CopyError::Row { .. } => {
            RestoreError::Backup(io::Error::new(io::ErrorKind::InvalidData, error.to_string()))
        }
        error @ CopyError::Newer { .. } => newer(&error.to_string()).into(),
        error @ (CopyError::Store(_) | CopyError::Open(_)) => unwritten(&error.to_string()).into(),
    })?;
    // The old node may still run: two nodes with one name on the network could not see each other.
    renew_node_key(&staged, &mut rand::rng())?;
    let identity = Identity::load(&staged)?;
    if identity.did != about.did {
        return Err(RestoreError::Backup(io::Error::new(
            io::ErrorKind::InvalidData,
            "its parts are of two identities",
        )));
    }
    // Others know cards that were signed after the backup, and believe only a card with a higher number; so does the old
    // node, if it still runs.
    take_over(&store).map_err(|failure| unwritten(&failure.message))?;
    note(&store, now).map_err(|error| unwritten(&error.to_string()))?;
    Ok(Restored {
        did: identity.did,
        human: identity.sender.human.to_string(),
        agent: identity.sender.agent.to_string(),
        made_at: about.made_at,
        rows,
    })
}

/// Notes in the audit that the home was restored.
fn note(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let row = AuditRow {
        at: now,
        what: AuditAction::Restore.to_string(),
        who: None,
        item: None,
        factor: AuditFactor::Passphrase.to_string(),
        outcome: AuditOutcome::Done.to_string(),
        message: None,
    };
    store.write(|tx| audit::append(tx, &row))?;
    store.settle()
}

/// Moves what was prepared to its places, the identity last.
fn move_in(paths: &Paths, staging: &Path) -> Result<(), Failure> {
    let staged = Paths::in_home(staging)?;
    tokens::write_both(paths, &mut rand::rng())?;
    if staged.config_file.exists() && !paths.config_file.exists() {
        let dir = paths.config_file.parent().unwrap_or(&paths.data);
        private_dir(dir)?;
        let bytes =
            fs::read(&staged.config_file).map_err(|error| Failure::file("read", &staged.config_file, &error))?;
        write_private(&paths.config_file, &bytes)?;
    }
    let written = |error: io::Error| Failure::file("write", &paths.data, &error);
    sync_dir(&staged.identity).map_err(written)?;
    for (from, to) in [(&staged.database, &paths.database), (&staged.identity, &paths.identity)] {
        fs::rename(from, to).map_err(|error| Failure::file("make", to, &error))?;
        sync_dir(&paths.data).map_err(written)?;
    }
    if let Err(error) = fs::remove_dir_all(staging) {
        tracing::warn!(%error, "the directory {} is empty and can be removed", staging.display());
    }
    Ok(())
}

fn of_io(error: io::Error) -> BackupSealError {
    let damaged = matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof);
    if damaged { BackupSealError::Damaged } else { BackupSealError::Io(error) }
}

fn refusal(file: &Path, error: BackupSealError) -> Failure {
    let (exit, code, hint) = match &error {
        BackupSealError::NoBackup => (Exit::Invalid, ErrorCode::NoBackup, "Nothing was changed. Is it the right file?"),
        BackupSealError::Newer(_) => (Exit::Failed, ErrorCode::NewerBackup, "Nothing was changed. Use a newer ai2ai."),
        BackupSealError::WrongPassphrase => {
            (Exit::Refused, ErrorCode::WrongPassphrase, "Nothing was changed. Try again.")
        }
        BackupSealError::Damaged => {
            (Exit::Invalid, ErrorCode::DamagedBackup, "Nothing was changed. Use another backup.")
        }
        BackupSealError::Io(_) => (Exit::Failed, ErrorCode::Io, "Nothing was changed."),
    };
    Failure::new(exit, code, format!("{} was not restored: {error}", file.display())).hint(hint)
}

fn newer(what: &str) -> Failure {
    Failure::new(Exit::Failed, ErrorCode::NewerBackup, format!("it was not restored: {what}"))
        .hint("Nothing was changed.")
}

fn unwritten(what: &str) -> Failure {
    Failure::new(Exit::Failed, ErrorCode::Database, format!("the database was not made: {what}"))
        .hint("Nothing was changed. Is the disk full?")
}
