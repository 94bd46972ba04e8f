//! Protocols that this node speaks, put together.

use std::sync::Arc;

use ai2ai_discovery::kademlia::Dht;
use ai2ai_protocol::limits::{BATCH_BYTES, RECEIPTS_BYTES};
use libp2p::allow_block_list::{self, BlockedPeers};
use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::identity::PublicKey;
use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::{StreamProtocol, dcutr, identify, mdns, memory_connection_limits, ping, relay};
use tokio::sync::Semaphore;

use crate::clock;
use crate::dht;
use crate::limits::{
    CONNECTIONS, CONNECTIONS_IN, CONNECTIONS_PER_PEER, IN, MEMORY_BYTES, PENDING_IN, PENDING_OUT, PING,
};
use crate::reachability::autonat_client::AutonatClient;
use crate::reachability::autonat_server::AutonatServer;
use crate::reachability::dcutr_candidates::DcutrCandidates;
use crate::reachability::relay_server::{self, Relaying};
use crate::requests::admission::Admission;
use crate::requests::card_protocol;
use crate::requests::codec::Sizes;
use crate::requests::per_connection::PerConnection;
use crate::requests::shaper::Shape;

/// Batches of sealed envelopes, and their receipts.
pub(crate) const ENVELOPE: StreamProtocol = StreamProtocol::new("/ai2ai/envelope/0.2");
/// Cards. Who speaks this is an AI2AI node.
pub(crate) const CARD: StreamProtocol = StreamProtocol::new("/ai2ai/card/0.2");

/// Sealed envelopes for those who are away.
pub(crate) const MAILBOX: StreamProtocol = StreamProtocol::new("/ai2ai/mailbox/0.2");

/// Cards of those who want to be found.
pub(crate) const DIRECTORY: StreamProtocol = StreamProtocol::new("/ai2ai/directory/0.2");

const PROTOCOL_VERSION: &str = "ai2ai/0.2";
const AGENT_VERSION: &str = concat!("ai2ai-rs/", env!("CARGO_PKG_VERSION"));

/// How often one peer may send batches: as fast as the disk syncs for an honest one, and no faster.
const BATCHES: Shape = Shape { burst: 2_000, per_second: 1_000 };
/// How often one peer may ask for the card.
const CARDS: Shape = Shape { burst: 20, per_second: 5 };

/// How often one peer may ask something of a volunteer.
const SERVICES: Shape = Shape { burst: 200, per_second: 50 };

/// Protocols of this node. The order matters: what can refuse a connection comes before what prepares for it.
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    pub(crate) blocked: allow_block_list::Behaviour<BlockedPeers>,
    limits: connection_limits::Behaviour,
    memory: memory_connection_limits::Behaviour,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    pub(crate) cards: PerConnection,
    pub(crate) batches: PerConnection,
    pub(crate) mailbox: PerConnection,
    pub(crate) directory: PerConnection,
    pub(crate) mdns: Toggle<mdns::tokio::Behaviour>,
    relay_server: Toggle<relay::Behaviour>,
    relay_client: relay::client::Behaviour,
    dcutr: dcutr::Behaviour,
    pub(crate) dcutr_candidates: DcutrCandidates,
    pub(crate) dht: Dht,
    pub(crate) autonat_client: AutonatClient,
    autonat_server: Toggle<AutonatServer>,
}

impl Behaviour {
    pub(crate) fn new(key: PublicKey, relay_client: relay::client::Behaviour, relaying: Option<Relaying>) -> Self {
        let me = key.to_peer_id();
        Self {
            blocked: allow_block_list::Behaviour::default(),
            limits: connection_limits::Behaviour::new(limits()),
            memory: memory_connection_limits::Behaviour::with_max_bytes(MEMORY_BYTES),
            identify: identify::Behaviour::new(identify_config(key)),
            ping: ping::Behaviour::new(ping::Config::new().with_interval(PING).with_timeout(PING)),
            cards: per_connection(
                CARD,
                Sizes { request: card_protocol::REQUEST_BYTES, answer: card_protocol::ANSWER_BYTES },
                CARDS,
            ),
            batches: per_connection(ENVELOPE, Sizes { request: BATCH_BYTES, answer: RECEIPTS_BYTES }, BATCHES),
            mailbox: service(MAILBOX, relaying.is_some()),
            directory: service(DIRECTORY, relaying.is_some()),
            mdns: Toggle::from(None),
            relay_server: relaying.map(|relaying| relay_server::relay(me, relaying)).into(),
            relay_client,
            dcutr: dcutr::Behaviour::new(me),
            dcutr_candidates: DcutrCandidates::default(),
            dht: Dht::new(me, clock::now, dht::passes),
            autonat_client: AutonatClient::new(me),
            autonat_server: relaying.map(|_| AutonatServer::new()).into(),
        }
    }
}

fn per_connection(protocol: StreamProtocol, sizes: Sizes, rate: Shape) -> PerConnection {
    PerConnection::new(protocol, sizes, Admission::new(rate, Arc::new(Semaphore::new(IN))))
}

/// Requests that a volunteer answers; the others only ask.
fn service(protocol: StreamProtocol, is_volunteer: bool) -> PerConnection {
    let behaviour = per_connection(protocol, Sizes { request: BATCH_BYTES, answer: BATCH_BYTES }, SERVICES);
    if is_volunteer { behaviour } else { behaviour.that_only_ask() }
}

fn limits() -> ConnectionLimits {
    ConnectionLimits::default()
        .with_max_pending_incoming(Some(PENDING_IN))
        .with_max_pending_outgoing(Some(PENDING_OUT))
        .with_max_established_incoming(Some(CONNECTIONS_IN))
        .with_max_established(Some(CONNECTIONS))
        .with_max_established_per_peer(Some(CONNECTIONS_PER_PEER))
}

/// Addresses are told in the signed card, so identify tells only those that were found to be reachable from outside: nodes of the
/// table name each other by them.
fn identify_config(key: PublicKey) -> identify::Config {
    identify::Config::new(PROTOCOL_VERSION.to_owned(), key)
        .with_agent_version(AGENT_VERSION.to_owned())
        .with_hide_listen_addrs(true)
        .with_cache_size(0)
}
