//! A node: started from a home, and stopped so that its peers know and its home is whole.

use std::sync::Arc;
use std::thread::JoinHandle;

use ai2ai_discovery::mailboxes::Mailboxes;
use ai2ai_discovery::remembered::Server;
use ai2ai_store::{OpenError, Store, contacts};
use libp2p::identity::Keypair;
use tokio::sync::{Notify, broadcast, mpsc, oneshot, watch};

use crate::agent::happenings::Happenings;
use crate::agent::staff::Staff;
use crate::agent::work::Work;
use crate::calendar::Sources;
use crate::config::{Config, HomeLock, Paths, Publish};
use crate::courier::{self, Courier, Inlets, Me, Originals, Own, Reach, Vault, diary};
use crate::doors::face::{self, Face};
use crate::doors::http::{Bound, HttpDoor, Reachable};
use crate::doors::token::Tokens;
use crate::doors::web::{self, Keys};
use crate::doors::{self, Client, DoorEvent, Role, SocketDoor};
use crate::exit::{Exit, Failure};
use crate::identity::{self, Identity, PinGuard};
use crate::network::{Handle, Network, NetworkConfig};
use crate::notify::{self, Notifier};
use crate::storage::Storage;
use crate::views::EventView;

/// Network events that wait for the courier; the network waits when there are more.
const NETWORK_EVENTS: usize = 256;
/// Notes of its own tasks that wait for the courier.
const NOTES: usize = 1_024;
/// Events that a slow watcher may be behind before it misses some.
const WATCHED: usize = 256;

/// A running node.
pub struct Node {
    /// Who it is.
    pub me: Arc<Me>,
    network: Handle,
    /// What happens in it, from its start on; a reader who is far behind misses some.
    pub events: broadcast::Receiver<EventView>,
    courier: tokio::task::JoinHandle<()>,
    stop: oneshot::Sender<()>,
    door: SocketDoor,
    pages: Option<HttpDoor>,
    api: Option<HttpDoor>,
    staff: Staff,
    face: Option<Face>,
    diary: Option<tokio::task::JoinHandle<()>>,
    storage: JoinHandle<()>,
    notifier: Notifier,
    anew: Arc<Notify>,
    _lock: HomeLock,
}

impl Node {
    /// Starts the node of a home.
    ///
    /// # Errors
    /// No identity, another node on the same home, a database that is newer or damaged, or no way to listen.
    pub async fn start(paths: &Paths, config: &Config) -> Result<Self, Failure> {
        let lock = HomeLock::take(paths)?;
        let identity = Identity::load(paths)?;
        identity.check_delegation(crate::clock::now())?;
        let tokens = Tokens::read(paths)?;
        let channels = notify::open(&config.notify, paths)?;
        let store = Store::open(&paths.database).map_err(|error| database(&error))?;
        courier::refuse_if_taken_over(&store, &identity.sender.delegation).map_err(courier::Stop::into_failure)?;
        let (guard, domains, mailboxes) = remembered(&store).map_err(courier::Stop::into_failure)?;
        let remembered = courier::remembered_servers(&store).map_err(courier::Stop::into_failure)?;
        let original = courier::original_identity(&store).map_err(courier::Stop::into_failure)?;

        let Identity { sender, keypair, peer, has_pin, .. } = identity;
        let (limits, privacy) = (config.limits, config.privacy);
        let me = Arc::new(Me { sender, peer: peer.to_string(), has_pin, limits, privacy });
        let node_key = Arc::new(identity::node_key(&keypair).map_err(Failure::internal)?);
        let (storage, storage_thread) = Storage::start(store, Arc::clone(&me)).map_err(Failure::internal)?;
        let (network_events, network_inlet) = mpsc::channel(NETWORK_EVENTS);
        let network =
            Network::start(of_network(config, keypair, remembered), network_events).map_err(Failure::internal)?;

        let (watchers, events) = broadcast::channel(WATCHED);
        let (own_sender, own) = watch::channel(Arc::new(Own::default()));
        let (notes, notes_inlet) = mpsc::channel(NOTES);
        let vault = Vault::new(paths.clone(), has_pin, guard);
        let (dns, web) = (Arc::new(config.dns.open()?), Arc::new(config.https.open()?));
        let bound = pages_address(config).await?;
        let pages = bound.as_ref().map(|bound| Keys::new(bound.address()));
        let (conduct, depositors) = (Arc::default(), Arc::default());
        let (me_too, network_too) = (Arc::clone(&me), network.clone());
        let reach = Reach {
            me: me_too,
            storage,
            network: network_too,
            conduct,
            depositors,
            askers: Arc::default(),
            is_listed: config.publishes(Publish::Directory),
            is_volunteer: config.volunteer,
            node_key,
            dns,
            web,
            site: config.http.site(),
            by_https: Arc::default(),
            vault,
            pages: pages.clone(),
            own,
            notes,
            originals: Arc::new(Originals::new(original, &config.http.registries)),
            watchers,
            anew: Arc::default(),
        };
        let happenings = Happenings::new(reach.watchers.clone());
        let diary = config.calendar.write_to.clone().map(|folder| tokio::spawn(diary::keep(reach.clone(), folder)));
        reach.turn(|turn| turn.begin()).await?;
        own_sender.send_replace(courier::renewed(&reach, Vec::new()).await?);

        let anew = Arc::clone(&reach.anew);
        let notifier = Notifier::start(&config.notify, channels, &reach)?;
        let (doors_sender, doors_inlet) = mpsc::channel(doors::QUEUE);
        let watchers = reach.watchers.clone();
        let pages = bound
            .zip(pages)
            .map(|(bound, keys)| web::open(bound, keys, tokens.clone(), doors_sender.clone(), watchers));
        let face = face::open(&config.http, &reach, &doors_sender).await?;
        let door = SocketDoor::open(&lock, tokens.clone(), doors_sender.clone())?;
        let api = api(paths, config, tokens, &happenings, doors_sender).await?;
        let (stop, stopped) = oneshot::channel();
        let inlets = Inlets { doors: doors_inlet, network: network_inlet, notes: notes_inlet, stop: stopped };
        let mut courier = Courier::new(reach, own_sender, peer, mailboxes);
        courier.watch(&config.bootstrap);
        courier.watch(&domains);
        let courier = tokio::spawn(courier.run(inlets));
        let staff = Staff::start(paths, config, me.sender.human.as_str(), &happenings)?;
        Ok(Self {
            me,
            network,
            events,
            courier,
            stop,
            door,
            pages,
            staff,
            face,
            diary,
            api,
            storage: storage_thread,
            notifier,
            anew,
            _lock: lock,
        })
    }

