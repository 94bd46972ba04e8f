//! Clock jumps: the clock was turned, or the machine slept. Then nothing that was to happen "in a minute" is to be trusted.

use std::time::{Duration, Instant};

use ai2ai_protocol::time::Timestamp;

/// Drift between the clock and the time that passed, between two looks, that means nothing.
const DRIFT: Duration = Duration::from_secs(10);

/// Reading of the clock at the last look, and when that was by the time that passes.
#[derive(Debug)]
pub(crate) struct ClockJump {
    clock: Timestamp,
    at: Instant,
}

impl ClockJump {
    pub(crate) fn new(clock: Timestamp, at: Instant) -> Self {
        Self { clock, at }
    }

    /// Returns whether the clock has gone another way than the time since the last look: it was turned, or time stood still for
    /// this process because the machine slept.
    pub(crate) fn has_jumped(&mut self, clock: Timestamp, at: Instant) -> bool {
        let expected = self.clock + at.saturating_duration_since(self.at);
        *self = Self::new(clock, at);
        clock.since(expected) > DRIFT || expected.since(clock) > DRIFT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_clock_and_a_sleep_are_noticed_once_and_a_slow_look_is_not() {
        let clock = Timestamp::from_millis(1_770_000_000_000);
        let at = Instant::now();
        let second = Duration::from_secs(1);
        let hour = Duration::from_secs(3_600);
        let mut pace = ClockJump::new(clock, at);
        assert!(!pace.has_jumped(clock + second, at + second));
        assert!(!pace.has_jumped(clock + hour, at + hour), "nobody looked for an hour");
        assert!(pace.has_jumped(clock, at + hour + second), "back");
        assert!(!pace.has_jumped(clock + second, at + hour + second * 2), "it was told once");
        assert!(pace.has_jumped(clock + hour, at + hour + second * 3), "forward, or a sleep");
    }
}
