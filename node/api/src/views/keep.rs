//! What was kept elsewhere, carried by hand, brought back, or forgotten.

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
    /// Of whom.
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
        /// Whose it is.
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
        /// When the backup was made.
        made_at: Timestamp,
        /// Rows of the database in it.
        rows: u64,
    }
}

view! {
    /// What is to be carried to somebody.
    CarriedOutView = "carried_out/1" {
        /// For whom it is.
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
    /// What became of a file that was carried here.
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
        /// Why some were refused or have to come again, each code once.
        codes: Vec<String>,
    }
}

view! {
    /// What was erased.
    ForgottenView = "forgotten/1" {
        /// With whom it was.
        did: Did,
        /// The owner's name for them.
        with: String,
        /// The one conversation that was meant; nothing when it was everything.
        conversation: Option<ConversationId>,
        /// How many conversations were erased.
        conversations: u64,
        /// How many messages were in them.
        messages: u64,
        /// The message that asks the other side to forget it too.
        asked: Option<MessageId>,
    }
}