    /// Makes the node of this home the one of its identity, where another one has taken over.
    ///
    /// # Errors
    /// Another node on the same home, or a database that is newer or damaged.
    pub fn take_over(paths: &Paths) -> Result<(), Failure> {
        let _alone = HomeLock::take(paths)?;
        let store = Store::open(&paths.database).map_err(|error| database(&error))?;
        courier::take_over(&store, crate::clock::now()).map_err(courier::Stop::into_failure)
    }

    /// Tells when the node's keys are others: whoever runs it is to stop it then, and to start it again.
    #[must_use]
    pub fn anew(&self) -> Arc<Notify> {
        Arc::clone(&self.anew)
    }

    /// Stops the node: no more commands, a goodbye to the peers, the last commit.
    pub async fn stop(self) {
        self.staff.end().await;
        if let Some(face) = self.face {
            face.close().await;
        }
        if let Some(api) = self.api {
            api.close().await;
        }
        if let Some(diary) = self.diary {
            diary.abort();
            drop(diary.await);
        }
        self.door.close().await;
        if let Some(pages) = self.pages {
            pages.close().await;
        }
        self.notifier.close().await;
        if self.stop.send(()).is_ok() {
            drop(self.courier.await);
        }
        self.network.shutdown().await;
        let storage = self.storage;
        drop(tokio::task::spawn_blocking(move || storage.join()).await);
    }
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

/// The HTTP API, where the settings have one.
async fn api(
    paths: &Paths,
    config: &Config,
    tokens: Tokens,
    happenings: &Happenings,
    node: mpsc::Sender<DoorEvent>,
) -> Result<Option<HttpDoor>, Failure> {
    let Some(of_api) = &config.api else { return Ok(None) };
    let work = Work::new(Client::open(paths, Role::Agent)?, Sources::of(&config.calendar, paths));
    doors::api::open(of_api, tokens, work, happenings.clone(), node).await.map(Some)
}

/// What the network needs to know of the settings and of what ran before.
fn of_network(config: &Config, keypair: Keypair, remembered: Vec<Server>) -> NetworkConfig {
    NetworkConfig {
        mdns: config.mdns && config.publishes(Publish::Mdns),
        dns: config.dns.servers(),
        announce: config.announce.clone(),
        relaying: config.volunteer.then(|| config.relay.relaying()),
        publishes: config.publishes(Publish::Dht),
        remembered,
        ..NetworkConfig::quiet(keypair, config.listen.clone())
    }
}

/// What the node has to know before it starts: the count of wrong PINs, the domains of its contacts, and where its mail is kept.
fn remembered(store: &Store) -> courier::Step<(PinGuard, Vec<String>, Mailboxes)> {
    let tx = store.read()?;
    let domains = contacts::all(&tx)?.into_iter().filter_map(|contact| contact.domain);
    Ok((courier::guard(&tx)?, domains.collect(), courier::remembered(&tx)?))
}

fn database(error: &OpenError) -> Failure {
    Failure::new(Exit::Failed, "database", error.to_string())
}
