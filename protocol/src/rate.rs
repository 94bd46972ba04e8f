//! Rates: a token bucket that is a function of its state and the moment.
//!
//! Its state is small and can be stored, so that a restart forgives nothing, and it needs no clock of its own, so that it plays in a
//! world of virtual time. (The crate `governor` has neither: its state lives in memory, beside a clock that it reads.)

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// So many at once, and so many in each period after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The count; with 0, none ever.
    pub most: u64,
    /// The period.
    pub per: Duration,
}

/// The longest time that somebody is asked to stay away.
const AGAIN_WITHIN: Duration = Duration::from_secs(3_600);

/// A sender's use of a rate. A new bucket is full.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// The time at which it will be full again, in microseconds since 1970.
    full_at: u64,
    /// Until when room is promised to those who were asked to come again, in microseconds since 1970.
    promised_to: u64,
}

impl Bucket {
    /// Returns whether `cost` can be taken now. More than the whole bucket can be taken from a full one.
    #[must_use]
    pub fn has_room(&self, cost: u64, rate: &Rate, now: Timestamp) -> bool {
        let cost = cost.min(rate.most);
        rate.most > 0 && self.after(cost, rate, now) <= micros(now).saturating_add(long(rate.per))
    }

    /// The bucket after `cost` was taken from it; one that was emptied further than it is deep is just empty.
    #[must_use]
    pub fn taken(&self, cost: u64, rate: &Rate, now: Timestamp) -> Self {
        let empty = micros(now).saturating_add(long(rate.per));
        Self { full_at: self.after(cost, rate, now).min(empty), ..*self }
    }

    /// Returns when there is room for `cost`, for somebody who has to come again; and the bucket that remembers it.
    ///
    /// Each who is refused is given a later time than the one before, so that they do not all come back at once and are refused
    /// again. Whoever comes earlier than told gains nothing: what is taken is counted, not what is promised.
    #[must_use]
    pub fn again(&self, cost: u64, rate: &Rate, now: Timestamp) -> (Self, Duration) {
        let now_us = micros(now);
        let room_at = self.after(cost.min(rate.most), rate, now).saturating_sub(long(rate.per)).max(now_us);
        let latest = now_us.saturating_add(long(AGAIN_WITHIN));
        // A promise that lies further off was made before the clock was turned back.
        let promised_to = if self.promised_to > latest { now_us } else { self.promised_to };
        let at = if rate.most == 0 { latest } else { promised_to.max(room_at).min(latest) };
        let promised_to = at.saturating_add(worth(cost, rate)).min(latest);
        (Self { promised_to, ..*self }, Duration::from_micros(at.saturating_sub(now_us)))
    }

    /// Returns how long it takes to be full again.
    #[must_use]
    pub fn emptiness(&self, now: Timestamp) -> Duration {
        Duration::from_micros(self.full_at.saturating_sub(micros(now)))
    }

    /// Returns when it would be full again if `cost` were taken now. What was taken by a clock that has been turned back since by more than a
    /// period is forgiven: else nothing would get through until that time comes again.
    fn after(&self, cost: u64, rate: &Rate, now: Timestamp) -> u64 {
        let (now, per) = (micros(now), long(rate.per));
        let turned_back = self.full_at > now.saturating_add(per.saturating_mul(2));
        let full_at = if turned_back { now } else { self.full_at.clamp(now, now.saturating_add(per)) };
        full_at.saturating_add(worth(cost, rate))
    }
}

/// Returns how long it takes until `cost` is there again, in microseconds.
fn worth(cost: u64, rate: &Rate) -> u64 {
    let micros = u128::from(cost) * u128::from(long(rate.per));
    u64::try_from(micros.div_ceil(u128::from(rate.most.max(1)))).unwrap_or(u64::MAX)
}

