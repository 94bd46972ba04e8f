//! Outcomes: what became of an envelope at its recipient's.

use serde::{Deserialize, Serialize};

use crate::code::Code;

/// The outcome of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Committed, with its effect.
    Accepted,
    /// Committed, and waits for the human; what becomes of it is told later.
    Held,
    /// Without any effect.
    Refused(Code),
}
