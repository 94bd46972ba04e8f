//! Acts of a conversation: those said, the terms that stand, and the act that waits for its answer.

use serde::{Deserialize, Serialize};

use crate::digest::TermsHash;
use crate::id::MessageId;
use crate::time::Timestamp;

/// One of the two sides of a conversation, seen from this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// This node's owner and agent.
    Us,
    /// The other person and their agent.
    Them,
}

impl Side {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Us => Self::Them,
            Self::Them => Self::Us,
        }
    }
}

/// The act of an envelope in its conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Words, questions, menus: nothing that binds anybody.
    Talk,
    /// Puts terms on the table.
    Offer {
        /// The terms.
        terms: TermsHash,
        /// The message that put those terms on the table which stood for whoever says this.
        replaces: Option<MessageId>,
    },
    /// Accepts the other side's standing terms.
    Confirm {
        /// Those terms.
        terms: TermsHash,
    },
    /// Ends the conversation.
    Reject,
    /// Calls off what was agreed.
    Cancel {
        /// The agreed terms.
        terms: TermsHash,
    },
}

impl Act {
    /// Returns whether the conversation is over once this is accepted, or what it came to is. Such an act is asked after until it is answered.
    #[must_use]
    pub fn closes(&self) -> bool {
        match self {
            Self::Talk | Self::Offer { .. } => false,
            Self::Confirm { .. } | Self::Reject | Self::Cancel { .. } => true,
        }
    }

    /// The terms that this binds its sender's human to, or frees them from, if any: what the approval has to name.
    #[must_use]
    pub fn binds(&self) -> Option<TermsHash> {
        match self {
            Self::Offer { terms, .. } | Self::Confirm { terms } | Self::Cancel { terms } => Some(*terms),
            Self::Talk | Self::Reject => None,
        }
    }
}

/// The terms on the table: both sides are known to have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Standing {
    /// Hash of the terms.
    pub terms: TermsHash,
    /// The side that put them there; the other side may confirm them.
    pub by: Side,
    /// In which message.
    pub message: MessageId,
}

/// An act of ours that the other side has not answered yet: an offer, a confirm, a reject or a cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pending {
    /// The envelope that carries it.
    pub message: MessageId,
    /// The act.
    pub act: Act,
    /// From when on that envelope is void.
    pub expires_at: Timestamp,
}

impl Pending {
    /// Returns whether this closes the conversation, and its envelope ran out before anybody answered.
    ///
    /// The other side may have accepted it. It is asked again until it is answered, and never shown as refused.
    #[must_use]
    pub fn is_unresolved(&self, now: Timestamp) -> bool {
        self.act.closes() && now >= self.expires_at
    }
}
