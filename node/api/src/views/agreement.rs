//! Agreements, and what their check found.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::TermsHash;
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::conversation::CancelledView;
use super::{View, view};

view! {
    /// An agreement, as exported.
    AgreementView = "agreement_file/1" {
        /// The conversation.
        conversation: ConversationId,
        /// The terms' hash.
        terms_hash: TermsHash,
        /// The text of the file.
        text: String,
        /// Cancellations; the file has the signed words for them.
        #[serde(default)]
        cancelled: Vec<CancelledView>,
    }
}

view! {
    /// A meeting, as a file for a calendar.
    MeetingView = "meeting/1" {
        /// The conversation.
        conversation: ConversationId,
        /// `tentative`, `confirmed` or `cancelled`.
        standing: String,
        /// The text of the file (iCalendar).
        text: String,
    }
}

/// One side of an agreement.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PartyView {
    /// The identity.
    pub did: Did,
    /// The person's name, as they call themselves.
    pub human: String,
    /// The agent's name, as it calls itself.
    pub agent: String,
    /// `offered` or `confirmed`.
    pub role: String,
    /// `owner`, `mandate` or `nobody`.
    pub approved_by: String,
    /// Moment of writing, as they say themselves.
    pub at: Timestamp,
}

/// One side that has called it off.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CancelledByView {
    /// The identity.
    pub did: Did,
    /// The person's name, as they call themselves.
    pub human: String,
    /// Moment of their owner's approval.
    pub at: Timestamp,
    /// Their reason, in their words.
    pub reason: Option<String>,
}

view! {
    /// Result of the offline check of an agreement.
    VerifyView = "verify/1" {
        /// Set if everything holds.
        valid: bool,
        /// Problems that were found.
        problems: Vec<String>,
        /// The agreed terms.
        terms: Option<Object>,
        /// Its hash.
        terms_hash: Option<TermsHash>,
        /// The parties, each with the approver of its side.
        parties: Vec<PartyView>,
        /// Cancellations that the file knows of.
        #[serde(default)]
        cancelled: Vec<CancelledByView>,
    }
}
