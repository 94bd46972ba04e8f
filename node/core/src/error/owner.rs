//! Errors of what an owner does with what was said: decide, forget, call off, export.

use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::{ConversationId, ItemId};
use ai2ai_protocol::refusal::Refusal;

/// Decision that is not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecideError {
    /// It comes with text, and sends nothing that could carry it.
    NoReader {
        /// The item.
        item: ItemId,
        /// It would let a stranger in, to whom one can write afterwards.
        admits: bool,
    },
    /// Whoever the item is with is no contact any more.
    NoContact,
    /// The stranger has not shown a card, so nothing could be sent to them.
    NoCard,
    /// It needs the files of the keys, which a transaction does not have.
    NeedsKeys(ItemId),
}

/// Something that is not forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForgetError {
    /// Our last act in the conversation has no answer yet.
    Unanswered(ConversationId),
    /// A message of ours in the conversation is still to be delivered.
    UnderWay(ConversationId),
    /// A contact asks to erase more conversations than one approval can.
    TooMany {
        /// The contact.
        with: Did,
        /// Conversations that one approval can erase.
        most: usize,
    },
    /// Whoever is to be asked is no contact.
    NobodyToAsk,
}

/// Agreement that is not called off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelError {
    /// Nothing is agreed in the conversation.
    NotConfirmed {
        /// The conversation.
        conversation: ConversationId,
        /// Its phase.
        phase: Phase,
    },
    /// It is called off already.
    Cancelled {
        /// The conversation.
        conversation: ConversationId,
        /// Name of the other side, where it was they; none for the owner.
        by: Option<String>,
    },
}

/// Agreement, or event of one, that is not exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportError {
    /// Nothing is agreed in the conversation.
    NotConfirmed(ConversationId),
    /// No time in the conversation is one that the owner has approved.
    NoMeeting(ConversationId),
    /// A message of the agreement is not in the database. The fault is ours.
    Incomplete,
    /// The messages make no agreement. The fault is ours.
    Invalid {
        /// The reason.
        why: Refusal,
        /// Our identity.
        of: Did,
    },
}
