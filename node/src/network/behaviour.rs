//! The protocols that this node speaks, put together.

use std::sync::Arc;

use ai2ai_api::clock;
use ai2ai_discovery::kademlia::Dht;
use ai2ai_protocol::limits::{BATCH_BYTES, RECEIPTS_BYTES};
use libp2p::allow_block_list::{self, BlockedPeers};
use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::identity::PublicKey;
use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::{StreamProtocol, dcutr, identify, mdns, memory_connection_limits, ping, relay};
use tokio::sync::Semaphore;

use super::bucket::Rate;
use super::candidates::Candidates;
use super::codec::Sizes;
use super::dial_backs::DialBacks;
use super::gate::Gates;
use super::introduction;
use super::lanes::Lanes;
use super::limits::{
    CONNECTIONS, CONNECTIONS_IN, CONNECTIONS_PER_PEER, IN, MEMORY_BYTES, PENDING_IN, PENDING_OUT, PING,
};
use super::probes::Probes;
use super::table;
use super::volunteer::{self, Relaying};

/// Batches of sealed envelopes, and their receipts.
pub(super) const ENVELOPE: StreamProtocol = StreamProtocol::new("/ai2ai/envelope/0.2");
/// Cards. Who speaks this is an AI2AI node.
pub(super) const CARD: StreamProtocol = StreamProtocol::new("/ai2ai/card/0.2");

/// Sealed envelopes for those who are away.
pub(super) const MAILBOX: StreamProtocol = StreamProtocol::new("/ai2ai/mailbox/0.2");

/// Cards of those who want to be found.
pub(super) const DIRECTORY: StreamProtocol = StreamProtocol::new("/ai2ai/directory/0.2");

const PROTOCOL_VERSION: &str = "ai2ai/0.2";
const AGENT_VERSION: &str = concat!("ai2ai-rs/", env!("CARGO_PKG_VERSION"));

/// How often one peer may send batches: as fast as the disk syncs for an honest one, and no faster.
const BATCHES: Rate = Rate { burst: 2_000, per_second: 1_000 };
/// How often one peer may ask for the card.
const CARDS: Rate = Rate { burst: 20, per_second: 5 };

/// How often one peer may ask something of a volunteer.
const SERVICES: Rate = Rate { burst: 200, per_second: 50 };

/// What this node speaks. The order matters: what can refuse a connection comes before what prepares for it.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    pub(super) blocked: allow_block_list::Behaviour<BlockedPeers>,
    limits: connection_limits::Behaviour,
    memory: memory_connection_limits::Behaviour,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    pub(super) cards: Lanes,
    pub(super) batches: Lanes,
    pub(super) mailbox: Lanes,
    pub(super) directory: Lanes,
    pub(super) mdns: Toggle<mdns::tokio::Behaviour>,
    relay: Toggle<relay::Behaviour>,
    guest: relay::client::Behaviour,
    holes: dcutr::Behaviour,
    pub(super) candidates: Candidates,
    pub(super) dht: Dht,
    pub(super) probes: Probes,
    dial_backs: Toggle<DialBacks>,
}

impl Behaviour {
    pub(super) fn new(key: PublicKey, guest: relay::client::Behaviour, relaying: Option<Relaying>) -> Self {
        let me = key.to_peer_id();
        Self {
            blocked: allow_block_list::Behaviour::default(),
            limits: connection_limits::Behaviour::new(limits()),
            memory: memory_connection_limits::Behaviour::with_max_bytes(MEMORY_BYTES),
            identify: identify::Behaviour::new(identify_config(key)),
            ping: ping::Behaviour::new(ping::Config::new().with_interval(PING).with_timeout(PING)),
            cards: lanes(
                CARD,
                Sizes { request: introduction::REQUEST_BYTES, answer: introduction::ANSWER_BYTES },
                CARDS,
            ),
            batches: lanes(ENVELOPE, Sizes { request: BATCH_BYTES, answer: RECEIPTS_BYTES }, BATCHES),
            mailbox: service(MAILBOX, relaying.is_some()),
            directory: service(DIRECTORY, relaying.is_some()),
            mdns: Toggle::from(None),
            relay: relaying.map(|relaying| volunteer::relay(me, relaying)).into(),
            guest,
            holes: dcutr::Behaviour::new(me),
            candidates: Candidates::default(),
            dht: Dht::new(me, clock::now, table::passes),
            probes: Probes::new(me),
            dial_backs: relaying.map(|_| DialBacks::new()).into(),
        }
    }
}

fn lanes(protocol: StreamProtocol, sizes: Sizes, rate: Rate) -> Lanes {
    Lanes::new(protocol, sizes, Gates::new(rate, Arc::new(Semaphore::new(IN))))
}

/// What a volunteer answers; the others only ask.
fn service(protocol: StreamProtocol, is_volunteer: bool) -> Lanes {
    let lanes = lanes(protocol, Sizes { request: BATCH_BYTES, answer: BATCH_BYTES }, SERVICES);
    if is_volunteer { lanes } else { lanes.that_only_ask() }
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
