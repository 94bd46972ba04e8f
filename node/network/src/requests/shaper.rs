//! Traffic shaper: a token shaper that delays what comes too fast, where the protocol's rate refuses it (pure).

use std::time::{Duration, Instant};

/// A rate to shape to: so many at once, and so many each second thereafter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) burst: u32,
    pub(crate) per_second: u32,
}

/// One peer's use of its rate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shaper {
    rate: Shape,
    /// Below zero when the next ones have been promised.
    tokens: f64,
    counted_at: Instant,
}

impl Shaper {
    pub(crate) fn new(rate: Shape, now: Instant) -> Self {
        Self { rate, tokens: f64::from(rate.burst), counted_at: now }
    }

    /// Takes one; how long to wait before using it. Who does not wait gains nothing, since those that follow wait
    /// the longer for it.
    pub(crate) fn take(&mut self, now: Instant) -> Duration {
        let per_second = f64::from(self.rate.per_second.max(1));
        let gained = now.saturating_duration_since(self.counted_at).as_secs_f64() * per_second;
        self.tokens = (self.tokens + gained).min(f64::from(self.rate.burst)) - 1.0;
        self.counted_at = now;
        Duration::from_secs_f64((-self.tokens).max(0.0) / per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Shape = Shape { burst: 3, per_second: 10 };

    #[test]
    fn a_burst_goes_through_and_the_rest_is_spread_out() {
        let now = Instant::now();
        let mut shaper = Shaper::new(RATE, now);
        let waits: Vec<u128> = (0..6).map(|_| shaper.take(now).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 100, 200, 300]);
    }

    #[test]
    fn a_rest_fills_the_bucket_to_its_brim_and_no_further() {
        let now = Instant::now();
        let mut shaper = Shaper::new(RATE, now);
        let tomorrow = now + Duration::from_secs(86_400);
        shaper.take(now);
        assert_eq!((0..3).map(|_| shaper.take(tomorrow)).max(), Some(Duration::ZERO));
        assert!(shaper.take(tomorrow) > Duration::ZERO);
    }

    #[test]
    fn over_a_minute_no_more_than_the_rate_gets_through() {
        let start = Instant::now();
        let mut shaper = Shaper::new(RATE, start);
        let end = start + Duration::from_secs(60);
        let mut now = start;
        let mut through = 0;
        while now < end {
            now += shaper.take(now);
            through += 1;
        }
        assert!((600..=605).contains(&through), "{through}");
    }
}
