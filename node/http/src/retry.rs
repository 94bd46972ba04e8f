//! Retries: why something could not be told, and when it is tried again.

use std::time::Duration;

/// Times that something is tried.
const TRIES: u32 = 6;
/// The wait after the first time that failed; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait that a server may ask for before it is given up.
pub const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Why it was not told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It may go later; after this time, if the other side said one.
    #[error("{why}")]
    Later {
        /// What happened.
        why: String,
        /// How long to wait.
        after: Option<Duration>,
    },
    /// It will not go, however often it is tried.
    #[error("{0}")]
    Never(String),
    /// The server wants nothing more, ever.
    #[error("the server wants no more of it (410 Gone)")]
    Gone,
}

impl Fault {
    /// It may go later.
    pub fn later(why: impl Into<String>) -> Self {
        Self::Later { why: why.into(), after: None }
    }
}

/// How a try went.
pub type TryResult<T = ()> = Result<T, Fault>;

/// What is left of the patience with something that does not go.
#[derive(Debug)]
pub struct Patience {
    tries: u32,
    wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { tries: TRIES, wait: FIRST_WAIT }
    }
}

impl Patience {
    /// How long to wait before the next try.
    ///
    /// # Errors
    /// The fault again, where another try makes no sense.
    pub fn wait(&mut self, fault: Fault) -> TryResult<Duration> {
        self.tries = self.tries.saturating_sub(1);
        match fault {
            Fault::Later { after, .. } if self.tries > 0 && after.is_none_or(|after| after <= LONGEST_WAIT) => {
                let wait = self.wait;
                self.wait *= 2;
                Ok(after.unwrap_or(wait))
            }
            Fault::Later { .. } | Fault::Never(_) | Fault::Gone => Err(fault),
        }
    }
}

/// Tries until it goes, it is sure that it never will, or the [`Patience`] is at its end.
#[macro_export]
macro_rules! persistently {
    ($act:expr) => {{
        let mut patience = $crate::retry::Patience::default();
        loop {
            match $act {
                Ok(done) => break Ok(done),
                Err(fault) => match patience.wait(fault) {
                    Ok(wait) => tokio::time::sleep(wait).await,
                    Err(fault) => break Err(fault),
                },
            }
        }
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_again_as_the_other_side_says_and_not_without_end() {
        let after = |seconds| Fault::Later { why: "too many".to_owned(), after: Some(Duration::from_secs(seconds)) };
        let mut patience = Patience::default();
        assert_eq!(patience.wait(after(17)), Ok(Duration::from_secs(17)));
        assert_eq!(patience.wait(after(3_600)), Err(after(3_600)), "nobody waits for an hour");
        let mut patience = Patience::default();
        let waits = (1..TRIES).map(|_| patience.wait(Fault::later("down")).expect("again").as_secs());
        assert_eq!(waits.collect::<Vec<_>>(), [1, 2, 4, 8, 16]);
        assert_eq!(patience.wait(Fault::later("down")), Err(Fault::later("down")));
        let never = Fault::Never("gone".to_owned());
        assert_eq!(Patience::default().wait(never.clone()), Err(never));
    }
}
