//! A backup is made: under another name first, and renamed when it is complete and on the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use ai2ai_protocol::time::Timestamp;
use ai2ai_store::Read;
use ai2ai_store::copy::{CopyError, SCHEMA, each_row};
use zeroize::Zeroizing;

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::views::Made;

use super::Passphrase;
use super::archive::{About, BackupFile, Writer};
use super::sealed::Sealer;
use crate::files::{SMALL_FILE_BYTES, read_secret, read_small, sync_dir};
use crate::identity::{Cost, Identity};
use crate::paths::Paths;

/// Seals a home, as one view of its store sees it, into a new file for its owner only.
///
/// It takes about a tenth of a second and 64 MiB, and then some seconds for each gigabyte: call it where blocking is
/// allowed.
///
/// # Errors
/// `exists` when there is such a file, `no_identity` or `damaged_identity`, or what keeps a file from being read or
/// written. Then there is no new file.
pub fn write(
    paths: &Paths,
    store: &Read,
    passphrase: &Passphrase,
    file: &Path,
    now: Timestamp,
) -> Result<Made, Failure> {
    if fs::symlink_metadata(file).is_ok() {
        return Err(Failure::new(
            Exit::Failed,
            ErrorCode::Exists,
            format!("there is a file {} already", file.display()),
        )
        .hint("Nothing was written. Choose another name, or move that file away."));
    }
    let identity = Identity::load(paths)?;
    let parts = BackupFile::ALL.into_iter().map(|part| Ok((part, read_part(paths, part)?)));
    let parts = parts.collect::<Result<Vec<_>, Failure>>()?;
    let about = About {
        did: identity.did,
        human: identity.sender.human.clone(),
        made_at: now,
        schema: SCHEMA,
        program: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let unfinished = beside(file);
    let written = write_unfinished(&unfinished, &about, &parts, store, passphrase);
    let finished = written.and_then(|rows| {
        let failed = |error: io::Error| Failure::file("write", file, &error);
        let bytes = fs::metadata(&unfinished).map_err(failed)?.len();
        fs::rename(&unfinished, file).map_err(failed)?;
        sync_dir(directory(file)).map_err(failed)?;
        Ok(Made { file: file.to_owned(), bytes, rows, did: identity.did })
    });
    if finished.is_err()
        && let Err(error) = fs::remove_file(&unfinished)
    {
        tracing::debug!(%error, "an unfinished backup was not removed");
    }
    finished
}

/// The bytes of a part; none of a settings file that is not there.
fn read_part(paths: &Paths, part: BackupFile) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    match part {
        BackupFile::OwnerKey => read_secret(&paths.owner_key).map(Some),
        BackupFile::AgentKey => read_secret(&paths.agent_key).map(Some),
        BackupFile::NodeKey => read_secret(&paths.node_key).map(Some),
        BackupFile::Identity => read_small(&paths.identity_file, SMALL_FILE_BYTES).map(|bytes| Some(bytes.into())),
        BackupFile::Config if !paths.config_file.exists() => Ok(None),
        BackupFile::Config => read_small(&paths.config_file, SMALL_FILE_BYTES).map(|bytes| Some(bytes.into())),
    }
}

fn write_unfinished(
    unfinished: &Path,
    about: &About,
    parts: &[(BackupFile, Option<Zeroizing<Vec<u8>>>)],
    store: &Read,
    passphrase: &Passphrase,
) -> Result<u64, Failure> {
    let failed = |error: io::Error| {
        Failure::file("write", unfinished, &error).hint("There is no backup. Make room, or choose another place.")
    };
    let file = create(unfinished).map_err(failed)?;
    let sealer = Sealer::new(BufWriter::new(file), passphrase, Cost::NOW, &mut rand::rng()).map_err(failed)?;
    let mut writer = Writer::new(sealer, about).map_err(failed)?;
    for (part, bytes) in parts {
        if let Some(bytes) = bytes {
            writer.file(*part, bytes).map_err(failed)?;
        }
    }
    let rows = each_row(store, |table, key, value| writer.row(table, key, value)).map_err(|error| match error {
        CopyError::Other(error) => failed(error),
        other @ (CopyError::Store(_) | CopyError::Open(_) | CopyError::Newer { .. } | CopyError::Row { .. }) => {
            Failure::new(Exit::Failed, ErrorCode::Database, format!("the database cannot be read: {other}"))
        }
    })?;
    let buffered = writer.finish().and_then(Sealer::finish).map_err(failed)?;
    let file = buffered.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    Ok(rows)
}

/// A new file for its owner only, in place of what an interrupted backup left.
fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    file.with_file_name(name)
}

fn directory(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
