//! Nodes and checkers in other languages, which know nothing of this code but `protocol/SPEC.md`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::lab::refused;

/// The oldest Node that js-libp2p runs on.
const NODE_MAJOR: u32 = 20;
/// Longest time of one command of a foreign node; its own waits are shorter.
const PATIENCE: Duration = Duration::from_secs(120);
/// Lines that a foreign node may be ahead of its reader.
const LINES: usize = 1_024;
/// The file that says what a folder was made from.
const MADE_FROM: &str = "made-from";

/// JavaScript, ready to run.
pub struct JavaScript {
    folder: PathBuf,
}

impl JavaScript {
    /// Copies `tests/interop/js` below `temporary` and installs what its lock file names; none, having said `SKIPPED`,
    /// where there is no Node, no npm or no registry.
    ///
    /// # Panics
    /// When there is none and the lab may not be skipped.
    #[must_use]
    pub fn installed(temporary: &Path) -> Option<Self> {
        if let Err(reason) = node_is_new_enough() {
            return refused(&reason);
        }
        let (from, folder) = (interop("js"), temporary.join("interop-js"));
        copy(&from, &folder);
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
        match made(&folder, &from.join("package-lock.json"), npm) {
            Ok(()) => Some(Self { folder }),
            Err(reason) => refused(&reason),
        }
    }

    /// Runs a script to its end.
    ///
    /// # Panics
    /// When Node does not start.
    #[must_use]
    pub fn runs(&self, script: &str, words: &[&Path]) -> Output {
        Command::new("node").arg(self.folder.join(script)).args(words).output().expect("node")
    }

    /// Starts a node of somebody.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn node_of(&self, human: &str) -> ForeignNode {
        let mut command = Command::new("node");
        command.arg(self.folder.join("peer.js")).arg(human);
        ForeignNode::starts(command)
    }
}

/// Python, ready to run.
pub struct Python {
    python: PathBuf,
    folder: PathBuf,
}

impl Python {
    /// Makes a virtual environment below `temporary` with what `requirements.txt` names; none, having said `SKIPPED`, where
    /// there is no Python or no registry.
    ///
    /// # Panics
    /// When there is none and the lab may not be skipped.
    #[must_use]
    pub fn installed(temporary: &Path) -> Option<Self> {
        let (folder, venv) = (interop("python"), temporary.join("interop-python"));
        let requirements = folder.join("requirements.txt");
        std::fs::create_dir_all(&venv).expect("a temporary folder");
        let mut pip = Command::new("sh");
        let words = "python3 -m venv \"$1\" && \"$1/bin/pip\" install --quiet --disable-pip-version-check -r \"$2\"";
        pip.args(["-c", words, "sh"]).arg(&venv).arg(&requirements);
        match made(&venv, &requirements, pip) {
            Ok(()) => Some(Self { python: venv.join("bin/python"), folder }),
            Err(reason) => refused(&reason),
        }
    }

    /// Runs a script to its end.
    ///
    /// # Panics
    /// When Python does not start.
    #[must_use]
    pub fn runs(&self, script: &str, words: &[&Path]) -> Output {
        let mut command = Command::new(&self.python);
        // No `__pycache__` in the source tree.
        command.arg("-B").arg(self.folder.join(script)).args(words).output().expect("python")
    }
}

/// A node in another language: it takes commands and tells events, a line of JSON each.
pub struct ForeignNode {
    process: Child,
    input: ChildStdin,
    lines: Receiver<Value>,
    events: Vec<Value>,
    /// Its identity.
    pub did: String,
    /// Address at which it listens, with its peer id.
    pub address: String,
}

impl ForeignNode {
    fn starts(mut command: Command) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let input = process.stdin.take().expect("its input");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let (sender, lines) = sync_channel(LINES);
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut node = Self { process, input, lines, events: Vec::new(), did: String::new(), address: String::new() };
        let up = node.tells("up", |_| true);
        up["did"].as_str().expect("a did").clone_into(&mut node.did);
        up["addresses"][0].as_str().expect("an address").clone_into(&mut node.address);
        node
    }

    /// Returns what a command answers.
    ///
    /// # Panics
    /// When it fails, or does not answer in time.
    pub fn does(&mut self, command: &Value) -> Value {
        writeln!(self.input, "{command}").expect("it reads");
        let started = Instant::now();
        loop {
            let mut line = self.next_line(started, &command.to_string());
            assert!(line["error"].is_null(), "{command}: {}", line["error"]);
            if !line["reply"].is_null() {
                return line["reply"].take();
            }
            self.events.push(line);
        }
    }

    /// The first event of this name that was not asked for before and that `fits`.
    ///
    /// # Panics
    /// When there is none in time.
    pub fn tells(&mut self, event: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        loop {
            if let Some(place) = self.events.iter().position(|told| told["event"] == event && fits(told)) {
                return self.events.remove(place);
            }
            let line = self.next_line(started, event);
            self.events.push(line);
        }
    }

    fn next_line(&self, started: Instant, what: &str) -> Value {
        match self.lines.recv_timeout(PATIENCE.saturating_sub(started.elapsed())) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => panic!("waited in vain for {what}; it told {:?}", self.events),
            Err(RecvTimeoutError::Disconnected) => panic!("it ended before {what}; it told {:?}", self.events),
        }
    }
}

impl Drop for ForeignNode {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn interop(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("interop").join(language)
}

fn node_is_new_enough() -> Result<(), String> {
    let output = Command::new("node").arg("--version").output().map_err(|_| "there is no node".to_owned())?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    match major {
        Some(major) if major >= NODE_MAJOR => Ok(()),
        Some(0..) | None => Err(format!("node is `{version}`, and js-libp2p needs {NODE_MAJOR}")),
    }
}

/// Runs `install` unless `folder` was made from the same `file` already.
fn made(folder: &Path, file: &Path, mut install: Command) -> Result<(), String> {
    let (wanted, mark) = (std::fs::read(file).expect("what is to be installed"), folder.join(MADE_FROM));
    if std::fs::read(&mark).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    let output = install.output().map_err(|error| format!("{install:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{install:?}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    std::fs::write(&mark, wanted).map_err(|error| error.to_string())
}

/// Copies a folder, without what a hand run installed into it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a temporary folder");
    for entry in std::fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        match entry.file_name().to_str() {
            Some("node_modules") => {}
            Some(_) | None if path.is_dir() => copy(&path, &copied),
            Some(_) | None => drop(std::fs::copy(&path, &copied).expect("a copy")),
        }
    }
}
