//! The store on a thread of its own: turns queue up, and all that wait at the same moment share one commit.
//!
//! Nothing is answered before the commit (fsync) of what it acknowledges. No transaction is held up for company: what comes while a
//! group is written is the next group.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_core::context::Me;
use ai2ai_core::event::Effect;
use ai2ai_core::txn::{Durability, Step, Stop, Txn};
use ai2ai_store::{Keep, Read, Store, StoreError};
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::explain::explain;

/// Transactions that may wait; whoever comes after them waits to be let in.
const QUEUE: usize = 1_024;
/// Transactions that share one commit at most, so that the first of them does not wait for ever.
const GROUP: usize = 256;
/// How long what may be lost is kept off the disk, where no commit takes it along.
const SOON: Duration = Duration::from_millis(50);

/// Longest time for the last turns to be written when the node stops.
const CLOSED_WITHIN: Duration = Duration::from_secs(2);

/// Outcome of the commit of a group, for each transaction in it.
type Committed = Result<(), Failure>;
type Answer = Box<dyn FnOnce(Committed) + Send>;
/// Work on a transaction; without one, only whom to tell that there was none.
type Job = Box<dyn FnOnce(Option<&mut Txn<'_, '_>>) -> Result<Answer, (StoreError, Answer)> + Send>;

fn stopping() -> Failure {
    Failure::new(Exit::NotRunning, ErrorCode::Stopping, "the node is stopping")
}

/// The handle: turns that write go to the thread, looks go straight to the store.
#[derive(Clone)]
pub struct Storage {
    jobs: mpsc::Sender<Job>,
    store: Store,
    /// What looks at the store on other threads.
    looks: TaskTracker,
    is_closing: Arc<AtomicBool>,
}

impl Storage {
    /// Starts the thread. It ends when the storage is closed, or every handle is gone, and the last commit is done.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(store: Store, me: Arc<Me>) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let is_closing = Arc::new(AtomicBool::new(false));
        let mut thread = Thread {
            store: store.clone(),
            me,
            dice: StdRng::from_rng(&mut rand::rng()),
            owes: false,
            is_closing: Arc::clone(&is_closing),
        };
        let runtime = Handle::current();
        let thread =
            std::thread::Builder::new().name("storage".to_owned()).spawn(move || thread.serve(&runtime, queue))?;
        Ok((Self { jobs, store, looks: TaskTracker::new(), is_closing }, thread))
    }

    /// Takes no more turns: those that wait are written, the thread ends, and nobody looks at the store any more. Whether that was
    /// done in time.
    pub async fn close(&self) -> bool {
        self.is_closing.store(true, Ordering::Release);
        self.looks.close();
        let closed = async {
            // The thread looks at the flag after a group. An error means that it has ended.
            drop(self.transact(|_| Ok(())).await);
            self.jobs.closed().await;
            self.looks.wait().await;
        };
        timeout(CLOSED_WITHIN, closed).await.is_ok()
    }

    /// Runs one transaction, and answers once it is durable.
    ///
    /// # Errors
    /// [`Failure`]: refused, or the database failed; nothing of the transaction was written.
    pub async fn transact<T, F>(&self, act: F) -> Result<(T, Vec<Effect>), Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Txn<'_, '_>) -> Step<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |txn| {
            let (outcome, broken) = match txn.map(|txn| (act(txn), txn.take_effects())) {
                Some((Ok(value), effects)) => (Ok((value, effects)), None),
                Some((Err(Stop::Refused(refused)), _)) => (Err(explain(refused)), None),
                Some((Err(Stop::Broken(error)), _)) => (Err(stopping()), Some(error)),
                None => (Err(stopping()), None),
            };
            let reply: Answer = Box::new(move |committed| drop(answer.send(committed.and(outcome))));
            match broken {
                None => Ok(reply),
                Some(error) => Err((error, reply)),
            }
        });
        self.jobs.send(job).await.map_err(|_| stopping())?;
        answered.await.map_err(|_| stopping())?
    }

    /// Makes the next start quick once nothing is being written. To be called every now and then.
    pub async fn settle_when_quiet(&self) {
        if !self.store.grew_quiet() {
            return;
        }
        let store = self.store.clone();
        match self.looks.spawn_blocking(move || store.settle()).await {
            Ok(Ok(())) => tracing::debug!("the store is settled"),
            Ok(Err(error)) => tracing::warn!(%error, "the store could not be settled"),
            Err(error) => tracing::debug!(%error, "the store was not settled"),
        }
    }

    /// Looks, without leaving the task, at a few rows: most were written a moment ago, and are still in memory.
    ///
    /// # Errors
    /// [`Failure`] when the database fails.
    pub fn glance<T>(&self, look: impl FnOnce(&Read) -> Step<T>) -> Result<T, Failure> {
        self.store.read().map_err(Stop::from).and_then(|view| look(&view)).map_err(explain)
    }

    /// Looks at what is committed, on a thread where waiting is allowed.
    ///
    /// # Errors
    /// [`Failure`] when the database fails.
    pub async fn look<T, F>(&self, look: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&Read) -> Step<T> + Send + 'static,
    {
        let store = self.store.clone();
        let looked = self
            .looks
            .spawn_blocking(move || look(&store.read().map_err(Stop::from)?))
            .await
            .map_err(|_| stopping())?;
        looked.map_err(explain)
    }
}

