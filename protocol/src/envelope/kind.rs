//! The act that an envelope is.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::Intent;

/// The act of an envelope; its intent says what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Asks whether the other side is there.
    Ping,
    /// Words for the other person, that ask for nothing.
    Message,
    /// Opens a conversation: a question, a menu, or definite terms.
    Request,
    /// Answers in one: an answer, a menu, or definite terms.
    Response,
    /// Accepts the other side's standing terms, by their hash.
    Confirm,
    /// Ends the conversation without an agreement.
    Reject,
    /// Tells something nobody asked for.
    Inform,
    /// Tells what became of an envelope that was held.
    Receipt,
}

impl Kind {
    /// The kind as envelopes write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Message => "message",
            Self::Request => "request",
            Self::Response => "response",
            Self::Confirm => "confirm",
            Self::Reject => "reject",
            Self::Inform => "inform",
            Self::Receipt => "receipt",
        }
    }

    /// Reads an envelope's `type`: the kind, and the intent that a short form implies.
    pub(crate) fn read(text: &str) -> Option<(Self, Implied)> {
        let (kind, implied) = match text {
            "ping" => (Self::Ping, Implied::Usual("node.ping")),
            "message" => (Self::Message, Implied::Usual("message.relay")),
            "request" => (Self::Request, Implied::Nothing),
            "response" => (Self::Response, Implied::Nothing),
            "confirm" => (Self::Confirm, Implied::Nothing),
            "reject" => (Self::Reject, Implied::Nothing),
            "inform" => (Self::Inform, Implied::Nothing),
            "receipt" => (Self::Receipt, Implied::Usual("node.receipt")),
            "schedule" => (Self::Request, Implied::Always("schedule.meeting")),
            "info_request" => (Self::Request, Implied::Always("info.request")),
            _ => return None,
        };
        Some((kind, implied))
    }
}

/// Relation of an envelope's `type` to its intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Implied {
    /// The member `intent` must be there.
    Nothing,
    /// The intent when the member is left out.
    Usual(&'static str),
    /// The intent; a member `intent` may only say the same.
    Always(&'static str),
}

impl Implied {
    /// The intent of an envelope whose member `intent` is `given`; or why there is none.
    pub(crate) fn intent(self, given: Option<Intent>) -> Result<Intent, &'static str> {
        let known = |text: &str| text.parse().map_err(|_| "it is no intent");
        match (self, given) {
            (Self::Nothing | Self::Usual(_), Some(given)) => Ok(given),
            (Self::Nothing, None) => Err("it is missing"),
            (Self::Usual(intent), None) => known(intent),
            (Self::Always(intent), Some(given)) if given.as_str() != intent => {
                Err("this short form of `type` has an intent of its own")
            }
            (Self::Always(intent), _) => known(intent),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_written_and_read_alike() {
        for kind in [
            Kind::Ping,
            Kind::Message,
            Kind::Request,
            Kind::Response,
            Kind::Confirm,
            Kind::Reject,
            Kind::Inform,
            Kind::Receipt,
        ] {
            assert_eq!(Kind::read(kind.as_str()).map(|(kind, _)| kind), Some(kind));
            assert_eq!(serde_json::to_value(kind).ok(), Some(kind.as_str().into()));
        }
        assert_eq!(Kind::read("Confirm"), None);
    }

    #[test]
    fn the_short_forms_have_the_intent_that_their_name_says() {
        let intent = |text: &str, given: Option<&str>| {
            let given = given.map(|given| given.parse().expect("an intent"));
            Kind::read(text).and_then(|(_, implied)| implied.intent(given).ok()).map(String::from)
        };
        assert_eq!(intent("schedule", None).as_deref(), Some("schedule.meeting"));
        assert_eq!(intent("schedule", Some("schedule.meeting")).as_deref(), Some("schedule.meeting"));
        assert_eq!(intent("schedule", Some("commerce.request")), None);
        assert_eq!(intent("info_request", None).as_deref(), Some("info.request"));
        assert_eq!(intent("message", None).as_deref(), Some("message.relay"));
        assert_eq!(intent("message", Some("social.introduction")).as_deref(), Some("social.introduction"));
        for kind in ["request", "response", "confirm", "reject", "inform"] {
            assert_eq!(intent(kind, None), None, "{kind}");
        }
        assert!(["ping", "receipt"].iter().all(|kind| intent(kind, None).is_some()));
    }
}
