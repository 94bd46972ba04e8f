//! Why an agent's wish was not done: for it to read, with a code, what to do now, and whom it may have meant.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Failure;
use schemars::JsonSchema;
use serde::Serialize;

use super::quoting::folded;

/// Characters of a message.
const MESSAGE_CHARS: usize = 600;

/// Why nothing was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// A short name that does not change, such as `unknown_contact`.
    #[schemars(with = "String")]
    pub code: ErrorCode,
    /// What happened.
    pub message: String,
    /// What to do now.
    pub hint: Option<String>,
    /// Who may have been meant, as `ai2ai_contacts` names them.
    pub candidates: Vec<String>,
}

impl Problem {
    /// A problem with its code and what happened.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, candidates: Vec::new() }
    }

    /// The same problem, with what to do now.
    #[must_use]
    pub fn hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self
    }
}

impl From<Failure> for Problem {
    /// A failure may repeat names that others chose.
    fn from(failure: Failure) -> Self {
        let Failure { code, message, hint, exit: _ } = failure;
        let hint = hint.map(|hint| folded(&hint, MESSAGE_CHARS));
        Self { code, message: folded(&message, MESSAGE_CHARS), hint, candidates: Vec::new() }
    }
}
