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
        /// Who has called it off; the file has their words for it.
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
    /// What the person calls themselves.
    pub human: String,
    /// What the agent calls itself.
    pub agent: String,
    /// `offered` or `confirmed`.
    pub role: String,
    /// `owner`, `mandate` or `nobody`.
    pub approved_by: String,
    /// When they say that they wrote it.
    pub at: Timestamp,
}

/// One side that has called it off.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CancelledByView {
    /// The identity.
    pub did: Did,
    /// What the person calls themselves.
    pub human: String,
    /// When their owner said so.
    pub at: Timestamp,
    /// Why, in their words.
    pub reason: Option<String>,
}

view! {
    /// What the offline check of an agreement found.
    VerifyView = "verify/1" {
        /// Whether everything holds.
        valid: bool,
        /// What does not.
        problems: Vec<String>,
        /// What was agreed.
        terms: Option<Object>,
        /// Its hash.
        terms_hash: Option<TermsHash>,
        /// By whom.
        parties: Vec<PartyView>,
        /// Who has called it off, as far as the file knows.
        #[serde(default)]
        cancelled: Vec<CancelledByView>,
    }
}
