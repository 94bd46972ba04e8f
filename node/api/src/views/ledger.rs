//! What the owner can look up of their own node: every decision, and what was told to whom.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::{ConversationId, ItemId, MessageId};
use ai2ai_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{View, view};

view! {
    /// One line of the audit.
    AuditView = "audit/1" {
        /// Its number, 1 for the first that ever was.
        number: u64,
        /// When.
        at: Timestamp,
        /// What was tried or done.
        what: String,
        /// About whom.
        who: Option<Did>,
        /// About which item.
        item: Option<ItemId>,
        /// By which factor: `pin`, `no_pin`, `typed`, `agent_token`, `mandate ID`, `none`, or the name of another door.
        factor: String,
        /// How it ended: `done`, or the code of a refusal.
        outcome: String,
        /// What was said by it.
        message: Option<MessageId>,
        /// Where the chain ends, in the last line: worth keeping somewhere else.
        head: Option<String>,
    }
}

view! {
    /// What a look at the whole chain of the audit found.
    AuditVerdictView = "audit_verdict/1" {
        /// Whether every entry is as it was written.
        valid: bool,
        /// The number of the oldest entry: 1, unless the oldest went with time.
        first: u64,
        /// How many entries there are.
        entries: u64,
        /// Those of them from before there was a chain: sealed by the first after them.
        older: u64,
        /// Where the chain ends.
        head: Option<String>,
        /// The first thing that is wrong.
        problem: Option<String>,
        /// Whether the head that was given is of an entry that went with time.
        kept_is_gone: bool,
    }
}

view! {
    /// Something that was told to somebody, or is on its way to them.
    ToldView = "told/1" {
        /// When it was said; for the card, since when they are a contact.
        at: Timestamp,
        /// To whom.
        to: Did,
        /// The owner's name for them.
        name: String,
        /// The message; none for the card.
        message: Option<MessageId>,
        /// Its conversation.
        conversation: Option<ConversationId>,
        /// The act; none for the card.
        kind: Option<Kind>,
        /// What it was about.
        intent: Option<String>,
        /// The names of what was told: `proposed_times` are the owner's own free slots.
        what: Vec<String>,
        /// All of it, as they read it.
        content: Object,
        /// Whose word it is: `owner`, `mandate`, `settings` for a receipt, `public` for the card.
        approval: String,
        /// By which factor, as the audit has it; none, where it says nothing of it.
        factor: Option<String>,
        /// How far it got, such as `queued`, `delivered` or `read`; none, when that is no longer known.
        delivery: Option<String>,
    }
}
