//! Phases of a conversation, and how its node tells them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::TermsHash;
use crate::id::MessageId;

/// Phase of a negotiation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Opened, and not yet answered.
    Proposed,
    /// Answered, and not yet closed.
    Negotiating,
    /// Both people approved the same terms.
    Confirmed,
    /// Ended without an agreement.
    Rejected,
    /// Expired: neither side closed it in time.
    Expired,
}

impl Phase {
    /// Returns whether nothing more can be said.
    #[must_use]
    pub fn is_closed(self) -> bool {
        match self {
            Self::Proposed | Self::Negotiating => false,
            Self::Confirmed | Self::Rejected | Self::Expired => true,
        }
    }

    /// The word for it, as it stands on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Negotiating => "negotiating",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The state of a conversation as its node tells it in a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Report {
    /// The state.
    pub phase: Phase,
    /// The terms that stand, or that were confirmed.
    pub terms: Option<TermsHash>,
    /// The message in which whoever is told this has called off what was confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<MessageId>,
}
