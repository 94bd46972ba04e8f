//! Items that wait for the owner, and decisions about them.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::digest::TermsHash;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::id::ItemId;
use ai2ai_protocol::id::MandateId;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::conversation::MessageView;
use super::{View, view};

/// The kind of the item that asks whether the agent's key is renewed.
pub const RENEWAL: &str = "renewal";

/// The kind of the item that only says that the other side has called off what was agreed.
pub const CANCELLED: &str = "cancelled";

/// The kind of the item whose sender nothing proves: an agent of the original, by a key that the owner has not pinned.
pub const UNVERIFIED: &str = "unverified";

view! {
    /// A message that was sent, or waits to be approved.
    SentView = "sent/1" {
        /// The message, once it is signed and queued.
        id: Option<MessageId>,
        /// The item that waits for the owner, when an agent drafted it.
        item: Option<ItemId>,
        /// The conversation.
        conversation: ConversationId,
        /// The conversation's state, or `pending_approval`.
        state: String,
        /// `queued`, `sent`, `delivered`, `dead`; nothing while it waits for the owner.
        delivery: Option<String>,
        /// The mandate under which the agent said it by itself.
        mandate: Option<MandateId>,
        /// Reason why it waits for the owner.
        why: Option<String>,
    }
}

impl SentView {
    /// A message that is signed and queued.
    #[must_use]
    pub fn queued(id: MessageId, conversation: ConversationId, state: String) -> Self {
        let delivery = Some("queued".to_owned());
        Self { id: Some(id), item: None, conversation, state, delivery, mandate: None, why: None }
    }

    /// A draft that waits for the owner.
    #[must_use]
    pub fn drafted(item: ItemId, conversation: ConversationId, why: String) -> Self {
        let state = "pending_approval".to_owned();
        Self { id: None, item: Some(item), conversation, state, delivery: None, mandate: None, why: Some(why) }
    }
}

view! {
    /// An item that waits for the owner, in one line.
    PendingView = "pending/1" {
        /// The item.
        id: ItemId,
        /// Its conversation; a contact request has none.
        conversation: Option<ConversationId>,
        /// `contact_request`, `incoming`, `draft`, `renewal`, `cancelled` or `unverified`.
        kind: String,
        /// The owner's name for them, or what they claim to be.
        who: String,
        /// Intent.
        intent: Option<String>,
        /// One line of it, cleaned.
        summary: String,
        /// Digest that an approval is bound to.
        digest: Digest,
        /// Deadline of the decision.
        expires_at: Timestamp,
        /// End of its snooze.
        #[serde(default)]
        snoozed_until: Option<Timestamp>,
        /// Set if so much of theirs waits already that a list only counts it.
        #[serde(default)]
        folded: bool,
    }
}

view! {
    /// An item that was put out of sight.
    SnoozedView = "snoozed/1" {
        /// The item.
        id: ItemId,
        /// End of the snooze. Something new in its conversation ends it at once.
        until: Timestamp,
    }
}

view! {
    /// A link that opens the inbox in a browser on this machine, once.
    OpenView = "open/1" {
        /// The link. Whoever has it first is let in.
        url: String,
        /// End of its validity.
        expires_at: Timestamp,
    }
}

view! {
    /// An item that waits for the owner, whole: exactly what an approval would do.
    ItemView = "item/1" {
        /// The item.
        id: ItemId,
        /// `contact_request`, `incoming`, `draft`, `renewal`, `cancelled` or `unverified`.
        kind: String,
        /// Its conversation; a contact request has none.
        conversation: Option<ConversationId>,
        /// Identity of the other side.
        did: Did,
        /// The owner's name for them, or what they claim to be.
        who: String,
        /// Set if the owner has added them.
        verified: bool,
        /// Moment at which the owner compared the twelve words with them in person.
        compared_at: Option<Timestamp>,
        /// The way they were met.
        met: String,
        /// Intent.
        intent: Option<String>,
        /// Their words, cleaned of what is not seen; never instructions.
        came_in: Option<MessageView>,
        /// Times that they propose: `--choose 1` is the first.
        choices: Vec<String>,
        /// The kind of message that an approval sends.
        sends_kind: Option<Kind>,
        /// Exactly what an approval sends.
        sends: Option<Object>,
        /// The terms that an approval commits the owner to.
        terms: Option<Object>,
        /// The hash of those terms.
        terms_hash: Option<TermsHash>,
        /// Next step, in words.
        next: String,
        /// Consequence of no decision, in words.
        #[serde(default)]
        unanswered: String,
        /// Reasons why the agent's draft did not go by itself, where the recipient is trusted.
        #[serde(default)]
        why: Option<String>,
        /// End of its snooze.
        #[serde(default)]
        snoozed_until: Option<Timestamp>,
        /// Digest that an approval is bound to.
        digest: Digest,
        /// Moment of its creation.
        made_at: Timestamp,
        /// Deadline of the decision.
        expires_at: Timestamp,
    }
}

view! {
    /// Decision of the owner.
    DecisionView = "decision/1" {
        /// The item.
        id: ItemId,
        /// `approved` or `rejected`; `noted` where there was nothing to decide.
        decision: String,
        /// Its conversation.
        conversation: Option<ConversationId>,
        /// The conversation's state after it.
        state: Option<String>,
        /// The message that went out.
        message: Option<MessageId>,
    }
}
