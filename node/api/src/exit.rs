//! Exit codes of commands, and failures that say what happened and what to do now.

use crate::error_code::ErrorCode;
use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use ai2ai_protocol::code::Code;
use serde::{Deserialize, Serialize};

/// Exit codes: a contract that scripts and agents depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Exit {
    /// Done, or queued.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// A contact, conversation or item that is unknown or ambiguous.
    Unknown = 3,
    /// The node is not running.
    NotRunning = 4,
    /// Refused, by policy or by a person.
    Refused = 5,
    /// Still waiting.
    Waiting = 6,
    /// Unreachable, and not queued.
    Unreachable = 7,
    /// Verification failed.
    Invalid = 8,
    /// Interrupted.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Failure of a command: sentences for the reader, a code for scripts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A short name that does not change, such as `stale_terms` or `not_running`.
    pub code: ErrorCode,
    /// Sentence that says what happened, to what.
    pub message: String,
    /// Advice on what to do now.
    pub hint: Option<String>,
    /// Exit code of the command.
    pub exit: Exit,
}

impl Failure {
    /// A failure with its code, its exit and what happened.
    #[must_use]
    pub fn new(exit: Exit, code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, exit }
    }

    /// The same failure, with what to do now.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A refusal for a reason that has a code on the wire.
    #[must_use]
    pub fn refused(code: Code, message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, code.into(), message)
    }

    /// A file or directory could not be used; `doing` is a verb, such as `read`.
    #[must_use]
    pub fn file(doing: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(Exit::Failed, ErrorCode::Io, format!("cannot {doing} {}: {error}", path.display()))
    }

    /// The node failed at something that is nobody's fault at this door.
    #[must_use]
    pub fn internal(error: impl fmt::Display) -> Self {
        Self::new(Exit::Failed, ErrorCode::Internal, error.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n{hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}
