//! The circuit breaker: a peer that fails again and again is left alone for a while, then tried once.

use serde::{Deserialize, Serialize};

use super::backoff::{between, doubled};
use crate::limits::{ATTEMPT_WITHIN, BREAKER_FAILURES, BREAKER_LEAST, BREAKER_MOST};
use crate::time::Timestamp;

/// Circuit breaker of a peer: closed (an attempt may begin), open (not before a moment), or half-open (one try is out).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breaker {
    /// Attempts go ahead.
    Closed {
        /// Failures in a row.
        failures: u32,
    },
    /// No attempts until a moment.
    Open {
        /// The end of the pause.
        until: Timestamp,
        /// The number of times it has opened since the last success.
        trips: u32,
    },
    /// One attempt is out, to see whether they are back.
    HalfOpen {
        /// The time at which that attempt counts as lost.
        until: Timestamp,
        /// The number of times it has opened since the last success.
        trips: u32,
    },
}

/// Something that says how a peer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BreakerEvent {
    /// An attempt begins.
    Attempted,
    /// They answered, whatever the answer was.
    Answered,
    /// They did not answer.
    Failed,
    /// They were seen by other means.
    Seen,
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl Breaker {
    /// Returns whether an attempt may begin.
    #[must_use]
    pub fn allows(&self, now: Timestamp) -> bool {
        match self {
            Self::Closed { .. } => true,
            Self::Open { until, .. } | Self::HalfOpen { until, .. } => now >= *until,
        }
    }

    /// Returns what follows from an event; `jitter` is any random number.
    #[must_use]
    pub fn on(self, event: BreakerEvent, now: Timestamp, jitter: u64) -> Self {
        match (self, event) {
            (_, BreakerEvent::Answered) => Self::default(),
            (Self::Closed { failures }, BreakerEvent::Failed) if failures + 1 < BREAKER_FAILURES => {
                Self::Closed { failures: failures + 1 }
            }
            (Self::Closed { .. }, BreakerEvent::Failed) => Self::opened(0, now, jitter),
            (Self::HalfOpen { trips, .. }, BreakerEvent::Failed) => Self::opened(trips, now, jitter),
            (Self::Open { trips, .. }, BreakerEvent::Seen) => Self::Open { until: now, trips },
            (Self::Open { trips, .. } | Self::HalfOpen { trips, .. }, BreakerEvent::Attempted) => {
                Self::HalfOpen { until: now + ATTEMPT_WITHIN, trips }
            }
            (Self::Closed { .. }, BreakerEvent::Attempted | BreakerEvent::Seen)
            | (Self::Open { .. }, BreakerEvent::Failed)
            | (Self::HalfOpen { .. }, BreakerEvent::Seen) => self,
        }
    }

    /// Open for a time that doubles with each trip.
    fn opened(trips: u32, now: Timestamp, jitter: u64) -> Self {
        let most = doubled(BREAKER_LEAST, trips, BREAKER_MOST);
        Self::Open { until: now + between(most / 2, most, jitter), trips: trips.saturating_add(1) }
    }
}
