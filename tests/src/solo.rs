//! A node on loopback that runs as a process of its own, with a home of its own and no lab around it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::binary::ai2ai;
use crate::times::{PATIENCE, wait_for};

/// A node of somebody.
pub struct Solo {
    home: TempDir,
    node: Option<Child>,
    log: Option<PathBuf>,
    /// Addresses at which it listens for libp2p; none, if its settings say so too.
    listen: Option<String>,
}

/// Any free port.
const ANYWHERE: &str = "/ip4/127.0.0.1/tcp/0";

impl Solo {
    /// A home with an identity without a PIN, and these settings instead of the first ones.
    ///
    /// # Panics
    /// When it can't be made.
    #[must_use]
    pub fn moves_in(human: &str, config: &str) -> Self {
        let home = tempfile::tempdir().expect("a directory");
        let agent = format!("{}-assistant", human.to_lowercase());
        let solo = Self { home, node: None, log: None, listen: Some(ANYWHERE.to_owned()) };
        assert_eq!(solo.asks(&["init", "--human", human, "--agent", &agent, "--no-pin"]).len(), 1);
        std::fs::write(solo.home().join("config.toml"), config).expect("settings");
        solo
    }

    /// From its next start on, the node listens here; nowhere, where the settings have `listen = []`.
    pub fn listens_at(&mut self, address: Option<&str>) {
        self.listen = address.map(str::to_owned);
    }

    /// Starts the node, and waits until it listens.
    ///
    /// # Panics
    /// When it doesn't.
    #[must_use]
    pub fn is_up(mut self) -> Self {
        self.starts();
        self
    }

    /// Starts the node again.
    ///
    /// # Panics
    /// When it doesn't listen.
    pub fn starts(&mut self) {
        let mut command = command(self.home(), &["up", "--no-mdns"]);
        command.args(self.listen.iter().flat_map(|address| ["--listen", address]));
        let log = self.log.as_ref().map(|file| File::options().create(true).append(true).open(file).expect("a log"));
        if log.is_some() {
            command.arg("-vvv");
        }
        let log = log.map_or_else(Stdio::null, Stdio::from);
        self.node = Some(command.stdout(Stdio::null()).stderr(log).spawn().expect("it starts"));
        wait_for("the node to listen", PATIENCE, || match self.listen {
            Some(_) => self.listens().map(drop),
            None => self.asks(&["status"])[0]["running"].as_bool().map(drop),
        });
    }

    /// From its next start on, the node writes its log here, with all that it can tell.
    pub fn logs_to(&mut self, file: &Path) {
        self.log = Some(file.to_owned());
    }

    /// Becomes the contact of somebody else, and they of this one, by a link.
    ///
    /// # Panics
    /// When they don't get to know each other.
    pub fn invites(&self, other: &Self) {
        let link = self.asks(&["invite"]).remove(0)["link"].as_str().expect("a link").to_owned();
        assert!(other.asks(&["join", &link]).remove(0)["name"].is_string());
    }

    /// Ends the node at once, as a power cut does.
    pub fn is_killed(&mut self) {
        if let Some(mut node) = self.node.take() {
            drop(node.kill());
            drop(node.wait());
        }
    }

    /// Returns where everything of theirs is.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Returns what a command answers, line by line.
    #[must_use]
    pub fn asks(&self, words: &[&str]) -> Vec<Value> {
        let output = self.types(words);
        String::from_utf8_lossy(&output.stdout).lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// A command, with its exit code and all that it printed.
    ///
    /// # Panics
    /// When it doesn't run.
    #[must_use]
    pub fn types(&self, words: &[&str]) -> Output {
        command(self.home(), words).output().expect("it runs")
    }

    /// Returns how many KiB of memory the running node has.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn memory_kib(&self) -> u64 {
        let pid = self.node.as_ref().expect("a running node").id();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("its status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.split_whitespace().next().and_then(|kib| kib.parse().ok()).expect("a number")
    }

    /// Its peer id, and an address without that; once it listens.
    #[must_use]
    pub fn listens(&self) -> Option<(String, String)> {
        let status = self.asks(&["status"]).into_iter().next()?;
        let address = status["listen"].as_array()?.first()?.as_str()?;
        let (address, _) = address.split_once("/p2p/")?;
        Some((status["peer"].as_str()?.to_owned(), address.to_owned()))
    }
}

impl Drop for Solo {
    fn drop(&mut self) {
        self.is_killed();
    }
}

/// Two nodes whose owners know each other: each a name with its settings.
///
/// # Panics
/// When they don't get to know each other.
#[must_use]
pub fn acquainted(one: (&str, &str), other: (&str, &str)) -> (Solo, Solo) {
    let (here, there) = (Solo::moves_in(one.0, one.1).is_up(), Solo::moves_in(other.0, other.1).is_up());
    here.invites(&there);
    (here, there)
}

fn command(home: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(ai2ai());
    command.arg("--home").arg(home).args(["--json", "--no-input"]).args(words).stdin(Stdio::null());
    command
}
