//! Errors about people: contacts, invites, mandates, cards, and the one node of an identity.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::DraftError;
use ai2ai_protocol::id::MandateId;
use ai2ai_protocol::invite::TooMany;
use ai2ai_protocol::refusal::Refusal;
use ai2ai_protocol::time::Timestamp;

/// Contact that is not added: the owner can say otherwise whom they mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactError {
    /// It is the owner themselves.
    OwnIdentity,
    /// The owner calls somebody else so.
    NameTaken {
        /// The name.
        name: String,
        /// Whoever has it.
        by: Did,
    },
}

/// Invite that is not made: the owner can ask for another, take some back, or wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InviteError {
    /// It lasts no time at all, or longer than so many hours.
    Life {
        /// Hours that an invite may last.
        most_hours: u64,
    },
    /// As many are open as may be.
    TooMany(TooMany),
    /// This node has no address yet that it could name.
    NoAddress,
}

/// Mandate that is not granted or not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MandateError {
    /// As many are in force as may be. The owner can take one back.
    TooMany {
        /// Number of mandates that may be in force.
        most: usize,
    },
    /// Its intents, limits or times do not fit together. The owner can ask for another.
    Invalid(Refusal),
    /// Its stored row cannot be read. The fault is ours.
    Damaged(MandateId),
}

/// Card of ours, or ping that brings it, that is not signed. The fault is ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardError {
    /// The card is not well-formed.
    Card(Refusal),
    /// The ping is not well-formed.
    Ping(DraftError),
}

/// Another node of this identity, which has taken over. Nobody at this node is to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenOver {
    /// Its libp2p peer id.
    pub peer: String,
    /// Moment at which this node learnt of it.
    pub at: Timestamp,
}
