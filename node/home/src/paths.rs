//! Paths of one node.

use std::path::{Path, PathBuf, absolute};

use ai2ai_protocol::digest::Digest;
use etcetera::base_strategy::{BaseStrategy as _, Xdg};

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};

/// Bytes of a socket's path: what macOS has room for; Linux has four more.
const SOCKET_PATH_BYTES: usize = 103;
/// The socket's file name.
const SOCKET_NAME: &str = "node.sock";

/// The files and directories of one node. All paths are absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The data directory, only for its owner.
    pub data: PathBuf,
    /// The settings that a person may edit.
    pub config_file: PathBuf,
    /// The database.
    pub database: PathBuf,
    /// The directory of the identity. It appears whole, when the identity is made.
    pub identity: PathBuf,
    /// The owner key, sealed with the PIN.
    pub owner_key: PathBuf,
    /// The agent key.
    pub agent_key: PathBuf,
    /// The libp2p node's key.
    pub node_key: PathBuf,
    /// Names, did and delegation: nothing secret.
    pub identity_file: PathBuf,
    /// The owner's token.
    pub owner_token: PathBuf,
    /// The agent's token.
    pub agent_token: PathBuf,
    /// Socket on which the running node listens for commands, unless its lock says otherwise.
    pub socket: PathBuf,
    /// Held by the running node.
    pub lock: PathBuf,
    /// Log file of a node without a terminal.
    pub log: PathBuf,
}

impl Paths {
    /// Tells whether an identity is in this home, or cannot be ruled out.
    #[must_use]
    pub fn has_identity(&self) -> bool {
        self.identity.try_exists().unwrap_or(true)
    }

    /// Everything below one directory, so that several nodes fit on one machine.
    ///
    /// # Errors
    /// When the directory is relative and the current directory is gone.
    pub fn in_home(home: &Path) -> Result<Self, Failure> {
        let home = absolute(home).map_err(|error| Failure::file("find", home, &error))?;
        Ok(Self::of(home.clone(), home.join("config.toml"), &home))
    }

    /// The directories of the XDG base directory specification.
    ///
    /// # Errors
    /// When the user has no home directory.
    pub fn of_user() -> Result<Self, Failure> {
        let xdg = Xdg::new().map_err(|_| {
            Failure::new(Exit::Failed, ErrorCode::NoHome, "this user has no home directory")
                .hint("Say where the files are to be: --home DIR")
        })?;
        let data = xdg.data_dir().join("ai2ai");
        let runtime = xdg.runtime_dir().map_or_else(|| data.clone(), |dir| dir.join("ai2ai"));
        Ok(Self::of(data, xdg.config_dir().join("ai2ai").join("config.toml"), &runtime))
    }

    fn of(data: PathBuf, config_file: PathBuf, runtime: &Path) -> Self {
        let identity = data.join("identity");
        Self {
            config_file,
            database: data.join("ai2ai.redb"),
            owner_key: identity.join("owner.key"),
            agent_key: identity.join("agent.key"),
            node_key: identity.join("node.key"),
            identity_file: identity.join("identity.json"),
            identity,
            owner_token: data.join("owner.token"),
            agent_token: data.join("agent.token"),
            socket: socket_in(runtime, &data),
            lock: data.join("lock"),
            log: data.join("ai2ai.log"),
            data,
        }
    }
}

/// The socket in `runtime`, or, when that path is longer than a socket's may be, in a short directory named after the
/// data directory. Anyone could make that one first; it is used only when it belongs to the owner of the data.
fn socket_in(runtime: &Path, data: &Path) -> PathBuf {
    let socket = runtime.join(SOCKET_NAME);
    if socket.as_os_str().len() <= SOCKET_PATH_BYTES {
        return socket;
    }
    let digest = Digest::of(data.as_os_str().as_encoded_bytes()).to_string();
    let short: String = digest.chars().skip("sha256:".len()).take(16).collect();
    Path::new("/tmp").join(format!("ai2ai-{short}")).join(SOCKET_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_holds_everything() {
        let paths = Paths::in_home(Path::new("/srv/alice")).expect("an absolute home");
        for path in
            [&paths.config_file, &paths.database, &paths.owner_key, &paths.owner_token, &paths.socket, &paths.lock]
        {
            assert!(path.starts_with("/srv/alice"), "{}", path.display());
        }
        let relative = Paths::in_home(Path::new("alice")).expect("a current directory");
        assert!(relative.data.is_absolute());
    }

    #[test]
    fn a_home_too_deep_for_a_socket_has_a_short_one_of_its_own() {
        let deep = |name: &str| Paths::in_home(&Path::new("/srv").join("x".repeat(120)).join(name)).expect("absolute");
        let one = deep("one").socket;
        let other = deep("other").socket;
        assert!(one.as_os_str().len() <= SOCKET_PATH_BYTES, "{}", one.display());
        assert_ne!(one, other);
        assert_eq!(one, deep("one").socket);
    }
}
