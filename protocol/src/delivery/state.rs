//! States of a message's delivery, and the events that change them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Keeper;
use crate::receipt::Outcome;

/// State of a message's delivery, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Stored here; it has not left.
    Queued,
    /// It left, and nobody has acknowledged it yet.
    Sent,
    /// A mailbox says that it keeps it for them, and nothing was heard of them yet.
    InCustody,
    /// Their node has it for good.
    Delivered,
    /// A person or, where that is allowed, their agent has seen it.
    Read,
    /// It waited for their human, who did not answer it in time.
    Unanswered,
    /// They answered it.
    Answered,
    /// Its time ran out before anybody acknowledged it.
    Expired,
    /// Refused for good, or withdrawn.
    Dead,
}

impl State {
    /// Returns whether nothing more is done about it.
    #[must_use]
    pub fn is_over(self) -> bool {
        match self {
            Self::Queued | Self::Sent | Self::InCustody => false,
            Self::Delivered | Self::Read | Self::Unanswered | Self::Answered | Self::Expired | Self::Dead => true,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::InCustody => "in_custody",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Unanswered => "unanswered",
            Self::Answered => "answered",
            Self::Expired => "expired",
            Self::Dead => "dead",
        })
    }
}

/// Something that happened to a message on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryEvent {
    /// It is being handed to the network.
    Attempted,
    /// The attempt brought no answer. They may have it.
    Failed {
        /// The reason, for the sender's eyes.
        error: String,
    },
    /// The attempt ended before anything left this machine.
    Unreached {
        /// The reason, for the sender's eyes.
        error: String,
    },
    /// A mailbox has signed that it keeps it for them.
    Deposited(Keeper),
    /// Their receipt for it.
    Receipt {
        /// Its outcome.
        outcome: Outcome,
        /// Seconds after which to come again, if they say.
        retry_after_s: Option<u32>,
    },
    /// They were seen: found, connected, or moved to another address.
    PeerSeen,
    /// They told that it was read.
    Read,
    /// They told that their human did not answer it in time.
    Unanswered,
    /// A message of theirs answers it.
    Answered,
    /// The sender takes it back. Nothing comes of it once it left or is being tried.
    Withdrawn,
    /// Time passed.
    Tick,
}
