//! Arguments that are structures of their own.

use std::path::PathBuf;

use ai2ai_protocol::canonical::Object;
use serde::{Deserialize, Serialize};

/// Permission that an owner would give the agent to act by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Intents that it covers: `schedule.meeting`, `schedule.*`.
    pub intents: Vec<String>,
    /// Limits, as they stand in a mandate (SPEC.md §14).
    pub limits: Object,
    /// Duration in days from now.
    pub days: u32,
}

/// Part of an exchange by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Carry {
    /// The messages that wait for somebody, as a file.
    Out {
        /// The recipient.
        who: String,
    },
    /// A file that was brought here.
    In {
        /// The file.
        file: PathBuf,
    },
    /// Somebody's card, byte for byte.
    Card {
        /// The card.
        card: String,
        /// The owner's name for them.
        name: Option<String>,
    },
}
