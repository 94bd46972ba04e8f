//! Conversations: the negotiation of two sides, as one side knows it.
//!
//! **One place decides.** An act changes the state when its *recipient* commits it. The receipt carries the resulting
//! state, and the sender's copy follows the receipt; until then the act is *pending* there. Each side has at most one
//! pending act, save that a reject may follow an offer that is not answered yet. Words alone ([`Act::Talk`]) settle
//! nothing and are never pending.
//!
//! What a side has pending decides how it answers an act that arrives:
//!
//! | mine, not yet answered | arrives | my answer |
//! |---|---|---|
//! | nothing | an offer that replaces what stands for me | accepted |
//! | nothing | an offer that replaces something else | `stale_terms` |
//! | nothing | a confirm of my offer, which stands | accepted: `confirmed` |
//! | nothing | any other confirm | `stale_terms` |
//! | offer | an offer that replaces it | accepted, and it acknowledges mine |
//! | offer, I opened | any other offer | `crossed`: mine stands |
//! | offer, they opened | an offer that replaces what stands for me | accepted; mine will come back refused |
//! | offer, they opened | any other offer | `stale_terms` |
//! | offer | a confirm of exactly these terms | accepted: `confirmed`, and it acknowledges mine |
//! | offer | any other confirm | `stale_terms` |
//! | confirm | an offer | `busy`: the answer to my confirm decides |
//! | confirm | a confirm | `stale_terms` |
//! | reject | anything | `closed`, as rejected |
//! | nothing, offer or confirm | a reject | accepted: `rejected` |
//! | nothing, offer or confirm | words | accepted |
//! | closed | anything but a cancel | `closed`, with the closing state |
//!
//! What was confirmed can be called off ([`Act::Cancel`]): the conversation stays confirmed, and says beside that who has
//! called it off. The table of it is in `cancel`.
//!
//! **An offer names the *message* it replaces**, not the terms in it: the same terms may come back, and an offer that
//! crossed them would then be taken for an answer to them, and the two sides would look at different terms.
//!
//! **A refused act changes nothing**: what stood before it stands.
//!
//! **Expiry.** A conversation lives until the last of its acts has run out, and no longer than its own offer that
//! nobody answered, or that came too late. A pending confirm or reject keeps it open: such an act is *unresolved* until
//! it is answered, however late, and only its own answer (or, for a confirm, a reject that arrives) settles it.
//!
//! **What this rests on.** Each envelope is heard once: a repeat is answered from the replay table, with its first
//! receipt, before its age is judged. Every answer but a passing refusal is kept in that table, and every refusal that
//! concerns a conversation brings its state. The act that opens a conversation is delivered before one that closes it.
//! Nothing is told before it is stored: neither a receipt, nor that the conversation has expired.

use serde::{Deserialize, Serialize};

use crate::digest::TermsHash;
use crate::id::MessageId;
use crate::time::Timestamp;

mod act;
mod cancel;
mod hear;
mod phase;
mod say;
mod settle;

use cancel::Cancels;

pub use act::{Act, Pending, Side, Standing};
pub use cancel::Cancelled;
pub use phase::{Phase, Report};
pub use say::SayError;

/// One side's knowledge of a conversation.
///
/// It holds hashes and message ids, no words. Every method is a pure function to the next state; the caller stores
/// that state in the transaction that stores the act, before any receipt leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Conversation {
    opener: Side,
    opened_at: Timestamp,
    stage: ConversationStage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ConversationStage {
    Open(Open),
    Confirmed {
        offer: Standing,
        confirm: MessageId,
        #[serde(default, skip_serializing_if = "Cancels::is_none")]
        cancels: Cancels,
    },
    Rejected {
        stood: Option<Standing>,
    },
    Expired {
        stood: Option<Standing>,
    },
}

/// A conversation in which something can still be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Open {
    /// An act of whoever did not open it was accepted.
    answered: bool,
    standing: Option<Standing>,
    pending: Option<Pending>,
    /// The time at which the last act runs out; there is none before the first act.
    expires_at: Option<Timestamp>,
}

impl Open {
    /// The message that put the standing terms on the table.
    fn stands(&self) -> Option<MessageId> {
        self.standing.map(|standing| standing.message)
    }

