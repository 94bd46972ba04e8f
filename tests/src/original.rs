//! An agent of the protocol's original: `tests/interop/original/agent.mjs`, in a process of Node.js, and driven line by line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::lab::refused;

/// The agent.
pub struct Agent {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    /// Its port on loopback, its key in PEM, the fingerprint of that, and the key that payloads are encrypted to.
    pub who: Value,
}

impl Agent {
    /// An agent that listens on loopback; none, having said `SKIPPED`, on a machine without Node.js.
    ///
    /// # Panics
    /// When there is none and `AI2AI_REQUIRE_LAB=1`, or when it does not start.
    #[must_use]
    pub fn appears(agent: &str, human: &str) -> Option<Self> {
        if !Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success()) {
            return refused("there is no Node.js");
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/original/agent.mjs");
        let mut command = Command::new("node");
        command.arg(script).args([agent, human]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("it starts");
        let (to, from) = (process.stdin.take().expect("a pipe"), process.stdout.take().expect("a pipe"));
        let mut agent = Self { process, to, from: BufReader::new(from), who: Value::Null };
        agent.who = agent.reads();
        Some(agent)
    }

    fn reads(&mut self) -> Value {
        let mut line = String::new();
        self.from.read_line(&mut line).expect("a line");
        serde_json::from_str(&line).expect("JSON")
    }

    /// Does one thing, and gives what came of it.
    ///
    /// # Panics
    /// When it is gone.
    pub fn does(&mut self, what: &str, with: Value) -> Value {
        let mut line = with;
        line["do"] = what.into();
        writeln!(self.to, "{line}").expect("it listens");
        let answer = self.reads();
        assert!(answer.get("failed").is_none(), "{what}: {answer}");
        answer
    }

    /// Returns where it is posted to.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/ai2ai", self.who["port"])
    }

    /// An envelope with these members instead of the usual ones, signed as its documents say.
    pub fn makes(&mut self, changes: Value) -> Value {
        self.does("make", json!({ "changes": changes }))
    }

    /// Posts an envelope; its answer has `status`, `headers` and `body`.
    pub fn posts(&mut self, url: &str, envelope: &Value) -> Value {
        self.does("post", json!({ "url": url, "envelope": envelope }))
    }

    /// Returns what came to it, oldest first; `refused` of what it answered otherwise than it should.
    pub fn received(&mut self) -> Vec<Value> {
        self.does("received", json!({})).as_array().cloned().unwrap_or_default()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
