//! How far somebody is trusted, and what the agent may do by itself.

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
    /// What the owner lets the agent do by itself.
    MandateView = "mandate/1" {
        /// Its name.
        id: MandateId,
        /// With whom; nothing means everybody who is trusted.
        did: Option<Did>,
        /// The owner's name for them.
        with: Option<String>,
        /// For which intents; `schedule.*` is all below `schedule`.
        intents: Vec<String>,
        /// Within which limits: `amount` and `currency`, `hours`, `per_day`.
        limits: Object,
        /// From when on.
        not_before: Timestamp,
        /// Until just before when.
        not_after: Timestamp,
        /// `in_force`, `stopped` (by `panic`), `revoked` or `ended`.
        state: String,
        /// How often it was used in the last 24 hours.
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

    /// How often it was used in the last 24 hours, of as often as it may be.
    #[must_use]
    pub fn used_in_words(&self) -> String {
        match self.limits.get("per_day").and_then(Value::as_u64) {
            Some(most) => format!("{} of {most}", self.used),
            None => self.used.to_string(),
        }
    }
}

view! {
    /// What a mandate would have done with one message of ours.
    RehearsalView = "rehearsal/1" {
        /// The message.
        message: MessageId,
        /// Its conversation.
        conversation: ConversationId,
        /// When it was said.
        at: Timestamp,
        /// The act.
        kind: Kind,
        /// The topic.
        intent: String,
        /// `go`: it would have gone by itself. `wait`: it would have waited for the owner.
        would: String,
        /// Why it would have waited.
        why: Option<String>,
    }
}

/// What came of the conversations about one intent.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct IntentHistory {
    /// The intent.
    pub intent: String,
    /// Whether it spends, delegates, introduces or tells personal things.
    pub sensitive: bool,
    /// How many were confirmed.
    pub confirmed: u64,
    /// How many were rejected.
    pub rejected: u64,
    /// How many were confirmed, and called off afterwards.
    #[serde(default)]
    pub called_off: u64,
    /// How many are open, expired, or only talk.
    pub other: u64,
}

view! {
    /// How somebody is trusted.
    TrustView = "trust/1" {
        /// The identity.
        did: Did,
        /// The owner's name for them.
        name: String,
        /// How far they are trusted.
        trust: Trust,
        /// What came of it so far.
        intents: Vec<IntentHistory>,
        /// What the agent may do with them by itself, or might once.
        mandates: Vec<MandateView>,
        /// What the owner might want. It is never done without them.
        suggestion: Option<String>,
    }
}

view! {
    /// Whether the agent may do anything by itself.
    PanicView = "panic/1" {
        /// Since when it may not; nothing means that mandates hold.
        since: Option<Timestamp>,
        /// How many mandates are in force, or would be.
        mandates: usize,
        /// How much of what the agent said by itself is still on its way.
        #[serde(default)]
        on_the_way: usize,
    }
}
