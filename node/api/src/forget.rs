//! Requests to forget, as they stand in a message.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::name::Intent;
use serde_json::Value;

/// Intent of a request to forget.
pub const INTENT: &str = "privacy.forget";

/// Scope of a request to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forget {
    /// One conversation.
    Conversation(ConversationId),
    /// Everything that was ever said between the two.
    Everything,
}

impl Forget {
    /// As it stands in the payload of a request.
    #[must_use]
    pub fn to_payload(self) -> Object {
        let (name, value) = match self {
            Self::Conversation(id) => ("conversation", id.to_string().into()),
            Self::Everything => ("everything", true.into()),
        };
        Object::from_iter([(name.to_owned(), value)])
    }

    /// Reads a request; `None` when the message is no such request, or asks for something else.
    #[must_use]
    pub fn asked_in(kind: Kind, intent: &Intent, payload: &Object) -> Option<Self> {
        if kind != Kind::Inform || intent.as_str() != INTENT {
            return None;
        }
        match (payload.get("conversation"), payload.get("everything")) {
            (Some(Value::String(id)), None) => id.parse().ok().map(Self::Conversation),
            (None, Some(Value::Bool(true))) => Some(Self::Everything),
            _ => None,
        }
    }

    /// In words, for a list.
    #[must_use]
    pub fn summary(self) -> String {
        match self {
            Self::Conversation(id) => format!("asks you to forget conversation {id}"),
            Self::Everything => "asks you to forget everything that was said between you".to_owned(),
        }
    }
}
