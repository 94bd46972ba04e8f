//! The codes by which a node refuses, as they stand on the wire.

use serde::{Deserialize, Serialize};

/// The reason why an envelope, a batch or an act was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Code {
    /// Not JSON that all readers read alike, or a member that is missing or of the wrong form.
    #[error("malformed")]
    Malformed,
    /// More bytes, or more of something, than is read.
    #[error("too_large")]
    TooLarge,
    /// JSON nested too deep.
    #[error("too_deep")]
    TooDeep,
    /// Another version of the protocol.
    #[error("unsupported_version")]
    UnsupportedVersion,
    /// A sealing suite that this node does not know.
    #[error("unknown_suite")]
    UnknownSuite,
    /// Sealed to a prekey that is gone; the answer brings the current card.
    #[error("unknown_prekey")]
    UnknownPrekey,
    /// The seal does not open.
    #[error("cannot_open")]
    CannotOpen,
    /// The envelope's signature is missing or not its agent key's.
    #[error("bad_signature")]
    BadSignature,
    /// The agent key's delegation is missing, not the owner's, not of this time, or replaced by a newer one.
    #[error("bad_delegation")]
    BadDelegation,
    /// Addressed to somebody else.
    #[error("wrong_recipient")]
    WrongRecipient,
    /// Its life is over.
    #[error("expired")]
    Expired,
    /// Its timestamp lies in the future.
    #[error("not_yet_valid")]
    NotYetValid,
    /// Its life is longer than an envelope's may be.
    #[error("life_too_long")]
    LifeTooLong,
    /// The same id was seen with another content.
    #[error("replayed_differently")]
    ReplayedDifferently,
    /// The contact is blocked. It is told to the owner, never to the sender.
    #[error("blocked")]
    Blocked,
    /// Too many for now; `retry_after_s` says when to come again.
    #[error("rate_limited")]
    RateLimited,
    /// A stranger's words wait for the owner, and there is no room for more of them.
    #[error("quarantined")]
    Quarantined,
    /// The secret of no open invite: never made, used, over, or not for whoever brings it.
    #[error("invite_invalid")]
    InviteInvalid,
    /// It answers in a conversation that this node does not know.
    #[error("unknown_conversation")]
    UnknownConversation,
    /// The conversation is between others.
    #[error("not_a_party")]
    NotAParty,
    /// The acts crossed, and the recipient's terms stand.
    #[error("crossed")]
    Crossed,
    /// About terms that do not stand.
    #[error("stale_terms")]
    StaleTerms,
    /// Terms or a confirm without their human's approval.
    #[error("approval_missing")]
    ApprovalMissing,
    /// An approval of something else, by somebody else, or forged.
    #[error("approval_invalid")]
    ApprovalInvalid,
    /// The mandate does not cover this.
    #[error("outside_mandate")]
    OutsideMandate,
    /// The conversation is closed; the answer brings its closing state.
    #[error("closed")]
    Closed,
    /// The conversation has had all its messages or hours.
    #[error("over_budget")]
    OverBudget,
    /// Not now: an act of the recipient's is under way. Come again.
    #[error("busy")]
    Busy,
    /// No place in this mailbox has that name, or the place is another node's.
    #[error("no_mailbox")]
    NoMailbox,
    /// There is no room for more in this mailbox.
    #[error("mailbox_full")]
    MailboxFull,
    /// The recipient failed. Come again.
    #[error("internal")]
    Internal,
}

impl Code {
    /// Returns whether the same envelope may be accepted when it comes again.
    ///
    /// Such a refusal is not remembered; every other one is final.
    #[must_use]
    pub fn is_passing(self) -> bool {
        matches!(
            self,
            Self::UnknownPrekey
                | Self::RateLimited
                | Self::Quarantined
                | Self::Busy
                | Self::NoMailbox
                | Self::MailboxFull
                | Self::Internal
                | Self::NotYetValid
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_printed_as_it_stands_on_the_wire() {
        for code in [Code::Malformed, Code::StaleTerms, Code::ReplayedDifferently, Code::NotAParty] {
            assert_eq!(serde_json::to_value(code).ok(), Some(code.to_string().into()));
        }
    }
}
