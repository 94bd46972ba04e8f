//! How the node is, and what happened in it.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::key::PublicKey;
use ai2ai_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{View, view};

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
    /// `tcp`, `quic` or `relayed`; or `https`, where each batch is posted.
    pub path: String,
    /// The remote multiaddress.
    pub address: String,
}

/// How a node stands in the DHT.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct DhtView {
    /// Nodes that keep cards, and that it knows.
    pub nodes: usize,
    /// Whether its own card is kept there.
    pub published: bool,
    /// Whether it keeps cards for others.
    pub serves: bool,
    /// Cards that it keeps.
    pub kept: usize,
}

view! {
    /// An agent's program that can use this node.
    ConnectedView = "connected/1" {
        /// Which program.
        program: String,
        /// The file that says so.
        file: String,
        /// Tools that it found when it was tried.
        tools: usize,
    }
}

/// How much a volunteer keeps for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptView {
    /// How many people have a place.
    pub people: u64,
    /// How many messages wait.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
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
        /// Where its HTTP face listens, if it has one.
        #[serde(default)]
        http: Option<String>,
        /// The web server at which others reach it, if its owner named one.
        #[serde(default)]
        https: Option<String>,
        /// Whether others can dial it from anywhere: `yes`, `no` or `unknown`.
        #[serde(default)]
        reachable: String,
        /// How it stands in the DHT.
        #[serde(default)]
        dht: DhtView,
        /// How many nodes are found and not yet added.
        nearby: usize,
        /// How many items wait for the owner.
        pending: usize,
        /// How many messages wait for delivery.
        outbox: u64,
        /// How many messages could not be delivered.
        dead: u64,
        /// Live connections, and who is reached by HTTPS.
        connections: Vec<ConnectionView>,
        /// Where its mail is kept while it is away.
        mailboxes: Vec<String>,
        /// What it keeps for others, where it is a volunteer.
        keeps: Option<KeptView>,
        /// `pin`, or `none` when the owner key has no PIN.
        approval: String,
        /// Seconds since the node started.
        uptime_s: u64,
        /// The version of the node.
        version: String,
        /// Since when the owner stopped everything that the agent does by itself.
        stopped_since: Option<Timestamp>,
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
        /// When.
        at: Timestamp,
        /// `listening`, `found`, `gone`, `connected`, `disconnected`, `arrived`, `conversation`, `decided`, `delivered`, `read`, `pending`, `dead`, `limited`,
        /// `clock`, `stopping`.
        event: String,
        /// What it is about, in words.
        detail: String,
        /// About whom.
        did: Option<Did>,
        /// About which conversation.
        conversation: Option<ConversationId>,
    }
}

view! {
    /// Whether a test reached a channel.
    NotifyTestView = "notify-test/1" {
        /// `telegram`, `ntfy`, `webhook`, `desktop` or `command`.
        channel: String,
        /// Whether it was taken there.
        sent: bool,
        /// What happened.
        detail: String,
    }
}

view! {
    /// The keys of an identity, as far as they are public.
    KeysView = "keys/1" {
        /// The identity: the owner's key.
        did: Did,
        /// Whether a PIN seals it.
        has_pin: bool,
        /// The agent's key, as envelopes name it.
        agent_key: PublicKey,
        /// Which of the owner's delegations lets it speak.
        delegation: u64,
        /// Until when.
        until: Timestamp,
        /// The libp2p node's name.
        peer: String,
    }
}
