//! Files and directories that only their owner may touch, written whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};

/// Bytes of a key file, a token or any other file of ours that is not the database.
pub const SMALL_FILE_BYTES: u64 = 64 * 1024;

/// The permission bits of everyone but the owner.
const OTHERS: u32 = 0o077;
/// The permission bits by which others could put files into a directory.
const OTHERS_WRITE: u32 = 0o022;

/// Makes a directory for its owner only (0700), or accepts one into which nobody else can write.
///
/// # Errors
/// When it cannot be made, is no directory, or others may write into it.
pub fn private_dir(dir: &Path) -> Result<(), Failure> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|error| Failure::file("make", dir, &error))?;
    let mode = fs::metadata(dir).map_err(|error| Failure::file("look at", dir, &error))?.mode();
    if mode & OTHERS_WRITE == 0 { Ok(()) } else { Err(loose(dir, "write into", "700")) }
}

/// Checks that a directory which anyone could have made is the one that `owner_of` 's owner made, for them only.
///
/// # Errors
/// When it is somebody else's, a link, or open to others.
pub fn own_dir(dir: &Path, owner_of: &Path) -> Result<(), Failure> {
    let look = |path: &Path| fs::symlink_metadata(path).map_err(|error| Failure::file("look at", path, &error));
    let there = look(dir)?;
    let owner = fs::metadata(owner_of).map_err(|error| Failure::file("look at", owner_of, &error))?;
    if !there.is_dir() || there.uid() != owner.uid() {
        let message = format!("{} belongs to somebody else", dir.display());
        return Err(
            Failure::new(Exit::Failed, ErrorCode::NotOurs, message).hint("Use a shorter --home, or have it removed.")
        );
    }
    if there.mode() & OTHERS == 0 { Ok(()) } else { Err(loose(dir, "enter", "700")) }
}

/// Writes a file of mode 0600 so that after a crash there is the old one or the new one, whole.
///
/// # Errors
/// When any step fails; the old file is then still there.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_whole(path, bytes).map_err(|error| Failure::file("write", path, &error))
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = fresh_name(path);
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    sync_dir(path.parent().unwrap_or(Path::new("/")))
}

fn fresh_name(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}

/// Makes a rename or a new file in `dir` survive a power cut.
///
/// # Errors
/// When the directory cannot be opened or written out.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Reads a small file that only its owner may read. Its bytes are erased from memory when dropped.
///
/// # Errors
/// When it is absent, larger than [`SMALL_FILE_BYTES`], or others may read or write it.
pub fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let file = File::open(path).map_err(|error| Failure::file("read", path, &error))?;
    let mode = file.metadata().map_err(|error| Failure::file("read", path, &error))?.mode();
    if mode & OTHERS != 0 {
        return Err(loose(path, "read or write", "600"));
    }
    read_bounded(file, path, SMALL_FILE_BYTES).map(Zeroizing::new)
}

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// When it is absent or larger.
pub fn read_small(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let file = File::open(path).map_err(|error| Failure::file("read", path, &error))?;
    read_bounded(file, path, limit)
}

/// Reads a file of at most `limit` bytes that somebody else may have put there: a link, a pipe or a device is not followed or
/// waited for.
///
/// # Errors
/// `not_a_file`; or when it is absent or larger.
pub fn read_foreign(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let there = fs::symlink_metadata(path).map_err(|error| Failure::file("read", path, &error))?;
    if there.is_file() {
        return read_small(path, limit);
    }
    let message = format!("{} is a link, a folder or a device, and no file", path.display());
    Err(Failure::new(Exit::Failed, ErrorCode::NotAFile, message).hint("Name the file itself."))
}

fn read_bounded(file: File, path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| Failure::file("read", path, &error))?;
    if bytes.len() as u64 <= limit {
        return Ok(bytes);
    }
    let message = format!("{} has more than {limit} bytes", path.display());
    Err(Failure::new(Exit::Failed, ErrorCode::TooLarge, message))
}

/// Tells whether others may read or write this path; `None` when it is absent.
#[must_use]
pub fn is_loose(path: &Path) -> Option<bool> {
    fs::metadata(path).ok().map(|metadata| metadata.permissions().mode() & OTHERS != 0)
}

fn loose(path: &Path, what: &str, mode: &str) -> Failure {
    Failure::new(Exit::Failed, ErrorCode::LooseMode, format!("others may {what} {}", path.display()))
        .hint(format!("Close it: chmod {mode} {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    }

    #[test]
    fn a_private_file_is_whole_and_only_for_its_owner() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("secret");
        fs::write(fresh_name(&path), "left over, and open to all").expect("a file");
        set_mode(&fresh_name(&path), 0o666);
        write_private(&path, b"one").expect("written");
        write_private(&path, b"two").expect("written again");
        assert_eq!(read_secret(&path).expect("read").as_slice(), b"two");
        assert_eq!(fs::metadata(&path).expect("there").mode() & 0o777, 0o600);
        assert!(!fresh_name(&path).exists());
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("secret");
        write_private(&path, b"one").expect("written");
        for mode in [0o640, 0o604, 0o622] {
            set_mode(&path, mode);
            assert_eq!(
                read_secret(&path).map_err(|failure| failure.code.to_string()),
                Err("loose_mode".to_owned()),
                "{mode:o}"
            );
        }
    }

    #[test]
    fn a_file_without_end_is_not_read_to_its_end() {
        let refused = read_small(Path::new("/dev/zero"), 1_000).map_err(|failure| failure.code.to_string());
        assert_eq!(refused, Err("too_large".to_owned()));
    }

    #[test]
    fn a_directory_that_others_can_fill_is_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        let ours = dir.path().join("a/b");
        private_dir(&ours).expect("made");
        assert_eq!(fs::metadata(&ours).expect("there").mode() & 0o777, 0o700);
        own_dir(&ours, dir.path()).expect("ours");
        set_mode(&ours, 0o777);
        assert!(private_dir(&ours).is_err());
        assert!(own_dir(&ours, dir.path()).is_err());
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(dir.path(), &link).expect("a link");
        assert!(own_dir(&link, dir.path()).is_err(), "a link leads elsewhere");
    }
}
