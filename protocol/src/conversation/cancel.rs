//! Calling off what was agreed: either side says so, alone and for good, and what was agreed stays what it was.
//!
//! | how it stands for me | arrives | my answer |
//! |---|---|---|
//! | confirmed | a cancel of the agreed terms | accepted; the first one of theirs is what counts |
//! | a confirm of mine is pending | a cancel of these terms | accepted: `confirmed`, and called off; it acknowledges my confirm |
//! | confirmed, or open | any other cancel | `stale_terms` |
//! | a reject of mine is pending, rejected, or expired | a cancel | `closed`, with the closing state |
//!
//! Two cancels that cross do not collide: each adds its side to those who have called it off, and nothing takes one back.
//! Mine counts once the other side has it: their receipt says that it is confirmed, and with these terms. A node that
//! knows no cancel answers anything else, be it that it refuses it as closed or takes it for words while it is still open.

use serde::{Deserialize, Serialize};

use super::{Act, Conversation, ConversationStage, Pending, Phase, Report, SayError, Side, Standing};
use crate::code::Code;
use crate::digest::TermsHash;
use crate::id::MessageId;
use crate::outcome::Outcome;
use crate::time::Timestamp;

/// Cancellations of an agreement: the sides that called it off, each with its message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Cancelled {
    /// This side, once the other side has it.
    pub us: Option<MessageId>,
    /// The other side.
    pub them: Option<MessageId>,
}

impl Cancelled {
    /// Returns whether anybody has.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.us.is_some() || self.them.is_some()
    }

    /// In which message this side has.
    #[must_use]
    pub fn by(&self, side: Side) -> Option<MessageId> {
        match side {
            Side::Us => self.us,
            Side::Them => self.them,
        }
    }
}

/// Part of it that is kept beside the agreement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Cancels {
    #[serde(skip_serializing_if = "Option::is_none")]
    us: Option<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    them: Option<MessageId>,
    /// Ours, until it is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pending: Option<Pending>,
}

impl Cancels {
    /// Returns whether nobody has said anything of the kind: such rows are written as they were before there were cancels.
    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    fn heard(self, message: MessageId) -> Self {
        Self { them: self.them.or(Some(message)), ..self }
    }

    /// Returns what this says once their receipt for our pending cancel is read.
    fn settled(self, pending: Pending, outcome: &Outcome, agreed: TermsHash, report: Option<Report>) -> Self {
        let known = report.filter(|report| report.phase == Phase::Confirmed && report.terms == Some(agreed));
        let counts = known.and_then(|report| report.cancelled);
        match outcome {
            Outcome::Held => self,
            Outcome::Refused(code) if code.is_passing() => self,
            Outcome::Accepted => {
                Self { us: self.us.or(counts).or(known.map(|_| pending.message)), pending: None, ..self }
            }
            Outcome::Refused(_) => Self { us: self.us.or(counts), pending: None, ..self },
        }
    }
}

impl Conversation {
    /// Returns who has called off what was agreed here.
    #[must_use]
    pub fn cancelled(&self) -> Cancelled {
        match self.stage {
            ConversationStage::Confirmed { cancels: Cancels { us, them, .. }, .. } => Cancelled { us, them },
            ConversationStage::Open(_) | ConversationStage::Rejected { .. } | ConversationStage::Expired { .. } => {
                Cancelled::default()
            }
        }
    }

    pub(super) fn say_cancel(
        &self,
        (message, terms): (MessageId, TermsHash),
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Self, SayError> {
        match self.at(now).stage {
            ConversationStage::Open(open) if open.pending.is_some_and(|pending| pending.act.closes()) => {
                Err(SayError::Pending)
            }
            ConversationStage::Open(_) => Err(SayError::NotConfirmed),
            ConversationStage::Rejected { .. } | ConversationStage::Expired { .. } => {
                Err(SayError::Closed(self.phase(now)))
            }
            ConversationStage::Confirmed { offer, .. } if offer.terms != terms => Err(SayError::StaleTerms),
            ConversationStage::Confirmed { cancels, .. } if cancels.us.is_some() => Err(SayError::Cancelled),
            ConversationStage::Confirmed { cancels, .. } if cancels.pending.is_some() => Err(SayError::Pending),
            ConversationStage::Confirmed { offer, confirm, cancels } => {
                let pending = Some(Pending { message, act: Act::Cancel { terms }, expires_at });
                Ok(self.to(ConversationStage::Confirmed { offer, confirm, cancels: Cancels { pending, ..cancels } }))
            }
        }
    }

    /// Takes a cancel of terms for which a confirm of mine is pending as acceptance of that confirm.
    pub(super) fn hear_cancel(&self, message: MessageId, terms: TermsHash, now: Timestamp) -> Result<Self, Code> {
        let (offer, confirm, cancels) = match self.at(now).stage {
            ConversationStage::Confirmed { offer, confirm, cancels } => (offer, confirm, cancels),
            ConversationStage::Open(open) => {
                match (open.pending.map(|pending| (pending.message, pending.act)), open.standing) {
                    (Some((_, Act::Reject)), _) => return Err(Code::Closed),
                    (Some((confirm, Act::Confirm { .. })), Some(offer)) => (offer, confirm, Cancels::default()),
                    (Some(_) | None, _) => return Err(Code::StaleTerms),
                }
            }
            ConversationStage::Rejected { .. } | ConversationStage::Expired { .. } => return Err(Code::Closed),
        };
        if offer.terms != terms {
            return Err(Code::StaleTerms);
        }
        Ok(self.to(ConversationStage::Confirmed { offer, confirm, cancels: cancels.heard(message) }))
    }

    pub(super) fn settle_cancel(
        &self,
        (offer, confirm, cancels): (Standing, MessageId, Cancels),
        message: MessageId,
        outcome: &Outcome,
        report: Option<Report>,
    ) -> Self {
        match cancels.pending.filter(|pending| pending.message == message) {
            None => *self,
            Some(pending) => {
                let cancels = cancels.settled(pending, outcome, offer.terms, report);
                self.to(ConversationStage::Confirmed { offer, confirm, cancels })
            }
        }
    }

    pub(super) fn unsay_cancel(&self, (offer, confirm): (Standing, MessageId), cancels: Cancels) -> Self {
        self.to(ConversationStage::Confirmed { offer, confirm, cancels: Cancels { pending: None, ..cancels } })
    }
}

#[cfg(test)]
mod tests;
