//! A network namespace that lives as long as its value: a machine of its own on this machine.
//!
//! The namespace belongs to a holder process that waits on a pipe from the test. When the value is dropped, or the test
//! process dies in any way, the pipe closes; the holder then ends everything that runs in its namespace, and the kernel
//! takes the network away. Nothing has a name outside, so parallel runs can't clash.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// Script of the holder: says that it is there, waits for the pipe to close, ends what is left.
const HOLDER: &str = r#"
ip link set lo up && echo ready || exit 1
read -r _
for net in /proc/[0-9]*/ns/net; do
    pid=${net#/proc/}; pid=${pid%%/*}
    [ "$pid" != $$ ] && [ "$net" -ef /proc/self/ns/net ] && kill -9 "$pid"
done
exit 0
"#;

/// Way in which a namespace is made here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    /// By root.
    Root,
    /// By a user who is root in a user namespace only.
    User,
}

/// A network namespace.
#[derive(Debug)]
pub struct Namespace {
    holder: Child,
    pipe: Option<ChildStdin>,
    right: Right,
    /// True if what is mounted in it is seen only in it.
    own_mounts: bool,
}

impl Namespace {
    /// A new namespace with nothing but a loopback device.
    ///
    /// # Errors
    /// In words, when this machine lets nobody make one.
    pub fn open() -> Result<Self, String> {
        let as_root = Self::hold(Command::new(tool("unshare")).arg("--net"), Right::Root, false);
        as_root.or_else(|root| {
            let mut user = Command::new(tool("unshare"));
            Self::hold(user.args(["--user", "--map-root-user", "--net"]), Right::User, false)
                .map_err(|user| format!("{root}; {user}"))
        })
    }

    /// Another namespace, to which this one can be connected.
    ///
    /// # Errors
    /// In words, when it can't be made.
    pub fn beside(&self) -> Result<Self, String> {
        Self::hold(self.command(&tool("unshare")).arg("--net"), self.right, false)
    }

    /// The same, and what is mounted in it is seen only in it. Its commands begin in `/`.
    ///
    /// # Errors
    /// In words, when it can't be made.
    pub fn beside_with_mounts(&self) -> Result<Self, String> {
        Self::hold(self.command(&tool("unshare")).args(["--net", "--mount"]), self.right, true)
    }

    fn hold(unshare: &mut Command, right: Right, own_mounts: bool) -> Result<Self, String> {
        let mut holder = holder(unshare.args(["sh", "-c", HOLDER]).env("PATH", search_path()))?;
        let pipe = holder.stdin.take();
        Ok(Self { holder, pipe, right, own_mounts })
    }

    /// The process that holds the namespace, by which `ip` knows it.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.holder.id()
    }

    /// A command that will run in this namespace; the process started is the program itself.
    #[must_use]
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(tool("nsenter"));
        command.arg("--target").arg(self.pid().to_string()).arg("--net");
        if self.own_mounts {
            command.arg("--mount");
        }
        if self.right == Right::User {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.arg("--").arg(program);
        command
    }

    /// Runs a shell script in this namespace, and gives what it printed.
    ///
    /// # Errors
    /// In words, with what it said, when it fails.
    pub fn run(&self, script: &str) -> Result<String, String> {
        let mut command = self.command(Path::new("/bin/sh"));
        let output = command
            .args(["-e", "-c", script])
            .env("PATH", search_path())
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("nsenter: {error}"))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(format!("`{}`: {}", script.trim(), String::from_utf8_lossy(&output.stderr).trim()))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        drop(self.pipe.take());
        if let Err(error) = self.holder.wait() {
            eprintln!("the holder of a namespace could not be waited for: {error}");
        }
    }
}

/// Returns where programs are searched: as the test was told, and where Debian keeps those of the administrator.
fn search_path() -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{path}:/usr/sbin:/usr/bin:/sbin:/bin")
}

/// A program by its name, with its path when it is found.
fn tool(name: &str) -> PathBuf {
    let found = search_path().split(':').map(|folder| Path::new(folder).join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| PathBuf::from(name))
}

/// A process that holds something for as long as its input is open; it has said that it is ready.
pub(crate) fn holder(unshare: &mut Command) -> Result<Child, String> {
    let failed = |error: std::io::Error| format!("unshare: {error}");
    let spawned = unshare.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut holder = spawned.map_err(failed)?;
    let mut said = String::new();
    let stdout = holder.stdout.take().ok_or("unshare has no output")?;
    BufReader::new(stdout).read_line(&mut said).map_err(failed)?;
    if said.trim() == "ready" {
        return Ok(holder);
    }
    let mut why = String::new();
    if let Some(mut stderr) = holder.stderr.take() {
        stderr.read_to_string(&mut why).map_err(failed)?;
    }
    let status = holder.wait().map_err(failed)?;
    Err(format!("{} ({status})", why.trim()))
}