/// State of the storage thread.
struct Thread {
    store: Store,
    me: Arc<Me>,
    dice: StdRng,
    /// Something was kept that is not on the disk yet.
    owes: bool,
    is_closing: Arc<AtomicBool>,
}

impl Thread {
    fn serve(&mut self, runtime: &Handle, mut queue: mpsc::Receiver<Job>) {
        let mut group = Vec::with_capacity(GROUP);
        while self.wait(runtime, &mut queue, &mut group) {
            let mut answers = Vec::with_capacity(group.len());
            let committed = self.commit(&mut group, &mut answers).map_err(explain);
            // Whose transaction never began is told why.
            answers.extend(group.drain(..).filter_map(|job| job(None).ok()));
            if let Err(error) = &committed {
                tracing::error!(%error, turns = answers.len(), "a group of turns was not written");
            }
            if self.is_closing.load(Ordering::Acquire) {
                queue.close();
            }
            for answer in answers {
                answer(committed.clone());
            }
        }
    }

    /// Waits for turns; what is owed to the disk meanwhile goes there. Whether more can come.
    fn wait(&mut self, runtime: &Handle, queue: &mut mpsc::Receiver<Job>, group: &mut Vec<Job>) -> bool {
        if self.owes {
            match runtime.block_on(async { timeout(SOON, queue.recv_many(group, GROUP)).await }) {
                Ok(many) if many > 0 => return true,
                Ok(_) | Err(_) => self.pay(),
            }
        }
        queue.blocking_recv_many(group, GROUP) > 0
    }

    /// Brings to the disk what is not there yet.
    fn pay(&mut self) {
        self.owes = false;
        if let Err(error) = self.store.write(|_| Ok(())) {
            tracing::error!(%error, "what was learnt last may have to be learnt again");
        }
    }

    /// Runs a group of turns in one transaction. One that fails undoes all: the database itself is in trouble then.
    fn commit(&mut self, group: &mut Vec<Job>, answers: &mut Vec<Answer>) -> Result<(), StoreError> {
        let Self { store, me, dice, .. } = self;
        let durability = store.write_keeping(|tx| {
            let mut durability = Durability::Soon;
            group.reverse();
            while let Some(job) = group.pop() {
                let mut txn = Txn::new(me, tx, now(), dice);
                match job(Some(&mut txn)) {
                    Ok(answer) => answers.push(answer),
                    Err((error, answer)) => {
                        answers.push(answer);
                        return Err(error);
                    }
                }
                durability = durability.max(txn.durability());
            }
            let keep = match durability {
                Durability::Soon => Keep::Soon,
                Durability::Now => Keep::OnDisk,
            };
            Ok((durability, keep))
        })?;
        self.owes = durability == Durability::Soon;
        Ok(())
    }
}
