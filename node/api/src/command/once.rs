//! The one request that holds another: it stands beside the list of all.

use serde::{Deserialize, Serialize};

use super::Command;

/// A draft that is made once under its key, whoever asks again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Once {
    /// Key, chosen by whoever drafts.
    pub key: String,
    /// The draft.
    pub draft: Box<Command>,
}
