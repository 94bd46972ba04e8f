//! Context of the engine's tasks: handles of the storage and the network, what the tasks share, and the settings.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_api::event_name::EventName;
use ai2ai_api::exit::Failure;
use ai2ai_api::views::EventView;
use ai2ai_core::context::Me;
use ai2ai_core::event::Effect;
use ai2ai_core::outbound::receipts;
use ai2ai_core::read_receipts::{self, Opened};
use ai2ai_core::txn::{Step, Txn};
use ai2ai_discovery::dns::Dns;
use ai2ai_discovery::mailboxes::Visited;
use ai2ai_discovery::web::https::Site;
use ai2ai_discovery::web::well_known::WellKnown;
use ai2ai_network::{Fate, Handle, NetworkError};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::key::NodeKey;
use ai2ai_protocol::seal::Prekey;
use tokio::sync::{Notify, broadcast, mpsc, watch};
use zeroize::Zeroizing;

use crate::owner_key::OwnerKeyFile;
use crate::state::by_https::ByHttps;
use crate::state::depositors::Depositors;
use crate::state::directories::Askers;
use crate::state::neighbours::Neighbour;
use crate::state::originals::Originals;
use crate::state::penalties::Penalties;
use crate::state::scheduler::Went;
use crate::storage::Storage;
use crate::tasks::Tasks;

/// Keeps and tells what was opened, if anything. Nobody is kept from reading when that fails.
pub(crate) async fn note_read(context: &Context, opened: Option<Opened>) {
    if let Some(opened) = opened {
        report(context.transact(move |txn| read_receipts::note_read(txn, &opened)).await);
    }
}

/// What is ours and changes: the card that we show, and the prekeys that open what is sealed to us.
#[derive(Debug, Default)]
pub struct Own {
    /// The card; none before the first address is known.
    pub card: Option<Card>,
    /// The prekeys.
    pub prekeys: Vec<Prekey>,
}

/// Notes of the tasks to the event loop.
#[derive(Debug)]
pub enum Note {
    /// Someone showed a card that verifies and names the peer that showed it.
    Met(Box<Neighbour>),
    /// A peer showed no card.
    NoCard(libp2p::PeerId),
    /// A peer does not speak AI2AI.
    NoAgent(libp2p::PeerId),
    /// Something waits for this recipient.
    Deliver(Did),
    /// Something waits for this agent of the protocol's original.
    Post(Did),
    /// Our card and prekeys are new.
    Renewed(Arc<Own>),
    /// A name was looked up.
    Looked {
        /// The name.
        name: String,
        /// What it says, or why there is no answer.
        looked: Result<ai2ai_discovery::dns::DnsAnswer, String>,
    },
    /// Somebody who could not be reached was looked for in the table of cards.
    Sought {
        /// Who.
        did: Did,
        /// Their card there, verified, if there is one.
        found: Result<Option<Box<Card>>, NetworkError>,
    },
    /// A stranger, something of whose waits for the owner, brought their card along. It verifies; who brought it is not known.
    Shown(Box<Card>),
    /// A directory lists somebody who was searched for.
    Listed(Box<Neighbour>),
    /// A visit to the mailbox of this volunteer has ended.
    Visited(libp2p::PeerId, Visited),
    /// The worker of this recipient has nothing more to do; and how it went.
    LaneEnded(Did, Went),
}

/// Maker of links that open the owner's pages once, and how long such a link works.
pub type PagesLink = Arc<dyn Fn() -> (Zeroizing<String>, Duration) + Send + Sync>;

/// Everything that a task is given: handles of its own, and what all tasks share.
#[derive(Clone)]
pub struct Context {
    /// Who this node is.
    pub me: Arc<Me>,
    /// What its owner set, and what is fixed while it runs.
    pub settings: Arc<NodeSettings>,
    /// State that the tasks share.
    pub shared: Arc<SharedState>,
    /// The owner of its tasks.
    pub tasks: Tasks,
    /// The store.
    pub storage: Storage,
    /// The network.
    pub network: Handle,
    /// The DNS.
    pub dns: Arc<Dns>,
    /// How web servers are asked.
    pub web: Arc<WellKnown>,
    /// The sealed owner key.
    pub owner_key_file: OwnerKeyFile,
    /// Our card and prekeys.
    pub own: watch::Receiver<Arc<Own>>,
    /// To the event loop.
    pub notes: mpsc::Sender<Note>,
    /// To whoever watches the node.
    pub watchers: broadcast::Sender<EventView>,
    /// Tells whoever runs the node that its keys are others now: it has to begin anew.
    pub anew: Arc<Notify>,
}

