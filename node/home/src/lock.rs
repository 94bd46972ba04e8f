//! One node at a time on one home.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use ai2ai_api::client::not_running;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};

use crate::files::{own_dir, private_dir};
use crate::paths::Paths;

/// Bytes of the note in a lock file: a process id and a socket's path.
const NOTE_BYTES: u64 = 4_096;

/// The right to be the node of a home. The system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub struct HomeLock {
    file: File,
    data: PathBuf,
    socket: PathBuf,
}

/// Note that the holder leaves in the lock file for clients.
#[derive(Debug, Serialize, Deserialize)]
struct LockNote {
    pid: u32,
    socket: PathBuf,
}

impl HomeLock {
    /// Takes the lock of a home, making the home's directories where they are missing.
    ///
    /// # Errors
    /// `in_use` when another process holds it; else what keeps the directories or the file from being made.
    pub fn take(paths: &Paths) -> Result<Self, Failure> {
        private_dir(&paths.data)?;
        let opened =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&paths.lock);
        let mut file = opened.map_err(|error| Failure::file("open", &paths.lock, &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(paths, &mut file)),
            Err(TryLockError::Error(error)) => return Err(Failure::file("lock", &paths.lock, &error)),
        }
        let mut lock = Self { file, data: paths.data.clone(), socket: paths.socket.clone() };
        lock.leave_note().map_err(|error| Failure::file("write", &paths.lock, &error))?;
        Ok(lock)
    }

    /// The data directory of the home.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Socket on which the holder listens for commands.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    fn leave_note(&mut self) -> std::io::Result<()> {
        let note = serde_json::to_vec(&LockNote { pid: std::process::id(), socket: self.socket.clone() })?;
        self.file.set_len(0)?;
        self.file.write_all(&note)
    }
}

/// The socket on which the node of this home listens. The node notes it in its lock, so that a client with another environment (a cron job
/// without `XDG_RUNTIME_DIR`) finds it too. Look each time before connecting.
///
/// # Errors
/// `not_running` when the socket's directory is absent: somebody else could make it next. `not_ours` or `loose_mode` when
/// it is not the home owner's alone: somebody else may be listening there.
pub fn socket_of(paths: &Paths) -> Result<PathBuf, Failure> {
    let noted = File::open(&paths.lock).ok().and_then(|mut file| read_note(&mut file));
    let socket = noted.map_or_else(|| paths.socket.clone(), |note| note.socket);
    match socket.parent() {
        Some(dir) if dir != paths.data && !dir.exists() => return Err(not_running()),
        Some(dir) if dir != paths.data => own_dir(dir, &paths.data)?,
        Some(_) | None => {}
    }
    Ok(socket)
}

fn read_note(file: &mut File) -> Option<LockNote> {
    let mut bytes = Vec::new();
    file.take(NOTE_BYTES).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn in_use(paths: &Paths, file: &mut File) -> Failure {
    let holder = read_note(file).map_or_else(String::new, |note| format!(" (process {})", note.pid));
    Failure::new(Exit::Failed, ErrorCode::InUse, format!("a node already runs on {}{holder}", paths.data.display()))
        .hint("Use that one, or stop it first; for a second node on this machine give another --home.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_node_on_the_same_home_is_told_who_is_there() {
        let dir = tempfile::tempdir().expect("a directory");
        let paths = Paths::in_home(&dir.path().join("home")).expect("paths");
        let first = HomeLock::take(&paths).expect("the first");
        let second = HomeLock::take(&paths).expect_err("the second");
        assert_eq!(second.code, ErrorCode::InUse);
        assert!(second.message.contains(&std::process::id().to_string()), "{second}");
        drop(first);
        HomeLock::take(&paths).expect("free again");
    }

    #[test]
    fn the_client_finds_the_socket_that_the_node_noted() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut paths = Paths::in_home(&dir.path().join("home")).expect("paths");
        assert_eq!(socket_of(&paths).expect("a guess"), paths.socket);
        let lock = HomeLock::take(&paths).expect("taken");
        let real = std::mem::replace(&mut paths.socket, paths.data.join("elsewhere"));
        assert_eq!((socket_of(&paths).expect("the note"), lock.socket()), (real.clone(), real.as_path()));
        std::fs::write(&paths.lock, "{\"pid\":").expect("half a note");
        assert_eq!(socket_of(&paths).expect("a guess"), paths.socket);
    }

    #[test]
    fn nobody_is_talked_to_where_somebody_else_could_listen() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut paths = Paths::in_home(&dir.path().join("home")).expect("paths");
        private_dir(&paths.data).expect("made");
        let beside = dir.path().join("beside");
        paths.socket = beside.join("node.sock");
        assert_eq!(socket_of(&paths).expect_err("absent").code, ErrorCode::NotRunning);
        private_dir(&beside).expect("made");
        assert_eq!(socket_of(&paths).expect("ours"), paths.socket);
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&beside, open).expect("a mode");
        assert_eq!(socket_of(&paths).expect_err("open to others").code, ErrorCode::LooseMode);
    }
}
