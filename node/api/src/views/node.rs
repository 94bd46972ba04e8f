//! State of the node, and events in it.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::key::PublicKey;
use ai2ai_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{View, view};
use crate::event_name::EventName;

view! {
    /// Identity of this node.
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
    /// Identity of the peer, once its card was seen.
    pub did: Option<Did>,
    /// `tcp`, `quic` or `relayed`; or `https`, where each batch is posted.
    pub path: String,
    /// The remote multiaddress.
    pub address: String,
}

/// State of a node in the DHT.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct DhtView {
    /// Nodes that keep cards, and that it knows.
    pub nodes: usize,
    /// Set if its own card is kept there.
    pub published: bool,
    /// Set if it keeps cards for others.
    pub serves: bool,
    /// Cards that it keeps.
    pub kept: usize,
}

view! {
    /// An agent's program that can use this node.
    ConnectedView = "connected/1" {
        /// Name of the program.
        program: String,
        /// The file that says so.
        file: String,
        /// Tools that it found when it was tried.
        tools: usize,
    }
}

/// Amount that a volunteer keeps for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptView {
    /// Number of people who have a place.
    pub people: u64,
    /// Number of messages that wait.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
}

view! {
    /// State of the node.
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
        /// Address on which its HTTP face listens, if it has one.
        #[serde(default)]
        http: Option<String>,
        /// The web server at which others reach it, if its owner named one.
        #[serde(default)]
        https: Option<String>,
        /// Reachability from anywhere: `yes`, `no` or `unknown`.
        #[serde(default)]
        reachable: String,
        /// Its state in the DHT.
        #[serde(default)]
        dht: DhtView,
        /// Number of nodes that were found and not yet added.
        nearby: usize,
        /// Number of items that wait for the owner.
        pending: usize,
        /// Number of messages that wait for delivery.
        outbox: u64,
        /// Number of undeliverable messages.
        dead: u64,
        /// Live connections, and who is reached by HTTPS.
        connections: Vec<ConnectionView>,
        /// Mailboxes that keep its mail while it is away.
        mailboxes: Vec<String>,
        /// Amount that it keeps for others, where it is a volunteer.
        keeps: Option<KeptView>,
        /// `pin`, or `none` when the owner key has no PIN.
        approval: String,
        /// Seconds since the node started.
        uptime_s: u64,
        /// The version of the node.
        version: String,
        /// Moment at which the owner stopped everything that the agent does by itself.
        stopped_since: Option<Timestamp>,
    }
}

view! {
    /// One check of the doctor.
    DoctorView = "doctor/1" {
        /// Name of the check.
        check: String,
        /// `OK`, `WARN` or `FAIL`.
        status: String,
        /// Observation.
        detail: String,
        /// Advice on what to do.
        fix: Option<String>,
    }
}

view! {
    /// A DNS record to publish.
    DnsRecordView = "dns-record/1" {
        /// The name, with its final dot.
        name: String,
        /// Seconds that it may be kept.
        ttl: u32,
        /// The strings of the TXT record, of at most 255 bytes each.
        strings: Vec<String>,
        /// The line of a zone file.
        zone: String,
    }
}

view! {
    /// Something that happened, as `up --json` prints it.
    EventView = "event/1" {
        /// Moment of it.
        at: Timestamp,
        /// Its name.
        event: EventName,
        /// Subject, in words.
        detail: String,
        /// The person that it is about.
        did: Option<Did>,
        /// The conversation that it is about.
        conversation: Option<ConversationId>,
    }
}

view! {
    /// Result of a test notification.
    NotifyTestView = "notify-test/1" {
        /// `telegram`, `ntfy`, `webhook`, `desktop` or `command`.
        channel: String,
        /// Set if it was taken there.
        sent: bool,
        /// Description of what happened.
        detail: String,
    }
}

view! {
    /// The keys of an identity, as far as they are public.
    KeysView = "keys/1" {
        /// The identity: the owner's key.
        did: Did,
        /// Set if a PIN seals it.
        has_pin: bool,
        /// The agent's key, as envelopes name it.
        agent_key: PublicKey,
        /// Number of the owner's delegation that lets it speak.
        delegation: u64,
        /// End of it.
        until: Timestamp,
        /// The libp2p node's name.
        peer: String,
    }
}
