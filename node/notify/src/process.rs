//! A program that is run: without a shell, in a process group of its own, for a bounded time and with bounded output.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::timeout;

use ai2ai_http::retry::{Fault, TryResult};

/// Bytes of what it may print; whoever prints more is stopped.
const OUTPUT_BYTES: u64 = 64 * 1024;
/// Characters of what it printed that a failure tells.
const TOLD_CHARS: usize = 200;

/// How long what it printed is waited for after its end.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Runs it with these words, and this on its standard input. Its environment is ours without what names our home and tokens.
pub(crate) async fn run(program: &Path, arguments: &[String], input: &[u8], within: Duration) -> TryResult {
    let spawned = Command::new(program)
        .args(arguments)
        .env_remove("AI2AI_HOME")
        .env_remove("AI2AI_TOKEN_FILE")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn();
    let name = program.display();
    let child = spawned.map_err(|error| Fault::Never(format!("{name} can't be run: {error}")))?;
    let mut group = Group::of(child);
    match timeout(within, group.talk(input)).await {
        Ok(Ok((status, _))) if status.success() => Ok(()),
        Ok(Ok((status, printed))) => {
            let printed = crate::text::cut(&ai2ai_api::text::clean(printed.trim()), TOLD_CHARS);
            Err(Fault::Never(format!("{name} ended with {status}: {printed}")))
        }
        Ok(Err(error)) => Err(Fault::Never(format!("{name}: {error}"))),
        Err(_) => Err(Fault::Never(format!("{name} took more than {} s, and was stopped", within.as_secs()))),
    }
}

/// A program and whatever it started. All of it ends when this is dropped.
struct Group {
    child: Child,
    id: Option<Pid>,
}

impl Group {
    fn of(child: Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Self { child, id }
    }

    async fn talk(&mut self, input: &[u8]) -> std::io::Result<(ExitStatus, String)> {
        let stdin = self.child.stdin.take();
        let stderr = self.child.stderr.take();
        let write = async {
            if let Some(mut stdin) = stdin {
                // Who does not read it need not.
                let _unread = stdin.write_all(input).await;
            }
        };
        let mut reading = JoinSet::new();
        reading.spawn(async move {
            let mut printed = Vec::new();
            match stderr {
                Some(stderr) => stderr.take(OUTPUT_BYTES).read_to_end(&mut printed).await.map(|_| printed),
                None => Ok(printed),
            }
        });
        write.await;
        let status = self.child.wait().await?;
        // What it started may hold its standard error open for longer than it lives itself.
        let printed = match timeout(LAST_WORDS, reading.join_next()).await {
            Ok(Some(Ok(printed))) => printed?,
            Ok(Some(Err(_)) | None) | Err(_) => Vec::new(),
        };
        Ok((status, String::from_utf8_lossy(&printed).into_owned()))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.id
            && let Err(error) = kill_process_group(id, Signal::KILL)
        {
            tracing::debug!(%error, "the program and what it started are gone");
        }
    }
}
