//! Leftovers of a restoration that was interrupted, in a home that has no identity.

use std::path::{Path, PathBuf};
use std::{fs, io};

use ai2ai_api::exit::Failure;

use crate::paths::Paths;

/// Clears away what an interrupted restoration left in a home that has no identity. The caller holds the home's lock.
///
/// # Errors
/// When it cannot be removed.
pub(crate) fn clear_interrupted(paths: &Paths) -> Result<(), Failure> {
    let staging = staging(paths);
    if paths.has_identity() || !staging.exists() {
        return Ok(());
    }
    let removed = |path: &Path, outcome: io::Result<()>| match outcome {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Failure::file("remove", path, &error)),
        Ok(()) | Err(_) => Ok(()),
    };
    // A database without an identity comes from an interrupted restoration as long as this directory is there.
    removed(&paths.database, fs::remove_file(&paths.database))?;
    removed(&staging, fs::remove_dir_all(&staging))
}

/// Directory in which a home is prepared.
pub(crate) fn staging(paths: &Paths) -> PathBuf {
    paths.data.join("restoring")
}
