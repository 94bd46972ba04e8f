//! What the node answers at its doors: the objects of `--json`, which the command line also prints for people.
//!
//! Each has a schema name with a number. Changes only add members.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::{Digest, TermsHash};
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::{ConversationId, ItemId, MessageId};
use ai2ai_protocol::time::Timestamp;
use ai2ai_protocol::trust::Trust;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An object that a door answers with.
pub trait View: Serialize + DeserializeOwned {
    /// Its name and number.
    const SCHEMA: &'static str;

    /// The object as it is printed, with its `schema`.
    fn line(&self) -> Value {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(object) = &mut value {
            object.insert("schema".to_owned(), Self::SCHEMA.into());
        }
        value
    }

    /// The object back from a line.
    ///
    /// # Errors
    /// When the line is of another schema or form: the node and the command line are of different versions.
    fn of_line(line: Value) -> Result<Self, String> {
        match line.get("schema").and_then(Value::as_str) {
            Some(schema) if schema == Self::SCHEMA => {}
            other => return Err(format!("the node answered with {other:?} where {} was expected", Self::SCHEMA)),
        }
        serde_json::from_value(line).map_err(|error| format!("{} from the node: {error}", Self::SCHEMA))
    }
}

macro_rules! view {
    ($(#[$doc:meta])* $name:ident = $schema:literal { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, Deserialize)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }

        impl View for $name {
            const SCHEMA: &'static str = $schema;
        }
    };
}

view! {
    /// Who this node is.
    IdentityView = "identity/1" {
        /// The identity.
        did: Did,
        /// The agent's name.
        agent: String,
        /// The owner's name.
        human: String,
        /// The libp2p peer id.
        peer: String,
    }
}

/// One live connection.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConnectionView {
    /// The peer at its other end.
    pub peer: String,
    /// Who that is, once their card was seen.
    pub did: Option<Did>,
    /// `tcp`, `quic` or `relayed`.
    pub path: String,
    /// The remote multiaddress.
    pub address: String,
}

view! {
    /// How the node is.
    StatusView = "status/1" {
        /// Always true when a node answered.
        running: bool,
        /// The identity.
        did: Did,
        /// The agent's name.
        agent: String,
        /// The owner's name.
        human: String,
        /// The libp2p peer id.
        peer: String,
        /// Multiaddresses on which it listens.
        listen: Vec<String>,
        /// How many nodes are found and not yet added.
        nearby: usize,
        /// How many items wait for the owner.
        pending: usize,
        /// How many messages wait for delivery.
        outbox: u64,
        /// How many messages could not be delivered.
        dead: u64,
        /// Live connections.
        connections: Vec<ConnectionView>,
        /// `pin`, or `none` when the owner key has no PIN.
        approval: String,
        /// Seconds since the node started.
        uptime_s: u64,
        /// The version of the node.
        version: String,
    }
}

view! {
    /// Someone found and not yet added. What they call themselves is only a claim.
    NearbyView = "nearby/1" {
        /// The identity whose card they showed.
        did: Did,
        /// What the agent calls itself.
        agent: String,
        /// What the person calls themselves.
        human: String,
        /// How they were found: `mdns`, `by_hand`, `came` (they connected to us).
        source: String,
        /// Always false: nobody has vouched for the name.
        verified: bool,
        /// Where they were found.
        addresses: Vec<String>,
        /// The libp2p peer id.
        peer: String,
    }
}

view! {
    /// A contact.
    ContactView = "contact/1" {
        /// The identity.
        did: Did,
        /// The owner's own name for them.
        name: String,
        /// What the agent calls itself.
        agent: String,
        /// What the person calls themselves.
        human: String,
        /// How far they are trusted.
        trust: Trust,
        /// Whether nothing of theirs is let in.
        blocked: bool,
        /// When they were last connected.
        last_seen: Option<Timestamp>,
        /// How they are connected now: `tcp`, `quic`, `relayed`, or nothing.
        path: Option<String>,
        /// How they were met.
        met: String,
    }
}

