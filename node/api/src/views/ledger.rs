//! Records that the owner can look up: every decision, and every disclosure to somebody else.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::{ConversationId, ItemId, MessageId};
use ai2ai_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{View, view};
use crate::audit::{AuditAction, AuditFactor, AuditOutcome};

view! {
    /// One line of the audit.
    AuditView = "audit/1" {
        /// Its number, 1 for the first that ever was.
        number: u64,
        /// Moment of it.
        at: Timestamp,
        /// The act that was tried or done.
        what: AuditAction,
        /// The person that it is about.
        who: Option<Did>,
        /// The item that it is about.
        item: Option<ItemId>,
        /// The factor: `pin`, `no_pin`, `typed`, `agent_token`, `mandate ID`, `none`, or the name of another door.
        factor: AuditFactor,
        /// Outcome: `done`, or the code of a refusal.
        outcome: AuditOutcome,
        /// The message that it sent.
        message: Option<MessageId>,
        /// Head of the chain, in the last line: worth keeping somewhere else.
        head: Option<String>,
    }
}

view! {
    /// Result of a check of the whole audit chain.
    AuditVerdictView = "audit_verdict/1" {
        /// Set if every entry is as it was written.
        valid: bool,
        /// The number of the oldest entry: 1, unless the oldest went with time.
        first: u64,
        /// Number of entries.
        entries: u64,
        /// Those of them from before there was a chain: sealed by the first after them.
        older: u64,
        /// Head of the chain.
        head: Option<String>,
        /// The first thing that is wrong.
        problem: Option<String>,
        /// Set if the head that was given is of an entry that went with time.
        kept_is_gone: bool,
    }
}

view! {
    /// Something that was told to somebody, or is on its way to them.
    ToldView = "told/1" {
        /// Moment of the message; for the card, the moment they became a contact.
        at: Timestamp,
        /// The recipient.
        to: Did,
        /// The owner's name for them.
        name: String,
        /// The message; none for the card.
        message: Option<MessageId>,
        /// Its conversation.
        conversation: Option<ConversationId>,
        /// The act; none for the card.
        kind: Option<Kind>,
        /// Intent.
        intent: Option<String>,
        /// The names of what was told: `proposed_times` are the owner's own free slots.
        what: Vec<String>,
        /// All of it, as they read it.
        content: Object,
        /// Basis of the disclosure: `owner`, `mandate`, `settings` for a receipt, `public` for the card.
        approval: String,
        /// The factor of the decision, as the audit has it; absent where the audit says nothing of it.
        factor: Option<AuditFactor>,
        /// Delivery state, such as `queued`, `delivered` or `read`; absent when it is no longer known.
        delivery: Option<String>,
    }
}
