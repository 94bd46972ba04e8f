//! The store on a thread of its own: turns queue up, and all that wait at the same moment share one commit.
//!
//! Nothing is answered before the commit (fsync) of what it acknowledges. A lone turn is not held up for company.

use std::sync::Arc;
use std::thread::JoinHandle;

use ai2ai_store::{Read, Store, StoreError};
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::{mpsc, oneshot};

use crate::clock::now;
use crate::courier::{Effect, Me, Step, Stop, Turn};
use crate::exit::{Exit, Failure};

/// Turns that may wait; whoever comes after them waits to be let in.
const QUEUE: usize = 1_024;
/// Turns that share one commit at most, so that the first of them does not wait for ever.
const GROUP: usize = 256;

/// What a turn is told after the commit of its group.
type Committed = Result<(), Failure>;
type Answer = Box<dyn FnOnce(Committed) + Send>;
/// What is done on a turn; without one, only whom to tell that there was none.
type Job = Box<dyn FnOnce(Option<&mut Turn<'_>>) -> Result<Answer, (StoreError, Answer)> + Send>;

fn stopping() -> Failure {
    Failure::new(Exit::NotRunning, "stopping", "the node is stopping")
}

/// The handle: turns that write go to the thread, looks go straight to the store.
#[derive(Clone)]
pub struct Storage {
    jobs: mpsc::Sender<Job>,
    store: Store,
}

impl Storage {
    /// Starts the thread. It ends when every handle is gone and the last commit is done.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(store: Store, me: Arc<Me>) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let of_thread = store.clone();
        let thread =
            std::thread::Builder::new().name("storage".to_owned()).spawn(move || serve(&of_thread, &me, queue))?;
        Ok((Self { jobs, store }, thread))
    }

    /// Takes one turn, and answers once it is durable.
    ///
    /// # Errors
    /// [`Failure`]: refused, or the database failed; nothing of the turn was written.
    pub async fn turn<T, F>(&self, act: F) -> Result<(T, Vec<Effect>), Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Turn<'_>) -> Step<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |turn| {
            let (outcome, broken) = match turn.map(|turn| (act(turn), turn.take_effects())) {
                Some((Ok(value), effects)) => (Ok((value, effects)), None),
                Some((Err(Stop::Refused(failure)), _)) => (Err(failure), None),
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
        let looked = tokio::task::spawn_blocking(move || look(&store.read().map_err(Stop::from)?))
            .await
            .map_err(|_| stopping())?;
        looked.map_err(Stop::into_failure)
    }
}

fn serve(store: &Store, me: &Me, mut queue: mpsc::Receiver<Job>) {
    let mut dice = StdRng::from_rng(&mut rand::rng());
    let mut group = Vec::with_capacity(GROUP);
    while queue.blocking_recv_many(&mut group, GROUP) > 0 {
        let mut answers = Vec::with_capacity(group.len());
        let committed =
            commit(store, me, &mut dice, &mut group, &mut answers).map_err(|error| Stop::from(error).into_failure());
        // Whose turn never came is told why.
        answers.extend(group.drain(..).filter_map(|job| job(None).ok()));
        if let Err(error) = &committed {
            tracing::error!(%error, turns = answers.len(), "a group of turns was not written");
        }
        for answer in answers {
            answer(committed.clone());
        }
    }
}

/// Runs a group of turns in one transaction. One that fails undoes all: the database itself is in trouble then.
fn commit(
    store: &Store,
    me: &Me,
    dice: &mut StdRng,
    group: &mut Vec<Job>,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    let tx = store.write()?;
    group.reverse();
    while let Some(job) = group.pop() {
        let mut turn = Turn::new(me, &tx, now(), dice);
        match job(Some(&mut turn)) {
            Ok(answer) => answers.push(answer),
            Err((error, answer)) => {
                answers.push(answer);
                return Err(error);
            }
        }
    }
    tx.commit()
}
