//! One run of the owner's program: no shell, no token, a deadline, a bound on what it prints and on its memory, and nothing of it left over.

use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

use crate::quoting::folded;

/// Bytes that a program may print.
pub(super) const PRINTED_BYTES: usize = 256 * 1024;
/// Bytes of its complaints that are read for the log; it may write more.
const COMPLAINT_BYTES: u64 = 2_048;
/// Characters of them that are logged.
const COMPLAINT_CHARS: usize = 400;
/// What it is told of the node's environment.
const ENVIRONMENT: [&str; 7] = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER", "TMPDIR"];

/// What a run may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunBounds {
    /// Until it is killed, with its process group.
    pub(super) within: Duration,
    /// Bytes of address space for it, and for each process that it starts.
    pub(super) memory: u64,
}

/// A program with its arguments.
#[derive(Debug)]
pub(super) struct HookProgram {
    pub(super) words: Vec<String>,
    pub(super) folder: PathBuf,
    pub(super) bounds: RunBounds,
}

/// Why nothing is taken from a run.
#[derive(Debug, thiserror::Error)]
pub(super) enum HookError {
    #[error("it can't be started: {0}")]
    Start(io::Error),
    #[error("what it prints can't be read: {0}")]
    Read(io::Error),
    #[error("it was killed after {} s", .0.as_secs())]
    TooLong(Duration),
    #[error("it printed more than {PRINTED_BYTES} bytes")]
    TooMuch,
    #[error("it ended with {0}")]
    Ended(ExitStatus),
}

/// Everything that a run started. Dropping it kills what is left: also when the node stops in the middle.
struct ProcessTree(Option<Pid>);

impl Drop for ProcessTree {
    fn drop(&mut self) {
        let killed = self.0.map(|pid| kill_process_group(pid, Signal::KILL));
        tracing::trace!(?killed, "what a hook left over");
    }
}

impl HookProgram {
    /// Tells it the event, and gives what it printed.
    pub(super) async fn run(&self, event: &Value) -> Result<Vec<u8>, HookError> {
        let mut child = self.start().map_err(HookError::Start)?;
        let group = ProcessTree(child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)));
        bound_memory(&group, self.bounds.memory).map_err(HookError::Start)?;
        let ended = timeout(self.bounds.within, talk(&mut child, event)).await;
        drop(group);
        let (printed, status) = ended.map_err(|_| HookError::TooLong(self.bounds.within))??;
        if status.success() { Ok(printed) } else { Err(HookError::Ended(status)) }
    }

    fn start(&self) -> io::Result<Child> {
        let (program, arguments) = self.words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let kept = ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(kept)
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
    }
}

/// Whatever it allocates from now on stays below. It gets its event only then.
#[cfg(target_os = "linux")]
fn bound_memory(group: &ProcessTree, bytes: u64) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, prlimit};
    let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
    match group.0.map(|pid| prlimit(Some(pid), Resource::As, limit)) {
        // It may have ended already.
        Some(Err(rustix::io::Errno::SRCH)) | Some(Ok(_)) | None => Ok(()),
        Some(Err(error)) => Err(error.into()),
    }
}

/// Only Linux lets a process bound another's memory.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "the same on every system")]
fn bound_memory(_: &ProcessTree, _: u64) -> io::Result<()> {
    Ok(())
}

async fn talk(child: &mut Child, event: &Value) -> Result<(Vec<u8>, ExitStatus), HookError> {
    let input = child.stdin.take();
    let output = child.stdout.take();
    let complaints = child.stderr.take();
    let (printed, (), ()) = tokio::join!(print(output), tell(input, event), complain(complaints));
    let status = child.wait().await.map_err(HookError::Read)?;
    Ok((printed?, status))
}

/// A program that does not care what happened may go without reading it.
async fn tell(input: Option<ChildStdin>, event: &Value) {
    let Some(mut input) = input else { return };
    if let Err(error) = input.write_all(format!("{event}\n").as_bytes()).await {
        tracing::debug!(%error, "the hook did not read its event");
    }
}

