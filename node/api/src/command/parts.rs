//! What some commands are given as a whole.

use std::path::PathBuf;

use ai2ai_protocol::canonical::Object;
use serde::{Deserialize, Serialize};

/// What an owner would let the agent do by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// For which intents: `schedule.meeting`, `schedule.*`.
    pub intents: Vec<String>,
    /// Within which limits, as they stand in a mandate (SPEC.md §14).
    pub limits: Object,
    /// For how many days from now.
    pub days: u32,
}

/// What is carried by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Carry {
    /// What waits for somebody is to become a file.
    Out {
        /// Whom it is for.
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
