//! Answers of this side to an act that arrives: the table of the module, row by row.

use super::cancel::Cancels;
use super::{Act, Conversation, ConversationStage, Open, Side, Standing};
use crate::code::Code;
use crate::digest::TermsHash;
use crate::id::MessageId;
use crate::time::Timestamp;

impl Conversation {
    /// Hears `act` in the envelope `message`, which is void from `expires_at` on and was never heard before.
    ///
    /// # Errors
    /// The code to refuse it with. Nothing has changed, save that the conversation may have expired: the caller
    /// stores [`Conversation::at`] and sends [`Conversation::report`] with the refusal.
    pub fn hear(&self, message: MessageId, act: &Act, expires_at: Timestamp, now: Timestamp) -> Result<Self, Code> {
        if let Act::Cancel { terms } = act {
            return self.hear_cancel(message, *terms, now);
        }
        let ConversationStage::Open(mut open) = self.at(now).stage else { return Err(Code::Closed) };
        if open.pending.is_some_and(|pending| pending.act == Act::Reject) {
            return Err(Code::Closed);
        }
        match act {
            Act::Talk | Act::Cancel { .. } => {}
            Act::Offer { terms, replaces } => open = open.hear_offer(self.opener, message, *terms, *replaces)?,
            Act::Confirm { terms } => {
                let offer = open.confirmable(*terms).ok_or(Code::StaleTerms)?;
                return Ok(self.to(ConversationStage::Confirmed {
                    offer,
                    confirm: message,
                    cancels: Cancels::default(),
                }));
            }
            Act::Reject => return Ok(self.to(ConversationStage::Rejected { stood: open.standing })),
        }
        let answered = open.answered || self.opener == Side::Us;
        let expires_at = open.expires_at.max(Some(expires_at));
        Ok(self.to(ConversationStage::Open(Open { answered, expires_at, ..open })))
    }
}

impl Open {
    fn hear_offer(
        self,
        opener: Side,
        message: MessageId,
        terms: TermsHash,
        replaces: Option<MessageId>,
    ) -> Result<Self, Code> {
        let standing = Some(Standing { terms, by: Side::Them, message });
        let fits = replaces == self.stands();
        match self.pending {
            None if fits => Ok(Self { standing, ..self }),
            None => Err(Code::StaleTerms),
            Some(mine) => match mine.act {
                Act::Offer { .. } if replaces == Some(mine.message) => {
                    Ok(Self { standing, pending: None, answered: true, ..self })
                }
                Act::Offer { .. } if opener == Side::Us => Err(Code::Crossed),
                Act::Offer { .. } | Act::Talk if fits => Ok(Self { standing, ..self }),
                Act::Offer { .. } | Act::Talk => Err(Code::StaleTerms),
                Act::Confirm { .. } => Err(Code::Busy),
                Act::Reject | Act::Cancel { .. } => Err(Code::Closed),
            },
        }
    }

    /// The offer of ours that a confirm of these terms accepts: the pending one if there is one, else the standing one.
    fn confirmable(&self, terms: TermsHash) -> Option<Standing> {
        let mine = match self.pending {
            Some(pending) => match pending.act {
                Act::Offer { terms, .. } => Some(Standing { terms, by: Side::Us, message: pending.message }),
                Act::Talk | Act::Confirm { .. } | Act::Reject | Act::Cancel { .. } => None,
            },
            None => self.standing.filter(|standing| standing.by == Side::Us),
        };
        mine.filter(|offer| offer.terms == terms)
    }
}