fn long(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn micros(moment: Timestamp) -> u64 {
    u64::try_from(moment.as_millis()).unwrap_or(0).saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATE: Rate = Rate { most: 60, per: Duration::from_secs(60) };

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(1_770_000_000_000) + Duration::from_millis(millis)
    }

    /// Returns how many of `tries` one after the other, each so many milliseconds after the last, get through.
    fn through(bucket: &mut Bucket, tries: u64, apart: u64, from: u64) -> u64 {
        let mut through = 0;
        for n in 0..tries {
            let now = at(from + n * apart);
            if bucket.has_room(1, &RATE, now) {
                *bucket = bucket.taken(1, &RATE, now);
                through += 1;
            }
        }
        through
    }

    #[test]
    fn a_burst_goes_through_and_then_the_rate() {
        let mut bucket = Bucket::default();
        assert_eq!(through(&mut bucket, 100, 0, 0), 60);
        assert_eq!(through(&mut bucket, 100, 100, 0), 9, "one each second after that");
        assert_eq!(through(&mut bucket, 1_000, 0, 3_600_000), 60, "a rest fills it to its brim and no further");
    }

    #[test]
    fn a_clock_that_is_turned_opens_no_flood_and_locks_nobody_out() {
        let mut bucket = Bucket::default();
        let day = 86_400_000;
        assert_eq!(through(&mut bucket, 100, 0, day), 60);
        assert_eq!(through(&mut bucket, 100, 0, day - 5_000), 0, "back by seconds: it is as empty as it was");
        assert_eq!(through(&mut bucket, 100, 0, 0), 60, "back by a day: it is forgiven, once");
        assert_eq!(through(&mut bucket, 100, 0, 0), 0);
        assert_eq!(through(&mut bucket, 100, 0, 10 * day), 60, "on by days: it has filled");
    }

    #[test]
    fn those_who_are_refused_come_back_one_after_the_other() {
        let mut bucket = Bucket::default();
        through(&mut bucket, 60, 0, 0);
        let mut waits = Vec::new();
        for _ in 0..3 {
            let (next, wait) = bucket.again(1, &RATE, at(0));
            (bucket, waits) = (next, [waits, vec![wait.as_secs()]].concat());
        }
        assert_eq!(waits, [1, 2, 3]);
        assert!(!bucket.has_room(1, &RATE, at(999)) && bucket.has_room(1, &RATE, at(1_000)), "a promise takes nothing");
        let (_, wait) = bucket.again(1, &Rate { most: 0, ..RATE }, at(0));
        assert_eq!(wait, AGAIN_WITHIN);
    }

    #[test]
    fn what_is_larger_than_the_bucket_gets_through_when_it_is_full() {
        let bucket = Bucket::default();
        assert!(bucket.has_room(1_000, &RATE, at(0)));
        let emptied = bucket.taken(1_000, &RATE, at(0));
        assert_eq!(emptied.emptiness(at(0)), RATE.per, "empty, and no emptier");
        assert!(!emptied.has_room(1_000, &RATE, at(59_999)) && emptied.has_room(1_000, &RATE, at(60_000)));
        assert!(!bucket.has_room(1, &Rate { most: 0, ..RATE }, at(0)), "none is none");
    }

    proptest! {
        #[test]
        fn in_no_stretch_of_time_more_than_a_burst_and_the_rate_gets_through(
            most in 1..10_000_u64,
            steps in proptest::collection::vec((0..5_000_u64, 1..200_u64), 1..100),
        ) {
            let rate = Rate { most, per: Duration::from_secs(60) };
            let (mut bucket, mut now, mut taken) = (Bucket::default(), 0, 0);
            for (passed, cost) in steps {
                now += passed;
                let cost = cost.min(most);
                if bucket.has_room(cost, &rate, at(now)) {
                    bucket = bucket.taken(cost, &rate, at(now));
                    taken += cost;
                } else {
                    let (_, wait) = bucket.again(cost, &rate, at(now));
                    let then = at(now) + wait + Duration::from_millis(1);
                    prop_assert!(bucket.has_room(cost, &rate, then), "who comes when told gets through");
                }
                prop_assert!(taken <= most + most * now / 60_000 + 1, "{} in {} ms", taken, now);
            }
        }
    }
}
