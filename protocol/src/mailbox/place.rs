//! A place in a mailbox: who may claim it, how much it takes, and how long it lasts.

use serde::{Deserialize, Serialize};

use super::claim::PlaceClaim;
use crate::code::Code;
use crate::limits::{
    MAILBOX_BYTES, MAILBOX_BYTES_IN_ALL, MAILBOX_KEPT, MAILBOX_MESSAGES, MAILBOX_MESSAGES_IN_ALL, MAILBOX_PLACE,
};
use crate::time::Timestamp;

/// The place of one identity in a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The libp2p peer that may collect.
    pub peer: String,
    /// The sequence of the delegation under which it was claimed.
    pub delegation: u64,
    /// The time at which the claim was signed.
    pub claimed_at: Timestamp,
    /// Until when it lasts.
    pub until: Timestamp,
}

/// The reason why a claim does not take a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// A newer delegation has replaced the one under which it was signed.
    #[error("an agent key that was replaced")]
    Replaced,
    /// A newer claim of the same identity was made.
    #[error("an older claim")]
    Older,
}

impl From<PlaceError> for Code {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::Replaced => Self::BadDelegation,
            PlaceError::Older => Self::Expired,
        }
    }
}

impl Place {
    /// The place that a claim makes, which was checked for this volunteer and moment; in place of the one `before`.
    ///
    /// # Errors
    /// [`PlaceError`]: what was there before stays.
    pub fn claimed(claim: &PlaceClaim, before: Option<&Self>, now: Timestamp) -> Result<Self, PlaceError> {
        let delegation = claim.delegation().sequence();
        match before {
            Some(before) if delegation < before.delegation => Err(PlaceError::Replaced),
            Some(before) if claim.timestamp() < before.claimed_at => Err(PlaceError::Older),
            Some(_) | None => Ok(Self {
                peer: claim.peer().to_owned(),
                delegation,
                claimed_at: claim.timestamp(),
                until: now + MAILBOX_PLACE,
            }),
        }
    }

    /// Returns whether this peer may collect from it at this moment.
    #[must_use]
    pub fn is_of(&self, peer: &str, now: Timestamp) -> bool {
        self.peer == peer && now < self.until
    }
}

/// Amount of waiting mail: for one recipient, or in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldMail {
    /// Envelopes.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl HeldMail {
    /// With one more of this size.
    #[must_use]
    pub fn with(self, size: u64) -> Self {
        Self { messages: self.messages.saturating_add(1), bytes: self.bytes.saturating_add(size) }
    }

    /// With one less of this size.
    #[must_use]
    pub fn without(self, size: u64) -> Self {
        Self { messages: self.messages.saturating_sub(1), bytes: self.bytes.saturating_sub(size) }
    }

    fn fits(self, messages: u64, bytes: u64) -> bool {
        self.messages <= messages && self.bytes <= bytes
    }
}

/// Returns whether one more envelope of this size has room, for a recipient who has so much waiting, in a mailbox that holds so much.
#[must_use]
pub fn has_room(of_recipient: HeldMail, in_all: HeldMail, size: u64) -> bool {
    of_recipient.with(size).fits(MAILBOX_MESSAGES, MAILBOX_BYTES)
        && in_all.with(size).fits(MAILBOX_MESSAGES_IN_ALL, MAILBOX_BYTES_IN_ALL)
}

/// Until when an envelope is kept that is deposited now.
#[must_use]
pub fn until(now: Timestamp) -> Timestamp {
    now + MAILBOX_KEPT
}