/// Settings of a node that do not change while it runs.
pub struct NodeSettings {
    /// The web server at which others reach this node, if its owner named one.
    pub site: Option<Site>,
    /// Whether its owner wants it to be listed in directories.
    pub is_listed: bool,
    /// Whether this node serves others.
    pub is_volunteer: bool,
    /// The node key, that custody receipts are signed with.
    pub node_key: NodeKey,
    /// What opens the owner's pages in a browser; nothing where none are served.
    pub pages: Option<PagesLink>,
}

/// State that the tasks of a node share, each part behind a lock of its own: who may do how much, and how others are reached.
pub struct SharedState {
    /// Which peers brought what is not worth opening.
    penalties: Mutex<Penalties>,
    /// Who was last reached by HTTPS alone.
    by_https: Mutex<ByHttps>,
    /// What peers have asked of the mailbox here.
    pub(crate) depositors: Mutex<Depositors>,
    /// What peers have asked of the directory here.
    pub(crate) askers: Mutex<Askers>,
    /// Held while our card is renewed.
    pub(crate) renewing: tokio::sync::Mutex<()>,
    /// What the tasks about agents of the protocol's original share.
    pub originals: Originals,
}

impl SharedState {
    /// The state of a node that starts.
    #[must_use]
    pub fn new(originals: Originals) -> Self {
        Self {
            penalties: Mutex::default(),
            by_https: Mutex::default(),
            depositors: Mutex::default(),
            askers: Mutex::default(),
            renewing: tokio::sync::Mutex::default(),
            originals,
        }
    }
}

impl Context {
    /// Runs a transaction, and sets going what follows from it.
    ///
    /// # Errors
    /// [`Failure`]: nothing of the transaction was written.
    pub async fn transact<T, F>(&self, act: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Txn<'_, '_>) -> Step<T> + Send + 'static,
    {
        let (value, effects) = self.storage.transact(act).await?;
        for effect in effects {
            match effect {
                Effect::Deliver(to) => drop(self.notes.send(Note::Deliver(to)).await),
                Effect::Post(to) => drop(self.notes.send(Note::Post(to)).await),
                Effect::Tell(event) => drop(self.watchers.send(event)),
                Effect::Shown(card) => drop(self.notes.send(Note::Shown(card)).await),
            }
        }
        Ok(value)
    }

    /// Which peers brought what is not worth opening. It is held for as long as a look takes.
    pub fn penalties(&self) -> MutexGuard<'_, Penalties> {
        self.shared.penalties.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who was last reached by HTTPS alone. It is held for as long as a look takes.
    pub fn by_https(&self) -> MutexGuard<'_, ByHttps> {
        self.shared.by_https.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that an attempt to bring these messages brought no answer; and whether anything of it may have left.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn not_brought(&self, ids: Vec<MessageId>, fate: Fate, why: String) -> Result<(), Failure> {
        self.transact(move |txn| match fate {
            Fate::NotSent => receipts::unreached(txn, &ids, &why),
            Fate::Unknown => receipts::failed(txn, &ids, &why),
        })
        .await
    }

    /// Our own card, for whoever asks for it.
    pub(crate) fn own_card(&self) -> Option<Card> {
        self.own.borrow().card.clone()
    }

    /// Tells whoever watches the node.
    pub fn say(&self, event: EventName, detail: String, did: Option<Did>) {
        let event = EventView { at: now(), event, detail, did, conversation: None };
        drop(self.watchers.send(event));
    }
}

pub(crate) fn report<T>(outcome: Result<T, ai2ai_api::exit::Failure>) {
    if let Err(failure) = outcome {
        tracing::error!(%failure, "a turn was not taken");
    }
}
