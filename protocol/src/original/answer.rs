//! Answers to agents of the original, and the meaning of theirs: the status codes of its documents.

use serde_json::{Value, json};

use super::js::{Js, JsMembers, read};
use super::keys::{Fingerprint, OriginalIdentity, pem_of_key};
use crate::canonical::Object;
use crate::code::Code;
use crate::receipt::Outcome;

/// The reason why an envelope is refused, in the words of the original's documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OriginalReason {
    /// No JSON.
    #[error("invalid_json")]
    InvalidJson,
    /// More than 100 KB.
    #[error("payload_too_large")]
    TooLarge,
    /// A member is missing or of the wrong form, or it is of an unknown version, or for somebody else.
    #[error("invalid_envelope")]
    InvalidEnvelope,
    /// Older than a day, past its end, or of the future.
    #[error("message_expired")]
    MessageExpired,
    /// Its id was used for something else.
    #[error("replay_detected")]
    ReplayDetected,
    /// No signature, or none that can be one.
    #[error("invalid_signature")]
    InvalidSignature,
    /// Its payload is encrypted, and does not open.
    #[error("decryption_failed")]
    DecryptionFailed,
    /// It answers nothing that its sender was sent, or what it was sent is over.
    #[error("unknown_conversation")]
    UnknownConversation,
    /// Its conversation has had all its messages.
    #[error("over_budget")]
    OverBudget,
    /// Too many for now.
    #[error("rate_limited")]
    RateLimited,
    /// The fault is here.
    #[error("internal_error")]
    Internal,
}

impl OriginalReason {
    /// The HTTP status that the documents give it.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidJson
            | Self::InvalidEnvelope
            | Self::MessageExpired
            | Self::ReplayDetected
            | Self::DecryptionFailed
            | Self::UnknownConversation
            | Self::OverBudget => 400,
            Self::InvalidSignature => 403,
            Self::TooLarge => 413,
            Self::RateLimited => 429,
            Self::Internal => 500,
        }
    }

    /// Returns whether the same envelope may be taken later.
    #[must_use]
    pub fn is_passing(self) -> bool {
        matches!(self, Self::RateLimited | Self::Internal)
    }
}

/// Answer to an envelope of the original.
#[derive(Debug, Clone, PartialEq)]
pub struct OriginalAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body, an object.
    pub body: Value,
}

impl OriginalAnswer {
    /// It is taken, and had its effect.
    #[must_use]
    pub fn ok(id: &str, conversation: Option<&str>) -> Self {
        Self { status: 200, body: json!({ "status": "ok", "id": id, "conversation": conversation }) }
    }

    /// It waits for a human. A stranger is told no more, whatever becomes of it.
    #[must_use]
    pub fn pending(id: &str, conversation: Option<&str>) -> Self {
        let body = json!({
            "status": "pending_approval", "id": id, "conversation": conversation,
            "message": "Message received. Waiting for human approval.",
        });
        Self { status: 200, body }
    }

    /// It is refused.
    #[must_use]
    pub fn refused(reason: OriginalReason) -> Self {
        Self { status: reason.status(), body: json!({ "status": "rejected", "reason": reason.to_string() }) }
    }

    /// The other half of a handshake.
    #[must_use]
    pub fn handshake(identity: &OriginalIdentity, agent: &str, human: &str, intents: &[&str]) -> Self {
        Self {
            status: 200,
            body: json!({ "status": "ok", "type": "ping", "agent": agent, "human": human,
            "payload": handshake(identity, intents) }),
        }
    }
}

/// Returns what a handshake says of us, both ways.
#[must_use]
pub fn handshake(identity: &OriginalIdentity, intents: &[&str]) -> Value {
    let key = identity.public();
    json!({
        "capabilities": intents, "languages": ["en"], "model_info": "local", "protocol_versions": ["0.1", "0.2", "1.0"],
        "public_key": pem_of_key(&key), "fingerprint": Fingerprint::of(&key).to_string(),
        "x25519_public_key": identity.agreement().text(),
    })
}

/// Their answer to an envelope of ours.
#[derive(Debug, Clone, PartialEq)]
pub enum TheirAnswer {
    /// They have it, or will not have it, or it is to come again.
    Receipt {
        /// The refusal.
        outcome: Outcome,
        /// Their word for it.
        word: String,
    },
    /// Nothing that tells what became of it: it is tried again.
    Nothing {
        /// The answer that came instead.
        error: String,
    },
}

impl TheirAnswer {
    /// Returns what an HTTP answer means, of at most [`ORIGINAL_BYTES`](super::ORIGINAL_BYTES).
    #[must_use]
    pub fn read(status: u16, body: &[u8]) -> Self {
        let members = members_of(body);
        let word = |name: &str| members.as_ref().and_then(|members| members.get(name)).and_then(Js::as_text);
        let said = word("reason").or_else(|| word("status")).unwrap_or_default();
        let receipt = |outcome| Self::Receipt { outcome, word: clipped(&said) };
        let refused = |code| receipt(Outcome::Refused(code));
        match (status, word("status").as_deref()) {
            (200..=299, Some("ok" | "duplicate")) => receipt(Outcome::Accepted),
            (200..=299, Some("pending_approval")) => receipt(Outcome::Held),
            (429, _) => refused(Code::RateLimited),
            (413, _) => refused(Code::TooLarge),
            (400 | 403 | 200..=299, Some("rejected" | "error")) | (400 | 403, _) => refused(code_of(&said)),
            (other, _) => Self::Nothing { error: format!("their server answers {other}") },
        }
    }
}

/// Returns what a refusal of theirs is called here.
fn code_of(word: &str) -> Code {
    match word {
        "invalid_signature" => Code::BadSignature,
        "message_expired" => Code::Expired,
        "replay_detected" => Code::ReplayedDifferently,
        "blocked" => Code::Blocked,
        "rate_limited" => Code::RateLimited,
        "decryption_failed" => Code::CannotOpen,
        "unknown_conversation" => Code::UnknownConversation,
        "over_budget" => Code::OverBudget,
        _ => Code::Malformed,
    }
}

fn clipped(word: &str) -> String {
    const CHARS: usize = 64;
    word.chars().filter(|c| !crate::name::is_unseen(*c)).take(CHARS).collect()
}

/// The object that an HTTP answer is.
fn members_of(body: &[u8]) -> Option<JsMembers> {
    if body.len() > super::ORIGINAL_BYTES {
        return None;
    }
    read(body).ok()?.as_members().cloned()
}

/// The object that an HTTP answer is, to be looked at: a handshake, or `/.well-known/ai2ai.json`.
#[must_use]
pub fn object_of(body: &[u8]) -> Option<Object> {
    members_of(body).map(|members| members.to_object())
}
