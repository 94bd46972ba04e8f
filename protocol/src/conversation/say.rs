//! Acts that this side may say, and what follows from them.

use super::{Act, Conversation, ConversationStage, Open, Pending, Phase, Side};
use crate::id::MessageId;
use crate::time::Timestamp;

/// The reason why an act cannot be said now. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SayError {
    /// It is over.
    #[error("the conversation is closed: {0}")]
    Closed(Phase),
    /// An earlier act has to be answered first.
    #[error("your last act in this conversation is not answered yet; this can follow once it is")]
    Pending,
    /// The terms meant are not the other side's standing terms.
    #[error("these are not the terms that they have on the table now")]
    StaleTerms,
    /// The offer was made to replace another offer than the one that stands.
    #[error("something else is on the table than what this was to replace")]
    Replaces,
    /// The terms stand already.
    #[error("these terms are on the table already")]
    SameTerms,
    /// There is nothing to call off.
    #[error("nothing is agreed in this conversation, so there is nothing to call off")]
    NotConfirmed,
    /// It is called off by this side already.
    #[error("you have called it off already")]
    Cancelled,
}

impl Conversation {
    /// Says `act` in the envelope `message`, which is void from `expires_at` on.
    ///
    /// # Errors
    /// [`SayError`] when it would settle nothing, or could be taken two ways.
    pub fn say(&self, message: MessageId, act: Act, expires_at: Timestamp, now: Timestamp) -> Result<Self, SayError> {
        if let Act::Cancel { terms } = act {
            return self.say_cancel((message, terms), expires_at, now);
        }
        let ConversationStage::Open(open) = self.at(now).stage else { return Err(SayError::Closed(self.phase(now))) };
        open.may_say(&act)?;
        let pending = match act {
            Act::Talk | Act::Cancel { .. } => open.pending,
            Act::Offer { .. } | Act::Confirm { .. } | Act::Reject => Some(Pending { message, act, expires_at }),
        };
        Ok(self.to(ConversationStage::Open(Open {
            pending,
            expires_at: open.expires_at.max(Some(expires_at)),
            ..open
        })))
    }

    /// Takes back a pending act whose envelope never left this node. `before` is our offer in whose place the act came (a
    /// reject can), if that has not left either: it is pending again.
    #[must_use]
    pub fn unsay(&self, message: MessageId, before: Option<Pending>) -> Self {
        match self.stage {
            ConversationStage::Open(open) if open.pending.is_some_and(|pending| pending.message == message) => {
                self.to(ConversationStage::Open(Open { pending: before, ..open }))
            }
            ConversationStage::Confirmed { offer, confirm, cancels }
                if cancels.pending.is_some_and(|pending| pending.message == message) =>
            {
                self.unsay_cancel((offer, confirm), cancels)
            }
            ConversationStage::Open(_)
            | ConversationStage::Confirmed { .. }
            | ConversationStage::Rejected { .. }
            | ConversationStage::Expired { .. } => *self,
        }
    }

    /// A conversation of which nothing ever left this node: it is over, and nobody has heard of it.
    #[must_use]
    pub fn void(&self) -> Self {
        match self.stage {
            ConversationStage::Open(open) => self.to(ConversationStage::Expired { stood: open.standing }),
            ConversationStage::Confirmed { .. }
            | ConversationStage::Rejected { .. }
            | ConversationStage::Expired { .. } => *self,
        }
    }
}

impl Open {
    fn may_say(&self, act: &Act) -> Result<(), SayError> {
        let closing = self.pending.is_some_and(|pending| pending.act.closes());
        match act {
            Act::Talk | Act::Reject if !closing => Ok(()),
            Act::Talk | Act::Reject => Err(SayError::Pending),
            Act::Offer { .. } | Act::Confirm { .. } if self.pending.is_some() => Err(SayError::Pending),
            Act::Offer { terms, .. } if self.standing.is_some_and(|standing| standing.terms == *terms) => {
                Err(SayError::SameTerms)
            }
            Act::Offer { replaces, .. } if self.stands() != *replaces => Err(SayError::Replaces),
            Act::Offer { .. } => Ok(()),
            Act::Cancel { .. } => Err(SayError::NotConfirmed),
            Act::Confirm { terms } => match self.standing {
                Some(standing) if standing.by == Side::Them && standing.terms == *terms => Ok(()),
                Some(_) | None => Err(SayError::StaleTerms),
            },
        }
    }
}
