//! Errors of what leaves: composed, drafted, sent again, taken back.

use ai2ai_protocol::conversation::SayError;
use ai2ai_protocol::delivery::State;
use ai2ai_protocol::digest::DigestError;
use ai2ai_protocol::envelope::DraftError;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::policy::Reason;
use ai2ai_protocol::refusal::Refusal;

/// Message that is not composed: whoever speaks can mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComposeError {
    /// The owner has blocked its recipient.
    Blocked {
        /// The owner's name for them.
        name: String,
    },
    /// It commits the owner, and the owner has not approved it.
    NotApproved,
    /// Its terms are no JSON object.
    Terms,
    /// Its hash of terms cannot be read.
    TermsHash(DigestError),
    /// No envelope can carry it.
    Draft(DraftError),
    /// It is no act that the protocol knows.
    Act(Refusal),
    /// The conversation does not allow it now.
    Conversation {
        /// The conversation.
        id: ConversationId,
        /// The reason.
        why: SayError,
    },
}

/// Message that policy does not let an agent send, or draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// Policy refuses it.
    Policy(Reason),
}

/// Draft that is not made under a key: whoever drafts can take another key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftKeyError {
    /// It has no characters, or more than may be.
    Length {
        /// Characters that a key may have.
        most: usize,
    },
    /// The command that it comes with drafts nothing.
    NoDraft,
    /// Another draft was made under it.
    Reused,
}

/// Message that is not sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResendError {
    /// It is not dead: it is delivered, or still on its way.
    NotDead {
        /// The message.
        id: MessageId,
        /// How far it is.
        state: State,
    },
    /// The peer refused it for good.
    RefusedForGood {
        /// The message.
        id: MessageId,
        /// Its conversation.
        conversation: ConversationId,
        /// The peer's reason, if one was given.
        why: Option<String>,
    },
    /// Its words are not kept any more.
    Gone(MessageId),
    /// Its recipient is no contact any more.
    NoContact,
    /// It answers in a conversation that is over.
    Closed(MessageId),
}

/// Message or draft that is not taken back: the peer has it, may have it, or would misread the rest without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WithdrawError {
    /// No draft of the agent's has this id; what the owner sent is not the agent's to take back.
    NoDraft {
        /// What was typed.
        id: String,
    },
    /// They have it.
    Arrived {
        /// The message.
        id: MessageId,
        /// Its conversation.
        conversation: ConversationId,
        /// How far it is.
        state: State,
    },
    /// They may have it: it was handed over, and there is no answer.
    MayHaveArrived {
        /// The message.
        id: MessageId,
        /// Its conversation.
        conversation: ConversationId,
    },
    /// It may be leaving at this moment.
    UnderWay(MessageId),
    /// It is not on its way any more.
    Over {
        /// The message.
        id: MessageId,
        /// How far it came.
        state: State,
    },
    /// Something was said after it.
    SaidAfterIt {
        /// The message.
        id: MessageId,
        /// The last that was said after it.
        last: MessageId,
    },
    /// The node made it by itself.
    NodesOwn(MessageId),
    /// The offer before it has arrived, and may be confirmed without it.
    OfferArrived,
}
