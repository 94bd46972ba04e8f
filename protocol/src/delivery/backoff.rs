//! Backoff: the wait before the next attempt.

use std::time::Duration;

use crate::limits::{RETRY_LEAST, RETRY_MOST};

/// Returns how long to wait after that many attempts: any time between [`RETRY_LEAST`] and a bound that doubles with each
/// attempt up to [`RETRY_MOST`], so that many senders do not come back all at once.
#[must_use]
pub fn backoff(attempts: u32, jitter: u64) -> Duration {
    between(RETRY_LEAST, doubled(RETRY_LEAST, attempts, RETRY_MOST), jitter)
}

/// `first`, doubled that often, and at most `most`.
pub(super) fn doubled(first: Duration, times: u32, most: Duration) -> Duration {
    2_u32.checked_pow(times).and_then(|factor| first.checked_mul(factor)).map_or(most, |wait| wait.min(most))
}

/// Some time from `least` to `most`, in whole milliseconds.
pub(super) fn between(least: Duration, most: Duration, jitter: u64) -> Duration {
    let room = u64::try_from(most.saturating_sub(least).as_millis()).unwrap_or(u64::MAX - 1);
    least + Duration::from_millis(jitter % (room + 1))
}
