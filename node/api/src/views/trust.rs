//! Trust levels of contacts, and mandates for what the agent may do by itself.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::{ConversationId, MandateId, MessageId};
use ai2ai_protocol::time::Timestamp;
use ai2ai_protocol::trust::Trust;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{View, view};
use crate::text::clean;

view! {
    /// Mandate: what the owner lets the agent do by itself.
    MandateView = "mandate/1" {
        /// Its name.
        id: MandateId,
        /// Identity of the contact; absent for everybody who is trusted.
        did: Option<Did>,
        /// The owner's name for them.
        with: Option<String>,
        /// Intents that it covers; `schedule.*` is all below `schedule`.
        intents: Vec<String>,
        /// Limits: `amount` and `currency`, `hours`, `per_day`.
        limits: Object,
        /// The moment from which it holds.
        not_before: Timestamp,
        /// Until just before when.
        not_after: Timestamp,
        /// `in_force`, `stopped` (by `panic`), `revoked` or `ended`.
        state: String,
        /// Number of uses in the last 24 hours.
        used: u32,
    }
}

impl MandateView {
    /// Its limits, to go after what it lets the agent do.
    #[must_use]
    pub fn limits_in_words(&self) -> String {
        let mut words = String::new();
        let text = |name: &str| self.limits.get(name).and_then(Value::as_str).map(clean);
        if let (Some(amount), Some(currency)) = (text("amount"), text("currency")) {
            words.push_str(&format!(", up to {amount} {currency} each time"));
        }
        if let Some(hours) = self.limits.get("hours") {
            let of = |name: &str| hours.get(name).and_then(Value::as_str).map(clean).unwrap_or_default();
            words.push_str(&format!(", between {} and {} ({})", of("from"), of("until"), of("offset")));
        }
        if let Some(per_day) = self.limits.get("per_day") {
            words.push_str(&format!(", {per_day} times a day at most"));
        }
        words
    }

    /// Uses in the last 24 hours, and the limit of uses.
    #[must_use]
    pub fn used_in_words(&self) -> String {
        match self.limits.get("per_day").and_then(Value::as_u64) {
            Some(most) => format!("{} of {most}", self.used),
            None => self.used.to_string(),
        }
    }
}

view! {
    /// Effect that a mandate would have had on one message of ours.
    RehearsalView = "rehearsal/1" {
        /// The message.
        message: MessageId,
        /// Its conversation.
        conversation: ConversationId,
        /// Moment of the message.
        at: Timestamp,
        /// The act.
        kind: Kind,
        /// The topic.
        intent: String,
        /// `go`: it would have gone by itself. `wait`: it would have waited for the owner.
        would: String,
        /// Reason why it would have waited.
        why: Option<String>,
    }
}

/// Outcomes of the conversations about one intent.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct IntentHistory {
    /// The intent.
    pub intent: String,
    /// Set if it spends, delegates, introduces or tells personal things.
    pub sensitive: bool,
    /// Number of confirmed conversations.
    pub confirmed: u64,
    /// Number of rejected conversations.
    pub rejected: u64,
    /// Number of conversations that were confirmed, and called off afterwards.
    #[serde(default)]
    pub called_off: u64,
    /// Number of conversations that are open, expired, or only talk.
    pub other: u64,
}

view! {
    /// Trust in a contact, with its history and mandates.
    TrustView = "trust/1" {
        /// The identity.
        did: Did,
        /// The owner's name for them.
        name: String,
        /// Trust level.
        trust: Trust,
        /// Outcomes so far, by intent.
        intents: Vec<IntentHistory>,
        /// Mandates with them, present and past.
        mandates: Vec<MandateView>,
        /// Suggestion to the owner. It is never done without them.
        suggestion: Option<String>,
    }
}

view! {
    /// State of the stop on everything that the agent does by itself.
    PanicView = "panic/1" {
        /// Start of the stop; absent while mandates hold.
        since: Option<Timestamp>,
        /// Number of mandates that are in force, or would be.
        mandates: usize,
        /// Number of messages of the agent's own that are still on their way.
        #[serde(default)]
        on_the_way: usize,
    }
}
