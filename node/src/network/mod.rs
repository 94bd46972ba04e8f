//! The network: finds the peers of this machine's networks, keeps one connection to each, carries bytes.
//!
//! It reads no envelope, and verifies no card but those of the table. What it gives to the node is bounded, and comes from the
//! peer that is named with it: that much Noise and TLS prove.
//!
//! | file | what it knows |
//! |---|---|
//! | `handle`, `event`, `error` | what the rest of the node sees |
//! | `actor`, with `wire`, `requests`, `goodbye` | the loop, and what it does about each thing that happens |
//! | `pairs`, `dials`, `shuns`, `bucket` | rules: which connection counts, who dials, past which relays, how often is too often (pure) |
//! | `mail`, `arrivals`, `news` | requests of ours, requests of others, events on their way |
//! | `behaviour`, `swarm`, `lanes`, `codec`, `gate` | libp2p, put together |
//! | `guest`, `candidates`, `volunteer` | places at relays, hole punching; relaying for others |
//! | `reachability`, `probes`, `dial_backs` | whether others can reach this node; asking them, and doing it for them (AutoNAT v2) |
//! | `knock` | whether UDP gets through to somebody |
//! | `table` | the table of cards: searches, the own card, whom to start from |
//! | `nearby`, `multicast` | when mDNS begins, and whether it can work |
//! | `warm` | what the first QUIC handshake would wait for |
//! | `introduction` | the words of the card protocol |
//! | `limits` | every bound, by name |

mod actor;
mod arrivals;
mod behaviour;
mod bucket;
mod candidates;
mod codec;
mod dial_backs;
mod dials;
mod error;
mod event;
mod gate;
mod goodbye;
mod guest;
mod handle;
mod introduction;
mod knock;
mod lanes;
pub mod limits;
mod mail;
pub mod multicast;
mod nearby;
mod news;
mod pairs;
mod probes;
mod reachability;
mod requests;
mod shuns;
mod swarm;
mod table;
mod volunteer;
mod warm;
mod wire;

use ai2ai_discovery::dns::Servers;
use ai2ai_discovery::remembered::Server;
use libp2p::Multiaddr;
use libp2p::identity::Keypair;
use tokio::sync::{mpsc, watch};

pub use error::{Attempt, Fate, NetworkError, StartError};
pub use event::{Carrier, Connection, NetworkEvent, Path, Service};
pub use handle::{CardAnswer, Handle};
pub use knock::knock;
pub use reachability::{Outside, Reachability};
pub use table::Standing;
pub use volunteer::Relaying;

use actor::Actor;
use limits::COMMANDS;

/// What the network needs to know.
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
        warm::up();
        let swarm = swarm::build(&config)?;
        let me = *swarm.local_peer_id();
        let (commands, orders) = mpsc::channel(COMMANDS);
        let (card, shared_card) = watch::channel(None);
        let (shown, view) = watch::channel(handle::View::default());
        let actor = Actor::new(swarm, &config, orders, shared_card, shown, events);
        tokio::spawn(actor.run());
        Ok(Handle::new(me, commands, card, view))
    }
}
