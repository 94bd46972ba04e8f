//! The storage and the network, at work for the engine; and what they have to tell it.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use ai2ai_api::exit::Failure;
use ai2ai_api::views::EventView;
use ai2ai_discovery::remembered::Server;
use ai2ai_doors::http::{Bound, Reachable};
use ai2ai_doors::web::Sessions;
use ai2ai_home::config::{Config, Publish, Relay};
use ai2ai_home::identity::{self, Identity};
use ai2ai_network::{Network, NetworkConfig, NetworkEvent, Relaying};
use ai2ai_protocol::key::NodeKey;
use ai2ai_store::Store;
use libp2p::identity::Keypair;
use tokio::sync::{broadcast, mpsc, watch};

use ai2ai_core::context::Me;
use ai2ai_engine::context::{Context, NodeSettings, Note, Own, PagesLink, SharedState};
use ai2ai_engine::owner_key::OwnerKeyFile;
use ai2ai_engine::state::originals::Originals;
use ai2ai_engine::storage::Storage;
use ai2ai_engine::tasks::Tasks;

/// Network events that wait for the event loop; the network waits when there are more.
const NETWORK_EVENTS: usize = 256;
/// Notes of its tasks that wait for the event loop.
const NOTES: usize = 1_024;
/// Events that a slow watcher may be behind before it misses some.
const WATCHED: usize = 256;

/// The rooms, at work.
pub(super) struct Rooms {
    /// A hand in each.
    pub context: Context,
    /// Gives them our card and prekeys.
    pub own: watch::Sender<Arc<Own>>,
    pub network: mpsc::Receiver<NetworkEvent>,
    pub notes: mpsc::Receiver<Note>,
    pub events: broadcast::Receiver<EventView>,
    /// Where the owner's pages will be, and what opens them.
    pub pages: Option<(Bound, Sessions)>,
    pub storage: JoinHandle<()>,
}

impl Rooms {
    pub(super) async fn open(
        config: &Config,
        identity: Identity,
        owner_key_file: OwnerKeyFile,
        originals: Originals,
        store: Store,
        servers: Vec<Server>,
    ) -> Result<Self, Failure> {
        let Identity { sender, keypair, peer, has_pin, .. } = identity;
        let me = Me { sender, peer: peer.to_string(), has_pin, limits: config.limits, privacy: config.privacy };
        let me = Arc::new(me);
        let node_key = identity::node_key(&keypair).map_err(Failure::internal)?;
        let (storage, thread) = Storage::start(store, Arc::clone(&me)).map_err(Failure::internal)?;
        let (network_events, network_inlet) = mpsc::channel(NETWORK_EVENTS);
        let network =
            Network::start(of_network(config, keypair, servers), network_events).map_err(Failure::internal)?;
        let (watchers, events) = broadcast::channel(WATCHED);
        let (own_sender, own) = watch::channel(Arc::new(Own::default()));
        let (notes, notes_inlet) = mpsc::channel(NOTES);
        let dns = Arc::new(config.dns.open()?);
        let web = Arc::new(config.https.open()?);
        let pages = pages_address(config).await?.map(with_keys);
        let link = pages.as_ref().map(|(_, keys)| link_maker(keys));
        let context = Context {
            me,
            settings: Arc::new(settings(config, node_key, link)),
            shared: Arc::new(SharedState::new(originals)),
            tasks: Tasks::default(),
            storage,
            network,
            dns,
            web,
            owner_key_file,
            own,
            notes,
            watchers,
            anew: Arc::default(),
        };
        Ok(Self {
            context,
            own: own_sender,
            network: network_inlet,
            notes: notes_inlet,
            events,
            pages,
            storage: thread,
        })
    }
}

/// Settings of the node that do not change while it runs.
fn settings(config: &Config, node_key: NodeKey, pages: Option<PagesLink>) -> NodeSettings {
    NodeSettings {
        site: config.http.site(),
        is_listed: config.publishes(Publish::Directory),
        is_volunteer: config.volunteer,
        node_key,
        pages,
    }
}

fn with_keys(bound: Bound) -> (Bound, Sessions) {
    let keys = Sessions::new(bound.address());
    (bound, keys)
}

fn link_maker(keys: &Sessions) -> PagesLink {
    let keys = keys.clone();
    Arc::new(move || keys.link())
}

/// The address of the owner's pages: the one that is set, or any free port while that one is taken.
async fn pages_address(config: &Config) -> Result<Option<Bound>, Failure> {
    let Some(address) = config.web.address() else { return Ok(None) };
    match Bound::to(address, Reachable::Loopback).await {
        Ok(bound) => Ok(Some(bound)),
        Err(failure) => {
            tracing::info!(%failure, "the inbox is served at another port");
            let any = (address.ip(), 0).into();
            Bound::to(any, Reachable::Loopback).await.map(Some)
        }
    }
}

/// What the network needs to know of the settings and of what ran before.
fn of_network(config: &Config, keypair: Keypair, remembered: Vec<Server>) -> NetworkConfig {
    NetworkConfig {
        mdns: config.mdns && config.publishes(Publish::Mdns),
        dns: config.dns.servers(),
        announce: config.announce.clone(),
        relaying: config.volunteer.then(|| relaying(&config.relay)),
        publishes: config.publishes(Publish::Dht),
        remembered,
        ..NetworkConfig::quiet(keypair, config.listen.clone())
    }
}

/// How much the network relays, by these settings.
#[must_use]
pub fn relaying(relay: &Relay) -> Relaying {
    let count = |number| usize::try_from(number).unwrap_or(usize::MAX);
    Relaying {
        guests: count(relay.guests),
        connections: count(relay.connections),
        time: Duration::from_secs(relay.seconds),
        bytes: relay.bytes,
    }
}
