//! Waiting with a deadline, and times measured over several rounds.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

/// Longest time for anything that is not measured.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Time between two looks.
const GLANCE: Duration = Duration::from_millis(5);

/// Looks until there is something to see, and gives it.
///
/// # Panics
/// When there is nothing within `patience`, naming `what`.
pub fn wait_for<T>(what: &str, patience: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    wait_until(what, patience, || look().ok_or("not there"))
}

/// Looks until it is as it should be, and gives what was seen.
///
/// # Panics
/// When it is not so within `patience`, naming `what` and how it was instead.
pub fn wait_until<T, E: fmt::Display>(what: &str, patience: Duration, mut look: impl FnMut() -> Result<T, E>) -> T {
    let start = Instant::now();
    loop {
        let instead = match look() {
            Ok(seen) => return seen,
            Err(instead) => instead,
        };
        assert!(start.elapsed() < patience, "waited {patience:?} in vain for {what}: {instead}");
        thread::sleep(GLANCE);
    }
}

/// Looks again and again for a while, and fails at the first look that is not right.
///
/// # Panics
/// With `what` when a look is not right.
pub fn stays(what: &str, a_while: Duration, mut look: impl FnMut() -> bool) {
    let start = Instant::now();
    while start.elapsed() < a_while {
        assert!(look(), "{what}: no longer true after {:?}", start.elapsed());
        thread::sleep(GLANCE);
    }
}

/// Times of one kind, measured several times.
#[derive(Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Adds one.
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
        self.0.sort_unstable();
    }

    /// The one in the middle; the longer of two in the middle.
    ///
    /// # Panics
    /// When nothing was measured.
    #[must_use]
    pub fn median(&self) -> Duration {
        self.0[self.0.len() / 2]
    }

    /// The longest.
    ///
    /// # Panics
    /// When nothing was measured.
    #[must_use]
    pub fn longest(&self) -> Duration {
        self.0[self.0.len() - 1]
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = |time: &Duration| time.as_secs_f64() * 1000.0;
        let (first, last) = (self.0.first().map_or(0.0, milliseconds), self.0.last().map_or(0.0, milliseconds));
        let median = if self.0.is_empty() { 0.0 } else { milliseconds(&self.median()) };
        write!(f, "median {median:7.0} ms   shortest {first:6.0}   longest {last:6.0}   n={}", self.0.len())
    }
}
