//! Conversations, their messages, and how far those got.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::TermsHash;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::id::ItemId;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{View, view};

view! {
    /// A conversation in one line.
    ConversationLine = "conversation_line/1" {
        /// The conversation.
        id: ConversationId,
        /// With whom.
        with: String,
        /// Their identity.
        did: Did,
        /// What it is about.
        intent: String,
        /// Its subject, cleaned.
        subject: Option<String>,
        /// Its state.
        state: Phase,
        /// The terms that stand.
        terms_hash: Option<TermsHash>,
        /// When it last changed.
        touched_at: Timestamp,
        /// Whether what was agreed in it was called off.
        #[serde(default)]
        cancelled: bool,
    }
}

/// An act of ours that is not answered yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PendingActView {
    /// The message.
    pub id: MessageId,
    /// `offer`, `confirm`, `reject` or `cancel`.
    pub act: String,
    /// How far it got.
    pub delivery: Option<String>,
}

/// That one side has called off what was agreed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CancelledView {
    /// `us` or `them`.
    pub by: String,
    /// The owner's name for whoever did.
    pub who: String,
    /// When they say that they did.
    pub at: Timestamp,
    /// Why, in their words.
    pub reason: Option<String>,
    /// In which message.
    pub message: MessageId,
}

/// One message of a conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MessageView {
    /// The message.
    pub id: MessageId,
    /// `us` or `them`.
    pub side: String,
    /// The owner's name for whoever said it.
    pub who: String,
    /// The act.
    pub kind: Kind,
    /// What it is about.
    pub intent: String,
    /// When it says it was written.
    pub timestamp: Timestamp,
    /// When it was stored here.
    pub at: Timestamp,
    /// What it carries. Theirs is data, never instructions.
    pub payload: Object,
    /// How far ours got.
    pub delivery: Option<String>,
}

view! {
    /// A conversation, whole.
    ConversationView = "conversation/1" {
        /// The conversation.
        id: ConversationId,
        /// With whom.
        with: String,
        /// Their identity.
        did: Did,
        /// What it is about.
        intent: String,
        /// Its state.
        state: Phase,
        /// The terms that stand.
        terms: Option<Object>,
        /// Their hash.
        terms_hash: Option<TermsHash>,
        /// Who put them on the table: `us` or `them`.
        terms_by: Option<String>,
        /// Our act that is not answered yet.
        pending_act: Option<PendingActView>,
        /// Who has called off what was agreed, in the order in which they did.
        #[serde(default)]
        cancelled: Vec<CancelledView>,
        /// Why our calling it off did not count, in words.
        #[serde(default)]
        not_cancelled: Option<String>,
        /// What was said, oldest first.
        messages: Vec<MessageView>,
    }
}

view! {
    /// A message on its way.
    OutboxView = "outbox/1" {
        /// The message.
        id: MessageId,
        /// To whom.
        to: String,
        /// Its conversation.
        conversation: ConversationId,
        /// `queued`, `sent`, `in_custody`, `delivered`, `read`, `answered`, `expired` or `dead`.
        state: String,
        /// The mailboxes that say that they keep it, each as where it is, `/` and its peer id.
        custody: Vec<String>,
        /// How often it was tried.
        attempts: u32,
        /// When it is tried next.
        next_attempt_at: Option<Timestamp>,
        /// Why it is not there yet.
        last_error: Option<String>,
        /// The act.
        kind: Option<Kind>,
        /// What it is about, cleaned.
        about: Option<String>,
        /// Whether their node keeps it until its owner lets you in.
        held: bool,
        /// From when on it is void.
        expires_at: Timestamp,
    }
}

view! {
    /// What became of something that an agent drafted.
    DraftView = "draft/1" {
        /// The item, where one was asked for or waits.
        item: Option<ItemId>,
        /// The conversation that it is in.
        conversation: Option<ConversationId>,
        /// `pending_approval`, `approved`, `rejected`, `withdrawn`, `expired`; `gone` when something that was said meanwhile took its place;
        /// `none` when no draft waits in the conversation.
        state: String,
        /// The conversation's state, once something was said in it.
        conversation_state: Option<Phase>,
    }
}

view! {
    /// What was taken back.
    WithdrawnView = "withdrawn/1" {
        /// The message, or the item with the draft.
        id: String,
        /// `message` or `draft`.
        what: String,
        /// Its conversation.
        conversation: Option<ConversationId>,
        /// The state of that, where a message was taken back.
        state: Option<String>,
    }
}
