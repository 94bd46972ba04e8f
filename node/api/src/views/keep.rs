//! Backups, restored homes, bundles carried by hand, and erased conversations.

use std::path::PathBuf;

use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{View, view};

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The file.
    pub file: PathBuf,
    /// Its bytes.
    pub bytes: u64,
    /// Rows of the store in it.
    pub rows: u64,
    /// The identity that it belongs to.
    pub did: Did,
}

view! {
    /// A backup that was made.
    BackupView = "backup/1" {
        /// The file.
        file: String,
        /// Its bytes.
        bytes: u64,
        /// Rows of the database in it.
        rows: u64,
        /// The identity that it belongs to.
        did: Did,
    }
}

impl BackupView {
    /// The view of what was made.
    #[must_use]
    pub fn of(made: Made) -> Self {
        Self { file: made.file.display().to_string(), bytes: made.bytes, rows: made.rows, did: made.did }
    }
}

view! {
    /// A home that was made from a backup.
    RestoreView = "restore/1" {
        /// The identity.
        did: Did,
        /// The owner's name.
        human: String,
        /// The agent's name.
        agent: String,
        /// Moment of the backup.
        made_at: Timestamp,
        /// Rows of the database in it.
        rows: u64,
    }
}

view! {
    /// Bundle to carry to somebody.
    CarriedOutView = "carried_out/1" {
        /// The recipient's identity.
        did: Did,
        /// The owner's name for them.
        to: String,
        /// Messages in it.
        messages: usize,
        /// Receipts and notices of this node in it; where there are neither, nothing waits, and there is no file.
        receipts: usize,
        /// Messages that had no room: they go once the receipts for these have come.
        more: usize,
        /// The file's text.
        text: Option<String>,
    }
}

view! {
    /// Result of taking in a bundle that was carried here.
    CarriedInView = "carried_in/1" {
        /// The file.
        file: String,
        /// Envelopes that had their effect, now or before.
        accepted: usize,
        /// Envelopes of strangers, or of whoever is blocked.
        held: usize,
        /// Envelopes, or seals that do not open, that had none.
        refused: usize,
        /// Envelopes that can be taken in later, from the same file.
        again: usize,
        /// Codes of refusals and of delays, each once.
        codes: Vec<String>,
    }
}

view! {
    /// Result of erasing.
    ForgottenView = "forgotten/1" {
        /// Identity of the other side.
        did: Did,
        /// The owner's name for them.
        with: String,
        /// The one conversation that was meant; nothing when it was everything.
        conversation: Option<ConversationId>,
        /// Number of erased conversations.
        conversations: u64,
        /// Number of messages in them.
        messages: u64,
        /// The message that asks the other side to forget it too.
        asked: Option<MessageId>,
    }
}
