//! The network: finds the peers of this machine's networks, keeps one connection to each, carries bytes.
//!
//! What it gives to the node is bounded, and comes from the
//! peer that is named with it: that much Noise and TLS prove.
//!
//! | room | what is in it |
//! |---|---|
//! | `handle`, `event`, `error` | what the rest of the node sees |
//! | `actor` | the loop, its state, and what it does about each thing that happens |
//! | `behaviour`, `swarm`, `event_queue`, `dht` | libp2p, put together; events on their way; searches for cards, and the own card |
//! | `connections` | which connection counts, who dials, past which relays; mDNS; probes for UDP and multicast |
//! | `requests` | requests of this node and of others, one behaviour for each connection, and their admission |
//! | `reachability` | whether others can reach this node: AutoNAT, relays, hole punching; serving others |
//! | [`limits`] | every bound, by name |
//!
//! # What is not in it
//! - No envelope is read, and no card verified but those of the DHT.
//! - No store, no settings and no decision: it is told what to connect to, and tells what came.

mod actor;
mod behaviour;
mod clock;
mod connections;
mod dht;
mod error;
mod event;
mod event_queue;
mod handle;
pub mod limits;
mod reachability;
mod requests;
mod swarm;

use ai2ai_discovery::dns::Servers;
use ai2ai_discovery::remembered::Server;
use libp2p::Multiaddr;
use libp2p::identity::Keypair;
use tokio::sync::{mpsc, watch};
use tokio_util::task::TaskTracker;

pub use connections::multicast;
pub use connections::udp_probe::udp_probe;
pub use dht::TableStanding;
pub use error::{DialAttempt, Fate, NetworkError, StartError};
pub use event::{Carrier, Connection, NetworkEvent, Path, VolunteerService};
pub use handle::{CardAnswer, Handle};
pub use reachability::relay_server::Relaying;
pub use reachability::{Outside, Reachability};

use actor::state::NetworkState;
use limits::COMMANDS;

/// Settings of the network.
#[derive(Clone)]
pub struct NetworkConfig {
    /// The node key.
    pub keypair: Keypair,
    /// Where to listen. An address that can't be had is reported as an event; the others are used.
    pub listen: Vec<Multiaddr>,
    /// Whether to look for nodes on the local network, and be found there.
    pub mdns: bool,
    /// Whom to ask for the names in addresses.
    pub dns: Servers,
    /// Addresses that others can dial and that this machine does not know, such as a router's.
    pub announce: Vec<Multiaddr>,
    /// How much to relay for others; nothing means that it relays for nobody.
    pub relaying: Option<Relaying>,
    /// Whether its card is to be found in the table.
    pub publishes: bool,
    /// Nodes that served others when this one ran last.
    pub remembered: Vec<Server>,
}

impl NetworkConfig {
    /// A node that listens here, and looks for nobody.
    #[must_use]
    pub fn quiet(keypair: Keypair, listen: Vec<Multiaddr>) -> Self {
        Self {
            keypair,
            listen,
            mdns: false,
            dns: Servers::System,
            announce: Vec::new(),
            relaying: None,
            publishes: false,
            remembered: Vec::new(),
        }
    }
}

/// The network room.
#[derive(Debug, Clone, Copy)]
pub struct Network;

impl Network {
    /// Starts the network as a task of the current tokio runtime.
    ///
    /// Events go to `events`. While the node takes none, the network works on, and refuses batches.
    ///
    /// # Errors
    /// [`StartError`] when no transport can be made.
    pub fn start(config: NetworkConfig, events: mpsc::Sender<NetworkEvent>) -> Result<Handle, StartError> {
        connections::quic_warmup::warm_up();
        let swarm = swarm::build(&config)?;
        let me = *swarm.local_peer_id();
        let (commands, orders) = mpsc::channel(COMMANDS);
        let (card, shared_card) = watch::channel(None);
        let (shown, view) = watch::channel(handle::NetworkView::default());
        let mut state = NetworkState::new(swarm, &config, orders, shared_card, shown, events);
        actor::start(&mut state, &config);
        let running = TaskTracker::new();
        running.spawn(actor::run(state));
        running.close();
        Ok(Handle::new(me, commands, card, view, running))
    }
}
