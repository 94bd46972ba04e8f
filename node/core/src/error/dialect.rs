//! Errors of saying something to an agent of another protocol, which can be told less, and of keeping such an agent as a contact.

use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::original::{AgreementError, WriteError};

/// Message that such an agent is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialectError {
    /// The contact is blocked.
    Blocked {
        /// The owner's name for them.
        name: String,
    },
    /// The conversation is over.
    Closed {
        /// The conversation.
        conversation: ConversationId,
        /// Its phase.
        phase: Phase,
    },
    /// The conversation has as many messages, or bytes, as it may.
    ConversationFull,
    /// There are as many conversations as may be.
    TooManyConversations {
        /// Number of conversations that may be.
        most: usize,
    },
    /// As many messages are on their way as may be.
    TooManyOutgoing {
        /// Number of messages that may be on their way.
        most: u64,
    },
    /// The protocol has no word for calling off what was agreed.
    NoCancel(ConversationId),
    /// Whoever is answered is no contact any more.
    NoContact,
    /// Nothing proves who wrote, so nobody is answered.
    Unverified,
    /// Times are proposed, and none of them is chosen.
    ChoiceNeeded {
        /// Number of times that are proposed.
        proposed: usize,
    },
    /// The key to which the payload would be encrypted cannot be read. The fault is the peer's.
    BadKey(AgreementError),
    /// No envelope of theirs can carry it.
    Unwritable(WriteError),
}

/// Contact that is not added: the key that their agent shows stands for more than its server's claim, or the owner can say
/// otherwise whom they mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialectContactError {
    /// There are as many contacts as may be.
    TooMany {
        /// Number of contacts that may be.
        most: usize,
    },
    /// The key that an agent shows is the owner's own.
    OwnKey,
    /// The key that an agent shows is that of a native contact.
    SpeaksNatively {
        /// The owner's name for them.
        name: String,
    },
    /// The owner calls somebody else so.
    NameTaken {
        /// The name.
        name: String,
    },
    /// Another key is pinned for the endpoint.
    OtherKey {
        /// The endpoint.
        endpoint: String,
        /// The owner's name for whoever has the pinned key.
        pinned: String,
    },
}