    fn is_over(&self, now: Timestamp) -> bool {
        let end = match self.pending {
            Some(pending) if pending.act.closes() => None,
            Some(offer) => Some(offer.expires_at),
            None => self.expires_at,
        };
        end.is_some_and(|end| now >= end)
    }
}

impl Conversation {
    /// A new conversation, to be followed at once by its first act.
    #[must_use]
    pub fn open(opener: Side, now: Timestamp) -> Self {
        let open = Open { answered: false, standing: None, pending: None, expires_at: None };
        Self { opener, opened_at: now, stage: ConversationStage::Open(open) }
    }

    /// The same conversation at this moment: expired, if its time is over.
    ///
    /// Whoever tells the other side that it expired stores this state first, so that no clock turned back revives it.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Self {
        match self.stage {
            ConversationStage::Open(open) if open.is_over(now) => {
                self.to(ConversationStage::Expired { stood: open.standing })
            }
            ConversationStage::Open(_)
            | ConversationStage::Confirmed { .. }
            | ConversationStage::Rejected { .. }
            | ConversationStage::Expired { .. } => *self,
        }
    }

    /// Returns how far it is, for this side's eyes: a pending act has not happened yet.
    #[must_use]
    pub fn phase(&self, now: Timestamp) -> Phase {
        match self.at(now).stage {
            ConversationStage::Open(Open { answered: false, .. }) => Phase::Proposed,
            ConversationStage::Open(Open { answered: true, .. }) => Phase::Negotiating,
            ConversationStage::Confirmed { .. } => Phase::Confirmed,
            ConversationStage::Rejected { .. } => Phase::Rejected,
            ConversationStage::Expired { .. } => Phase::Expired,
        }
    }

    /// The state to put into a receipt. A pending reject counts: from now on this side accepts nothing else.
    #[must_use]
    pub fn report(&self, now: Timestamp) -> Report {
        let rejecting = self.pending().is_some_and(|pending| pending.act == Act::Reject);
        let phase = if rejecting { Phase::Rejected } else { self.phase(now) };
        let terms = self.standing().map(|standing| standing.terms);
        Report { phase, terms, cancelled: self.cancelled().them }
    }

    /// The terms on the table; in a closed conversation, those that were confirmed, or that stood when it ended.
    #[must_use]
    pub fn standing(&self) -> Option<Standing> {
        match self.stage {
            ConversationStage::Open(open) => open.standing,
            ConversationStage::Confirmed { offer, .. } => Some(offer),
            ConversationStage::Rejected { stood } | ConversationStage::Expired { stood } => stood,
        }
    }

    /// The act of ours that waits for its answer.
    #[must_use]
    pub fn pending(&self) -> Option<Pending> {
        match self.stage {
            ConversationStage::Open(open) => open.pending,
            ConversationStage::Confirmed { cancels, .. } => cancels.pending,
            ConversationStage::Rejected { .. } | ConversationStage::Expired { .. } => None,
        }
    }

    /// The offer, the confirm and the terms that both sides approved, once it is confirmed.
    #[must_use]
    pub fn agreement(&self) -> Option<(MessageId, MessageId, TermsHash)> {
        match self.stage {
            ConversationStage::Confirmed { offer, confirm, .. } => Some((offer.message, confirm, offer.terms)),
            ConversationStage::Open(_) | ConversationStage::Rejected { .. } | ConversationStage::Expired { .. } => None,
        }
    }

    /// Returns who opened it.
    #[must_use]
    pub fn opener(&self) -> Side {
        self.opener
    }

    /// Returns when this side first knew of it.
    #[must_use]
    pub fn opened_at(&self) -> Timestamp {
        self.opened_at
    }

    /// Returns when it will have expired if nobody says anything more; never, while a closing act is pending or it is closed.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        match self.stage {
            ConversationStage::Open(open) => match open.pending {
                Some(pending) if pending.act.closes() => None,
                Some(offer) => Some(offer.expires_at),
                None => open.expires_at,
            },
            ConversationStage::Confirmed { .. }
            | ConversationStage::Rejected { .. }
            | ConversationStage::Expired { .. } => None,
        }
    }

    fn to(self, stage: ConversationStage) -> Self {
        Self { stage, ..self }
    }
}

#[cfg(test)]
mod tests;
