//! Observations of a laptop that change nothing: by its owner, and by the machine's kernel.

use std::fs;

use serde_json::Value;

use super::Laptop;

impl Laptop {
    /// Returns what `status` says of a running node.
    ///
    /// # Panics
    /// When it doesn't run.
    #[must_use]
    pub fn status(&self) -> Value {
        self.owner(&["status"]).done().one().clone()
    }

    /// Returns whether `nearby` lists the other; no while the node does not answer yet.
    #[must_use]
    pub fn lists(&self, other: &Self) -> bool {
        let answer = self.owner(&["nearby"]);
        answer.exit == 0 && answer.line_where("did", other.did()).is_some()
    }

    /// The live connections with the other that `status` shows.
    ///
    /// # Panics
    /// When the node doesn't run.
    #[must_use]
    pub fn connections_with(&self, other: &Self) -> Vec<Value> {
        let status = self.status();
        let all = status["connections"].as_array().expect("connections");
        all.iter().filter(|connection| connection["peer"] == other.peer()).cloned().collect()
    }

    /// Returns how many TCP connections the machine has, by the kernel's own table.
    ///
    /// # Panics
    /// When the table can't be read.
    #[must_use]
    pub fn tcp_connections(&self) -> usize {
        const ESTABLISHED: &str = "01";
        let table = self.machine().run("cat /proc/net/tcp /proc/net/tcp6 2>/dev/null || true").expect("the table");
        table.lines().filter(|line| line.split_whitespace().nth(3) == Some(ESTABLISHED)).count()
    }

    /// Returns what the node printed so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// For whoever reads why a test failed: what the node printed, and how things stand.
    pub(super) fn tells_how_it_is(&self) {
        eprintln!("--- {}'s node printed:\n{}---", self.name, self.log());
        for command in
            ["conversations", "outbox", "dead", "pending", "contacts", "audit"].iter().filter(|_| self.node.is_some())
        {
            let output = self.command(&[command]).output();
            let said = output
                .map_or_else(|error| error.to_string(), |output| String::from_utf8_lossy(&output.stdout).into_owned());
            eprintln!("{}$ ai2ai {command}\n{said}", self.name);
        }
    }
}
