//! The stage: a directory for the homes of this run and nothing else, gone when the demo ends.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::views::{VerifyView, View as _};
use rand::RngExt as _;
use serde_json::Value;
use tokio::process::Command;

/// A directory that only this run uses. Dropping it removes it, unless it is to be kept.
#[derive(Debug)]
pub(super) struct DemoFolder {
    dir: PathBuf,
    keep: bool,
}

impl DemoFolder {
    /// Makes the directory, for its owner only; a name that somebody made first is refused.
    pub(super) fn build(keep: bool) -> Result<Self, Failure> {
        let dir = std::env::temp_dir().join(format!("ai2ai-demo-{:016x}", rand::rng().random::<u64>()));
        DirBuilder::new().mode(0o700).create(&dir).map_err(|error| Failure::file("make", &dir, &error))?;
        Ok(Self { dir, keep })
    }

    /// Its path.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Tells whether it stays when the demo ends.
    pub(super) fn is_kept(&self) -> bool {
        self.keep
    }

    /// A home of this name.
    pub(super) fn home(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Verdict of `ai2ai verify` on a file, run in an empty home.
    pub(super) async fn verdict(&self, file: &Path) -> Result<VerifyView, Failure> {
        let mut verify = this_program(&self.home("empty"))?;
        verify.args(["--json", "verify"]).arg(file).stdin(Stdio::null()).kill_on_drop(true);
        let output = verify.output().await.map_err(|error| Failure::file("verify", file, &error))?;
        let verdict: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
            let said = String::from_utf8_lossy(&output.stderr);
            Failure::internal(format!("`ai2ai verify` did not answer with JSON: {error}. {}", said.trim()))
        })?;
        let verdict = VerifyView::of_line(verdict).map_err(Failure::internal)?;
        if verdict.valid == output.status.success() {
            Ok(verdict)
        } else {
            Err(Failure::internal(format!(
                "`ai2ai verify` says valid={} and ends with {}",
                verdict.valid, output.status
            )))
        }
    }
}

impl Drop for DemoFolder {
    fn drop(&mut self) {
        if self.keep {
            return;
        }
        if let Err(error) = fs::remove_dir_all(&self.dir) {
            tracing::warn!(dir = %self.dir.display(), %error, "the demo's directory could not be removed");
        }
    }
}

/// This very program, for another home, with nothing of the caller's settings.
pub(super) fn this_program(home: &Path) -> Result<Command, Failure> {
    let program =
        std::env::current_exe().map_err(|error| Failure::internal(format!("where is this program? {error}")))?;
    let mut command = Command::new(program);
    command.arg("--home").arg(home).env_remove("AI2AI_HOME").env_remove("AI2AI_TOKEN_FILE");
    Ok(command)
}

/// Writes a new file for its owner only; one that exists is not touched.
pub(super) fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(text.as_bytes())
    };
    write().map_err(|error| Failure::file("write", path, &error))
}

/// Somebody wanted the demo to end.
pub(super) fn interruption() -> Failure {
    Failure::new(Exit::Interrupted, ErrorCode::Interrupted, "the demo was interrupted; its nodes are ended")
}

/// A failure of the demo itself.
pub(super) fn went_wrong(message: impl Into<String>) -> Failure {
    Failure::new(Exit::Failed, ErrorCode::DemoFailed, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_private_and_leaves_nothing_behind_unless_it_is_kept() {
        use std::os::unix::fs::MetadataExt as _;
        let stage = DemoFolder::build(false).expect("a stage");
        let dir = stage.dir().to_owned();
        assert_eq!(fs::metadata(&dir).expect("there").mode() & 0o777, 0o700);
        write_new(&stage.home("a"), "one").expect("written");
        assert!(write_new(&stage.home("a"), "two").is_err());
        drop(stage);
        assert!(!dir.exists());

        let kept = DemoFolder::build(true).expect("a stage");
        let dir = kept.dir().to_owned();
        drop(kept);
        fs::remove_dir_all(dir).expect("it was still there");
    }
}
