//! Lessons from a receipt, for this side's state.

use super::cancel::Cancels;
use super::{Act, Conversation, ConversationStage, Open, Pending, Phase, Report, Side, Standing};
use crate::code::Code;
use crate::id::MessageId;
use crate::outcome::Outcome;

impl Conversation {
    /// Learns what became of the envelope `message` of ours, and the other side's state after it.
    ///
    /// Receipts may come late, twice, and in any order; one that settles nothing changes nothing. `held` and passing
    /// refusals leave the act pending. No receipt confirms anything but a pending confirm of the same terms.
    ///
    /// What is said to have come too late may have been accepted so long ago that they have forgotten it. So an offer
    /// that is too late ends the conversation as expired, and a confirm stays pending unless they say with it how the
    /// conversation stands.
    #[must_use]
    pub fn settle(&self, message: MessageId, outcome: &Outcome, report: Option<Report>) -> Self {
        let open = match self.stage {
            ConversationStage::Open(open) => open,
            ConversationStage::Confirmed { offer, confirm, cancels } => {
                return self.settle_cancel((offer, confirm, cancels), message, outcome, report);
            }
            ConversationStage::Rejected { .. } | ConversationStage::Expired { .. } => return *self,
        };
        match open.pending.filter(|pending| pending.message == message) {
            None => self.to(open.told(report)),
            Some(pending) => match outcome {
                Outcome::Held => *self,
                Outcome::Refused(code) if code.is_passing() => *self,
                Outcome::Accepted => self.to(open.granted(pending, self.opener)),
                Outcome::Refused(code) => self.to(open.denied(pending, *code, report)),
            },
        }
    }
}

impl Open {
    /// Our pending act was accepted.
    fn granted(self, Pending { message, act, .. }: Pending, opener: Side) -> ConversationStage {
        match act {
            Act::Offer { terms, .. } => {
                let standing = Some(Standing { terms, by: Side::Us, message });
                let answered = self.answered || opener == Side::Them;
                ConversationStage::Open(Self { standing, pending: None, answered, ..self })
            }
            Act::Confirm { .. } => self.confirmed(message),
            Act::Reject => ConversationStage::Rejected { stood: self.standing },
            Act::Talk | Act::Cancel { .. } => ConversationStage::Open(self),
        }
    }

    /// Our pending act was refused for good. What stood before it stands; or else it is over, as they say.
    fn denied(self, Pending { message, act, .. }: Pending, code: Code, report: Option<Report>) -> ConversationStage {
        let phase = report.map(|report| report.phase);
        let agreed = report.and_then(|report| report.terms);
        match (act, phase) {
            (Act::Confirm { terms }, Some(Phase::Confirmed)) if agreed == Some(terms) => self.confirmed(message),
            (Act::Confirm { .. }, None) if code == Code::Expired => ConversationStage::Open(self),
            (_, Some(Phase::Expired)) => ConversationStage::Expired { stood: self.standing },
            (_, Some(Phase::Rejected)) | (Act::Reject, _) => ConversationStage::Rejected { stood: self.standing },
            (Act::Offer { .. }, _) if code == Code::Expired => ConversationStage::Expired { stood: self.standing },
            _ if code == Code::Closed => ConversationStage::Rejected { stood: self.standing },
            _ => ConversationStage::Open(Self { pending: None, ..self }),
        }
    }

    /// A receipt for something that is not pending: all that it can tell is that they are further than we knew.
    fn told(self, report: Option<Report>) -> ConversationStage {
        let closing = self.pending.is_some_and(|pending| pending.act.closes());
        match report.map(|report| report.phase) {
            Some(Phase::Rejected) if !closing => ConversationStage::Rejected { stood: self.standing },
            Some(Phase::Expired) if !closing => ConversationStage::Expired { stood: self.standing },
            Some(Phase::Negotiating) => ConversationStage::Open(Self { answered: true, ..self }),
            Some(Phase::Proposed | Phase::Confirmed | Phase::Rejected | Phase::Expired) | None => {
                ConversationStage::Open(self)
            }
        }
    }

    /// The other side has our confirm of their standing terms.
    fn confirmed(self, confirm: MessageId) -> ConversationStage {
        match self.standing {
            Some(offer) => ConversationStage::Confirmed { offer, confirm, cancels: Cancels::default() },
            None => ConversationStage::Open(self),
        }
    }
}
