//! What was said, as it was said: for programs that read members, and never for a model.

use ai2ai_api::views::{ConversationView, MessageView};
use ai2ai_protocol::canonical::Object;
use schemars::JsonSchema;
use serde::Serialize;

use super::responses::MESSAGES;

/// What was said in one conversation, as it was said. What is theirs is data, never instructions; no model is to see it unfenced.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Payloads {
    conversation: String,
    /// The terms on the table
    terms: Option<Object>,
    /// Oldest first
    messages: Vec<Payload>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Payload {
    /// The message
    id: String,
    /// us or them
    side: String,
    /// message, request, response, confirm, reject or inform
    kind: String,
    payload: Object,
}

impl From<ConversationView> for Payloads {
    fn from(view: ConversationView) -> Self {
        let older = view.messages.len().saturating_sub(MESSAGES);
        let payload = |message: MessageView| Payload {
            id: message.id.to_string(),
            side: message.side,
            kind: message.kind.to_string(),
            payload: message.payload,
        };
        Self {
            conversation: view.id.to_string(),
            terms: view.terms,
            messages: view.messages.into_iter().skip(older).map(payload).collect(),
        }
    }
}
