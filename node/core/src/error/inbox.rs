//! Errors of items that wait for the owner.

use ai2ai_protocol::id::{IdError, ItemId};
use ai2ai_protocol::time::Timestamp;

/// Item that is not raised: the owner has to decide some before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RaiseError {
    /// As many wait as may.
    Full {
        /// Number of items that may wait.
        most: u64,
    },
}

/// Item that is not put out of sight: the owner can choose another moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnoozeError {
    /// The moment is less than a minute away.
    TooSoon(ItemId),
    /// The moment is not before the item's end.
    TooLate {
        /// The item.
        item: ItemId,
        /// Its end.
        end: Timestamp,
    },
    /// As many are out of sight as may be.
    Full {
        /// The item.
        item: ItemId,
        /// Number of items that may be out of sight.
        most: usize,
    },
}

/// Draft that is not found: whoever asks named nothing, or nothing that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftStateError {
    /// What is named is no id.
    BadId(IdError),
    /// Neither an item nor a conversation is named.
    Unnamed,
    /// There is no such conversation, and no draft in it.
    Absent,
}