view! {
    /// A round trip.
    PingView = "ping/1" {
        /// Who answered.
        did: Did,
        /// The owner's name for them, or what they call themselves.
        name: String,
        /// Milliseconds for one signed card over the live connection.
        rtt_ms: f64,
        /// `tcp`, `quic` or `relayed`.
        path: String,
        /// What they offer.
        intents: Vec<String>,
    }
}

view! {
    /// What was said, or waits to be approved.
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
    }
}

view! {
    /// An item that waits for the owner, in one line.
    PendingView = "pending/1" {
        /// The item.
        id: ItemId,
        /// Its conversation; a contact request has none.
        conversation: Option<ConversationId>,
        /// `contact_request`, `incoming` or `draft`.
        kind: String,
        /// The owner's name for them, or what they claim to be.
        who: String,
        /// What it is about.
        intent: Option<String>,
        /// One line of it, cleaned.
        summary: String,
        /// What an approval is bound to.
        digest: Digest,
        /// Until when it can be decided.
        expires_at: Timestamp,
    }
}

view! {
    /// An item that waits for the owner, whole: exactly what an approval would do.
    ItemView = "item/1" {
        /// The item.
        id: ItemId,
        /// `contact_request`, `incoming` or `draft`.
        kind: String,
        /// Its conversation; a contact request has none.
        conversation: Option<ConversationId>,
        /// Who it is with.
        did: Did,
        /// The owner's name for them, or what they claim to be.
        who: String,
        /// Whether the owner has added them.
        verified: bool,
        /// How they were met.
        met: String,
        /// What it is about.
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
        /// What happens next, in words.
        next: String,
        /// What an approval is bound to.
        digest: Digest,
        /// When it came to be.
        made_at: Timestamp,
        /// Until when it can be decided.
        expires_at: Timestamp,
    }
}

view! {
    /// What the owner decided.
    DecisionView = "decision/1" {
        /// The item.
        id: ItemId,
        /// `approved` or `rejected`.
        decision: String,
        /// Its conversation.
        conversation: Option<ConversationId>,
        /// The conversation's state after it.
        state: Option<String>,
        /// The message that went out.
        message: Option<MessageId>,
    }
}

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
    }
}

/// An act of ours that is not answered yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PendingActView {
    /// The message.
    pub id: MessageId,
    /// `offer`, `confirm` or `reject`.
    pub act: String,
    /// How far it got.
    pub delivery: Option<String>,
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
        /// What was said, oldest first.
        messages: Vec<MessageView>,
    }
}

view! {
    /// An agreement, as exported.
    AgreementView = "agreement_file/1" {
        /// The conversation.
        conversation: ConversationId,
        /// The terms' hash.
        terms_hash: TermsHash,
        /// The text of the file.
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
        /// `queued`, `sent` or `dead`.
        state: String,
        /// How often it was tried.
        attempts: u32,
        /// When it is tried next.
        next_attempt_at: Option<Timestamp>,
        /// Why it is not there yet.
        last_error: Option<String>,
    }
}

view! {
    /// One line of the audit.
    AuditView = "audit/1" {
        /// When.
        at: Timestamp,
        /// What was tried or done.
        what: String,
        /// About whom.
        who: Option<Did>,
        /// About which item.
        item: Option<ItemId>,
        /// By which factor: `pin`, `no_pin`, `typed`, `agent_token`, `none`.
        factor: String,
        /// How it ended: `done`, or the code of a refusal.
        outcome: String,
    }
}

view! {
    /// One check of the doctor.
    DoctorView = "doctor/1" {
        /// What was looked at.
        check: String,
        /// `OK`, `WARN` or `FAIL`.
        status: String,
        /// What was seen.
        detail: String,
        /// What to do.
        fix: Option<String>,
    }
}

view! {
    /// Something that happened, as `up --json` prints it.
    EventView = "event/1" {
        /// When.
        at: Timestamp,
        /// `listening`, `found`, `gone`, `connected`, `disconnected`, `arrived`, `delivered`, `pending`, `dead`, `stopping`.
        event: String,
        /// What it is about, in words.
        detail: String,
        /// About whom.
        did: Option<Did>,
        /// About which conversation.
        conversation: Option<ConversationId>,
    }
}
