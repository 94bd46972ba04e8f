//! Tasks of a node: each is counted under its name, hears when the node stops, and is ended when it goes on for too long.
//!
//! A node stops in two steps. First the tasks are told: what only waits (a stream, a pause) ends at once, and what is under way goes
//! on. When the time for that has passed, the rest is named in the log and dropped where it waits.

use std::any::type_name;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Longest time for what is under way to end by itself when the node stops.
pub const ENDS_WITHIN: Duration = Duration::from_secs(2);
/// Longest time for tasks to be gone once they are dropped: one that computes is dropped when it next waits.
pub const DROPPED_WITHIN: Duration = Duration::from_millis(500);

/// Work of a task.
type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Owner of the tasks of a node. Its clones own the same ones.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    /// Cancelled when the node stops.
    stopping: CancellationToken,
    /// Cancelled when the time to end is over.
    over: CancellationToken,
    running: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

impl Tasks {
    /// Starts a task that ends by itself. When the node stops it has [`ENDS_WITHIN`] to do so.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let name = name_of(&work);
        self.start(name, self.over.clone(), Box::pin(work));
    }

    /// Starts a task that goes on until the node stops, and is dropped then.
    pub fn spawn_until_stopped(&self, work: impl Future<Output = ()> + Send + 'static) {
        let name = name_of(&work);
        self.start(name, self.stopping.clone(), Box::pin(work));
    }

    /// Makes work that somebody else runs one of these tasks: it is waited for, and gives nothing when its time is over.
    pub fn owned<T: 'static, F: Future<Output = T> + Send + 'static>(
        &self,
        work: F,
    ) -> impl Future<Output = Option<T>> + Send + 'static + use<T, F> {
        let name = name_of(&work);
        self.count(name, self.over.clone(), Box::pin(work))
    }

    /// Makes work that somebody else runs one of these tasks, until the node stops: it is dropped then, and gives nothing.
    pub fn until_stopped<T: 'static, F: Future<Output = T> + Send + 'static>(
        &self,
        work: F,
    ) -> impl Future<Output = Option<T>> + Send + 'static + use<T, F> {
        let name = name_of(&work);
        self.count(name, self.stopping.clone(), Box::pin(work))
    }

    fn start(&self, name: &'static str, end: CancellationToken, work: Work<()>) {
        drop(self.tracker.spawn(self.count(name, end, work)));
    }

    /// The work in the list under its name, until it ends or `end` is cancelled. It is boxed: its size would count four times here.
    fn count<T: 'static>(
        &self,
        name: &'static str,
        end: CancellationToken,
        work: Work<T>,
    ) -> impl Future<Output = Option<T>> + Send + 'static + use<T> {
        *locked(&self.running).entry(name).or_default() += 1;
        let running = Running { name, all: Arc::clone(&self.running) };
        self.tracker.track_future(async move {
            let done = end.run_until_cancelled_owned(work).await;
            drop(running);
            done
        })
    }

    /// Waits until the node stops.
    pub async fn stopped(&self) {
        self.stopping.cancelled().await;
    }

    /// Tells the tasks that the node stops: what only waits ends now.
    pub fn cancel(&self) {
        self.stopping.cancel();
        self.tracker.close();
    }

    /// Waits until the tasks have ended; what has not in time is named in the log, and dropped.
    pub async fn end(&self) {
        self.cancel();
        if timeout(ENDS_WITHIN, self.tracker.wait()).await.is_ok() {
            return;
        }
        tracing::warn!(tasks = self.names(), after = ?ENDS_WITHIN, "tasks did not end when the node stopped: they are dropped");
        self.over.cancel();
        if timeout(DROPPED_WITHIN, self.tracker.wait()).await.is_err() {
            tracing::error!(
                tasks = self.names(),
                "tasks could not be dropped: they hold what they use until the process ends"
            );
        }
    }

    /// The tasks that run, by name, each with how many of it there are.
    #[must_use]
    pub fn names(&self) -> String {
        let running = locked(&self.running);
        running.iter().map(|(name, many)| format!("{name} ({many})")).collect::<Vec<_>>().join(", ")
    }
}

/// One task in the list, for as long as it runs.
struct Running {
    name: &'static str,
    all: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut all = locked(&self.all);
        match all.get_mut(self.name) {
            Some(many) if *many > 1 => *many -= 1,
            Some(_) | None => drop(all.remove(self.name)),
        }
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The path of the function whose future this is.
fn name_of<F>(_work: &F) -> &'static str {
    type_name::<F>().trim_end_matches("::{{closure}}")
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    async fn waits_for_ever() {
        pending().await
    }

    #[tokio::test]
    async fn what_is_under_way_may_end_and_what_does_not_is_named_and_dropped() {
        let tasks = Tasks::default();
        let (done, is_done) = tokio::sync::oneshot::channel();
        tasks.spawn(async move {
            tokio::time::sleep(ENDS_WITHIN / 2).await;
            done.send(()).expect("somebody waits");
        });
        tasks.spawn(waits_for_ever());
        tasks.spawn(waits_for_ever());
        assert!(tasks.names().contains("tasks::tests::waits_for_ever (2)"), "{}", tasks.names());
        tasks.end().await;
        assert_eq!((tasks.names(), is_done.await), (String::new(), Ok(())));
    }

    #[tokio::test]
    async fn what_only_waits_ends_at_once() {
        let tasks = Tasks::default();
        tasks.spawn_until_stopped(waits_for_ever());
        timeout(ENDS_WITHIN / 2, tasks.end()).await.expect("no time is needed");
        assert_eq!(tasks.names(), "");
    }

    #[tokio::test]
    async fn a_task_that_comes_late_is_waited_for_too() {
        let tasks = Tasks::default();
        tasks.end().await;
        tasks.spawn_until_stopped(waits_for_ever());
        tasks.end().await;
        assert_eq!(tasks.names(), "");
    }
}
