//! Remedies of a sender: to take a message back while it is here, ask after it, or say it anew.

use super::{Delivery, Stage};
use crate::code::Code;
use crate::time::Timestamp;

/// Remedy for a message that did not get there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// It is certain that they don't have it: its words can be said anew, in a new message.
    SayAnew,
    /// Its time ran out and they may have it: asking under the same id tells, and has no second effect.
    AskAgain,
    /// They refused it for good: the same again would be refused again.
    Nothing,
}

impl Delivery {
    /// Returns whether it is certain that nothing of it has left this machine.
    ///
    /// The first attempt is not noted before it begins, which would cost a commit for each message. So a message that was
    /// never tried may be under way at this moment, or may have been when the node was killed: nothing is certain of it.
    /// Every further attempt of a message that has not left is noted first ([`super::DeliveryEvent::Attempted`]).
    #[must_use]
    pub fn is_surely_here(&self) -> bool {
        self.attempts > 0 && matches!(self.stage, Stage::Waiting { left: false, .. })
    }

    /// Returns whether an attempt is noted that has not ended, as far as is known.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        matches!(self.stage, Stage::UnderWay { .. })
    }

    /// Returns whether it was tried, and is not tried again before a later moment. What follows it in its conversation waits with it.
    #[must_use]
    pub fn has_to_wait(&self, now: Timestamp) -> bool {
        self.attempts > 0 && matches!(self.stage, Stage::Waiting { .. }) && !self.is_due(now)
    }

    /// Returns what can be done about it; nothing is to be done about a message that is on its way or has arrived.
    #[must_use]
    pub fn remedy(&self) -> Option<Remedy> {
        match self.stage {
            Stage::Waiting { .. }
            | Stage::UnderWay { .. }
            | Stage::Delivered { .. }
            | Stage::Read
            | Stage::Unanswered
            | Stage::Answered => None,
            Stage::Expired if self.stayed => Some(Remedy::SayAnew),
            Stage::Expired => Some(Remedy::AskAgain),
            Stage::Dead { refused: false } => Some(Remedy::SayAnew),
            Stage::Dead { refused: true } if self.never_came_in() => Some(Remedy::SayAnew),
            Stage::Dead { refused: true } => Some(Remedy::Nothing),
        }
    }

    /// Returns whether they refused it for what it is only now: too old, or signed with a key that its owner has replaced. Had they taken it in
    /// before, they would have said so again.
    fn never_came_in(&self) -> bool {
        [Code::Expired, Code::BadDelegation].iter().any(|code| self.last_error() == Some(&code.to_string()))
    }

    /// The same message, asked after until it is answered, however late; only where [`Remedy::AskAgain`] is the remedy.
    #[must_use]
    pub fn asked_again(&self, now: Timestamp) -> Option<Self> {
        let stage = Stage::Waiting { left: true, next: now, not_before: None };
        (self.remedy() == Some(Remedy::AskAgain)).then(|| Self { closing: true, custody: Vec::new(), ..self.to(stage) })
    }
}
