//! A node: started from a home, and stopped so that its peers know and its home is whole.

mod doors;
mod kept;
mod notify;
mod rooms;

use ai2ai_core::people::takeover;
use ai2ai_core::rotation;
use ai2ai_engine::explain::explain;
use ai2ai_engine::peers::own_card;
use ai2ai_engine::upkeep::ics;
use std::sync::Arc;
use std::thread::JoinHandle;

use ai2ai_agent::happenings::Happenings;
use ai2ai_agent::supervisor::Supervisor;
use ai2ai_api::exit::Failure;
use ai2ai_api::views::EventView;
use ai2ai_home::config::Config;
use ai2ai_home::lock::HomeLock;
use ai2ai_home::paths::Paths;
use ai2ai_network::Handle;
use ai2ai_notify::Notifier;
use futures::future::join;
use tokio::sync::{Notify, broadcast, oneshot};
use tokio::task::JoinSet;

use doors::Doors;
use kept::{HomeContents, open_store};
use rooms::Rooms;

use ai2ai_core::context::Me;
use ai2ai_engine::context::Context;
use ai2ai_engine::event_loop::{EventLoop, Inlets};
use ai2ai_engine::storage::Storage;
use ai2ai_engine::tasks::Tasks;
pub use rooms::relaying;

/// A running node.
pub struct Node {
    /// Who it is.
    pub me: Arc<Me>,
    network: Handle,
    /// What happens in it, from its start on; a reader who is far behind misses some.
    pub events: broadcast::Receiver<EventView>,
    engine: JoinSet<()>,
    stop: oneshot::Sender<()>,
    doors: Doors,
    staff: Supervisor,
    tasks: Tasks,
    storage: Storage,
    storage_thread: JoinHandle<()>,
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
        let HomeContents { identity, owner_key_file, originals, tokens, channels, store, known } =
            HomeContents::read(paths, config)?;
        let peer = identity.peer;
        let rooms = Rooms::open(config, identity, owner_key_file, originals, store, known.servers).await?;
        let Rooms { context, own, network, notes, events, pages, storage: storage_thread } = rooms;
        let happenings = Happenings::new(context.watchers.clone());
        if let Some(folder) = config.calendar.write_to.clone() {
            context.tasks.spawn_until_stopped(ics::keep(context.clone(), folder));
        }
        context.transact(rotation::begin).await?;
        own.send_replace(own_card::renewed(&context, Vec::new()).await?);

        let notifier = Notifier::start(&config.notify, channels, &notify::open(context.clone())).await?;
        let (doors, doors_inlet) = Doors::open(paths, config, &lock, tokens, &context, pages, &happenings).await?;
        let (stop, stopped) = oneshot::channel();
        let inlets = Inlets { doors: doors_inlet, network, notes, stop: stopped };
        let Context { me, tasks, storage, network: to_network, anew, .. } = context.clone();
        let mut event_loop = EventLoop::new(context, own, peer, known.mailboxes);
        event_loop.watch(&config.bootstrap);
        event_loop.watch(&known.domains);
        let mut engine = JoinSet::new();
        engine.spawn(event_loop.run(inlets));
        let staff = Supervisor::start(paths, config, me.sender.human.as_str(), &happenings)?;
        Ok(Self {
            me,
            network: to_network,
            events,
            engine,
            stop,
            doors,
            staff,
            tasks,
            storage,
            storage_thread,
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
        takeover::take_over(&open_store(paths)?, ai2ai_api::clock::now()).map_err(explain)
    }

    /// Tells when the node's keys are others: whoever runs it is to stop it then, and to start it again.
    #[must_use]
    pub fn anew(&self) -> Arc<Notify> {
        Arc::clone(&self.anew)
    }

    /// Stops the node: no more commands, a goodbye to the peers, the last commit. Each step ends by itself in time, or is ended; when
    /// this returns, nothing of the node is at work.
    pub async fn stop(mut self) {
        self.staff.end().await;
        self.doors.close().await;
        self.notifier.close().await;
        self.tasks.cancel();
        // An error means that the loop has ended already.
        let _ended = self.stop.send(());
        drop(self.engine.join_next().await);
        join(self.network.shutdown(), self.tasks.end()).await;
        if self.storage.close().await {
            let thread = self.storage_thread;
            drop(tokio::task::spawn_blocking(move || thread.join()).await);
        } else {
            tracing::error!("the last turns could not be written in time");
        }
    }
}
