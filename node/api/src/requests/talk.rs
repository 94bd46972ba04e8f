//! Requests that say something.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::id::MessageId;
use serde::{Deserialize, Serialize};

use super::request;
use crate::pin::Pin;

request! {
    /// A message that opens a conversation.
    Send {
        /// The contact.
        who: String,
        /// The message.
        text: String,
    }
}

request! {
    /// A question that opens a conversation.
    Ask {
        /// The contact.
        who: String,
        /// The question.
        question: String,
    }
}

request! {
    /// A proposal of times to meet.
    Meet {
        /// The contact.
        who: String,
        /// Subject.
        subject: String,
        /// Proposed times.
        times: Vec<String>,
        /// Length in minutes.
        minutes: Option<u32>,
        /// Place.
        place: Option<String>,
        /// PIN, where one seals the owner's key.
        pin: Option<Pin>,
    }
}

request! {
    /// A proposal of any intent, with its payload.
    Propose {
        /// The contact.
        who: String,
        /// Intent, such as `schedule.call`.
        intent: String,
        /// Payload of the intent.
        payload: Object,
        /// PIN, where one seals the owner's key.
        pin: Option<Pin>,
    }
}

request! {
    /// An answer in a conversation: words, terms, a choice, or a confirm.
    Reply {
        /// The conversation.
        conversation: String,
        /// Words.
        text: Option<String>,
        /// Terms of one's own.
        terms: Option<Object>,
        /// Proposed times.
        times: Vec<String>,
        /// Choice of a proposed time, the first being 1.
        choose: Option<usize>,
        /// Set to accept the terms on the table.
        accept: bool,
        /// The message that is answered: nothing is said if something newer came.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<MessageId>,
        /// PIN, where one seals the owner's key.
        pin: Option<Pin>,
    }
}

request! {
    /// Cancellation of what was agreed in a conversation.
    Cancel {
        /// The conversation.
        conversation: String,
        /// Reason, for the other side.
        reason: Option<String>,
        /// PIN, where one seals the owner's key.
        pin: Option<Pin>,
    }
}

request! {
    /// State of a draft: of its item, or of its conversation.
    Draft {
        /// The item.
        item: Option<String>,
        /// The conversation.
        conversation: Option<String>,
    }
}