async fn print(output: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, HookError> {
    let mut printed = Vec::new();
    if let Some(output) = output {
        output.take(PRINTED_BYTES as u64 + 1).read_to_end(&mut printed).await.map_err(HookError::Read)?;
    }
    if printed.len() > PRINTED_BYTES { Err(HookError::TooMuch) } else { Ok(printed) }
}

/// What it complains of is for the log: one line, and plain.
async fn complain(from: Option<impl AsyncRead + Unpin>) {
    let Some(mut from) = from else { return };
    let mut read = Vec::new();
    let complaint = (&mut from).take(COMPLAINT_BYTES).read_to_end(&mut read).await;
    if complaint.is_ok() && !read.is_empty() {
        let said = folded(String::from_utf8_lossy(&read).trim(), COMPLAINT_CHARS).replace('\n', " | ");
        tracing::warn!(said, "the hook complains");
    }
    drop(tokio::io::copy(&mut from, &mut tokio::io::sink()).await);
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use serde_json::json;

    use super::*;

    const MEMORY: u64 = 256 * 1024 * 1024;

    fn program(words: &[&str], within: Duration) -> HookProgram {
        HookProgram {
            words: words.iter().map(|&word| word.to_owned()).collect(),
            folder: std::env::temp_dir(),
            bounds: RunBounds { within, memory: MEMORY },
        }
    }

    async fn sh(script: &str) -> Result<Vec<u8>, HookError> {
        program(&["/bin/sh", "-c", script], Duration::from_secs(20)).run(&json!({ "event": "arrived" })).await
    }

    #[tokio::test]
    async fn it_is_told_the_event_and_prints_and_no_shell_reads_its_words() {
        assert_eq!(sh("cat").await.expect("printed"), b"{\"event\":\"arrived\"}\n");
        let words = ["/bin/echo", "$HOME; `id`", "*"];
        let printed = program(&words, Duration::from_secs(20)).run(&json!({})).await.expect("printed");
        assert_eq!(printed, b"$HOME; `id` *\n");
        assert_eq!(sh("echo hello; exit 0").await.expect("it need not read"), b"hello\n");
    }

    #[tokio::test]
    async fn it_learns_nothing_of_the_nodes_environment() {
        let printed = sh("env").await.expect("printed");
        let printed = String::from_utf8(printed).expect("text");
        let shells = ["PWD", "SHLVL", "_", "OLDPWD"];
        for name in printed.lines().filter_map(|line| line.split('=').next()) {
            assert!(ENVIRONMENT.contains(&name) || shells.contains(&name), "{name}");
        }
    }

    #[tokio::test]
    async fn what_fails_or_says_too_much_is_not_taken() {
        assert!(matches!(sh("echo x; exit 3").await, Err(HookError::Ended(_))));
        assert!(matches!(sh("yes").await, Err(HookError::TooMuch | HookError::Ended(_))));
        assert!(matches!(program(&["/nowhere/at/all"], MINUTE).run(&json!({})).await, Err(HookError::Start(_))));
        assert!(matches!(program(&[], MINUTE).run(&json!({})).await, Err(HookError::Start(_))));
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn it_is_killed_at_its_deadline_with_all_that_it_started() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("pid");
        let script = format!("(echo $$ > {}; exec sleep 600) & sleep 600", file.display());
        let begun = Instant::now();
        let run = program(&["/bin/sh", "-c", &script], Duration::from_millis(1_500)).run(&json!({})).await;
        assert!(matches!(run, Err(HookError::TooLong(_))), "{run:?}");
        assert!(begun.elapsed() < Duration::from_secs(60));
        is_gone(&file).await;
    }

    #[tokio::test]
    async fn what_it_leaves_behind_is_killed_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("pid");
        let script = format!("sleep 600 >/dev/null 2>&1 </dev/null & echo $! > {}", file.display());
        assert_eq!(sh(&script).await.expect("it ended well"), b"");
        is_gone(&file).await;
    }

    async fn is_gone(file: &std::path::Path) {
        let pid = std::fs::read_to_string(file).expect("a pid");
        let stat = format!("/proc/{}/stat", pid.trim());
        let deadline = Instant::now() + MINUTE;
        // A zombie is dead; who reaps it is not ours to say.
        while std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
            assert!(Instant::now() < deadline, "{stat} is still there");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn its_memory_has_a_bound() {
        // It reads its event first: from then on the bound holds.
        let script = "read -r event; ulimit -v";
        let printed = String::from_utf8(sh(script).await.expect("printed")).expect("text");
        assert_eq!(printed.trim(), (MEMORY / 1024).to_string());
        let greedy = "read -r event; x=$(head -c 400000000 /dev/zero | tr '\\0' x); echo ${#x}";
        assert!(sh(greedy).await.map_or(true, |printed| !printed.starts_with(b"400000000")));
    }
}
