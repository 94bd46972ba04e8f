//! Words of a message: the act, the topic and the payload.

use ai2ai_api::forget;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::digest::TermsHash;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::name::{Intent, is_unseen};
use ai2ai_protocol::terms;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::WordsError;

/// Content of a message: the act, the topic and the payload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Words {
    /// The act.
    pub kind: Kind,
    /// The topic.
    pub intent: Intent,
    /// The payload.
    pub payload: Object,
    /// The message that it answers.
    pub in_reply_to: Option<MessageId>,
}

impl Words {
    /// A plain message.
    pub fn message(text: &str) -> Self {
        Self::new(Kind::Message, "message.relay", object([("text", text.into())]))
    }

    /// A question.
    pub fn question(text: &str) -> Self {
        Self::new(Kind::Request, "info.request", object([("text", text.into())]))
    }

    /// A proposal to meet: definite terms for one time, a menu for several.
    ///
    /// # Errors
    /// When there is no time, no subject, or no minute.
    pub fn meeting(
        subject: &str,
        times: &[String],
        minutes: Option<u32>,
        place: Option<&str>,
    ) -> Result<Self, WordsError> {
        let (Some(first), more) = (times.first(), times.len() > 1) else {
            return Err(WordsError::NoTime);
        };
        let mut payload = object([("subject", said("subject", subject)?.into())]);
        if minutes == Some(0) {
            return Err(WordsError::NoMinutes);
        }
        if more {
            payload.insert("proposed_times".to_owned(), times.into());
            if let Some(minutes) = minutes {
                payload.insert("minutes".to_owned(), minutes.into());
            }
            if let Some(place) = place {
                payload.insert("place".to_owned(), place.into());
            }
        } else {
            let terms = terms::meeting(subject, first, minutes, place);
            payload.insert("terms".to_owned(), terms.into());
        }
        Ok(Self::new(Kind::Request, "schedule.meeting", payload))
    }

    /// A request of any intent, with any payload.
    ///
    /// # Errors
    /// When the intent is none.
    pub fn proposal(intent: &str, payload: Object) -> Result<Self, WordsError> {
        let intent = intent.parse().map_err(WordsError::Intent)?;
        let mut payload = payload;
        if payload.contains_key("terms") {
            // The node says which terms they replace, when they are said.
            payload.remove("replaces");
        }
        Ok(Self { kind: Kind::Request, intent, payload, in_reply_to: None })
    }

    /// The end of a conversation.
    pub fn rejection(intent: Intent, reason: Option<&str>, in_reply_to: Option<MessageId>) -> Self {
        let payload = reason.map(|reason| object([("reason", reason.into())])).unwrap_or_default();
        Self { kind: Kind::Reject, intent, payload, in_reply_to }
    }

    /// A request to forget what was said.
    pub fn forget(payload: Object) -> Self {
        Self::new(Kind::Inform, forget::INTENT, payload)
    }

    /// The end of what was agreed.
    pub fn cancel(terms: TermsHash, reason: Option<&str>) -> Self {
        let mut payload = object([("terms_hash", terms.to_string().into())]);
        payload.extend(reason.map(|reason| ("reason".to_owned(), reason.into())));
        Self::new(Kind::Inform, terms::CANCEL, payload)
    }

    /// A ping, which says only who sends it, and under which key.
    pub fn ping() -> Self {
        Self::new(Kind::Ping, "node.ping", Object::new())
    }

    /// Receipts that could not be given at once.
    pub fn receipts(payload: Object) -> Self {
        Self::new(Kind::Receipt, "message.relay", payload)
    }

    /// Converts the content for an item to keep.
    pub fn to_object(&self) -> Object {
        match serde_json::to_value(self) {
            Ok(Value::Object(object)) => object,
            _ => Object::new(),
        }
    }

    /// Reads the content back that an item kept.
    pub fn of_object(object: Object) -> Option<Self> {
        serde_json::from_value(Value::Object(object)).ok()
    }

    /// Returns whether sending this commits the owner to terms, or frees them, so that the owner's signed approval goes with
    /// it.
    pub fn commits(&self) -> bool {
        self.kind == Kind::Confirm || self.payload.contains_key("terms") || self.cancels()
    }

    /// Returns whether it cancels an agreement.
    pub fn cancels(&self) -> bool {
        is_cancel(self.kind, &self.intent)
    }

    fn new(kind: Kind, intent: &str, payload: Object) -> Self {
        let intent = intent.parse().expect("our own intents are well-formed");
        Self { kind, intent, payload, in_reply_to: None }
    }
}

/// Returns whether an envelope of this kind and intent cancels an agreement.
#[must_use]
pub fn is_cancel(kind: Kind, intent: &Intent) -> bool {
    kind == Kind::Inform && intent.as_str() == terms::CANCEL
}

/// Checks that a text says something.
///
/// # Errors
/// There is nothing in them that could be read.
pub fn said<'t>(what: &str, text: &'t str) -> Result<&'t str, WordsError> {
    Some(text).filter(|text| !is_nothing(text)).ok_or_else(|| WordsError::Empty(what.to_owned()))
}

/// Returns whether nothing in a text can be read.
pub(super) fn is_nothing(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_unseen(c))
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Object {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
