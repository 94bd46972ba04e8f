//! Patience with wrong PINs: after some, each further one costs a wait.

use std::time::Duration;

use ai2ai_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Wrong PINs before there is a wait.
pub const FREE_TRIES: u32 = 5;
/// The wait after that many; it doubles with every further one.
pub const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait.
pub const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// Number of wrong PINs in a row, and the moment of the last. It is pure: whoever holds it stores it, so that a restart is no
/// way around the wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PinGuard {
    wrong: u32,
    last: Option<Timestamp>,
}

impl PinGuard {
    /// Allows one try, and counts it as wrong until [`PinGuard::right`] is called, so that neither a crash nor a second
    /// try at the same time is a free one. Store the guard before the try.
    ///
    /// # Errors
    /// The wait that is left, after too many wrong ones.
    pub fn attempt(&mut self, now: Timestamp) -> Result<(), Duration> {
        if self.last.is_some_and(|last| last > now) {
            self.last = Some(now);
        }
        let since = self.last.map_or(Duration::MAX, |last| now.since(last));
        let left = self.wait().saturating_sub(since);
        if !left.is_zero() {
            return Err(left);
        }
        *self = Self { wrong: self.wrong.saturating_add(1), last: Some(now) };
        Ok(())
    }

    /// The try was right: wrong ones before it no longer count.
    pub fn right(&mut self) {
        *self = Self::default();
    }

    fn wait(&self) -> Duration {
        match self.wrong.checked_sub(FREE_TRIES) {
            Some(more) => FIRST_WAIT.saturating_mul(2_u32.saturating_pow(more)).min(LONGEST_WAIT),
            None => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_770_000_000_000) + Duration::from_secs(seconds)
    }

    #[test]
    fn after_five_wrong_pins_each_further_try_costs_twice_the_wait() {
        let mut guard = PinGuard::default();
        for _ in 0..FREE_TRIES {
            assert_eq!(guard.attempt(at(0)), Ok(()));
        }
        assert_eq!(guard.attempt(at(0)), Err(FIRST_WAIT));
        assert_eq!(guard.attempt(at(29)), Err(Duration::from_secs(1)));
        assert_eq!(guard.attempt(at(30)), Ok(()));
        assert_eq!(guard.attempt(at(30)), Err(FIRST_WAIT * 2));
        guard.right();
        assert_eq!(guard.attempt(at(31)), Ok(()));
    }

    #[test]
    fn the_wait_has_an_end_and_survives_a_restart_and_a_clock_set_back() {
        let mut guard = PinGuard { wrong: u32::MAX, last: Some(at(0)) };
        assert_eq!(guard.attempt(at(1)), Err(LONGEST_WAIT - Duration::from_secs(1)));
        let text = serde_json::to_string(&guard).expect("JSON");
        let mut restarted: PinGuard = serde_json::from_str(&text).expect("a guard");
        assert_eq!(restarted, guard);
        let earlier = at(0) - Duration::from_secs(400 * 24 * 3_600);
        assert_eq!(restarted.attempt(earlier), Err(LONGEST_WAIT));
        assert_eq!(restarted.attempt(earlier + LONGEST_WAIT), Ok(()));
    }
}
