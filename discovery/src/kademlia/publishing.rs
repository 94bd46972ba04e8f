//! Schedule by which the own card is given to the table (pure).

use std::time::{Duration, Instant};

/// A card that was taken is given once more after this time: by then more nodes are known.
pub const AGAIN_AFTER: Duration = Duration::from_secs(60);
/// And after that, in this rhythm: those who keep it may have gone.
pub const REPUBLISHED: Duration = Duration::from_secs(3_600);
/// The shortest wait after nobody took it; it doubles with each failure.
pub const RETRY_FIRST: Duration = Duration::from_secs(5);
/// The longest.
pub const RETRY_LAST: Duration = Duration::from_secs(10 * 60);

/// State of the publication of one card.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Publishing {
    /// There is nothing to publish, or the owner does not want it.
    #[default]
    Nothing,
    /// It is to be given at this time.
    Due {
        /// The time.
        at: Instant,
        /// The number of times it was taken already.
        taken: u32,
        /// The number of times it was not, since it last was.
        failures: u32,
    },
    /// It is being given.
    UnderWay {
        /// As above.
        taken: u32,
        /// As above.
        failures: u32,
    },
}

impl Publishing {
    /// There is a new card.
    #[must_use]
    pub fn anew(now: Instant) -> Self {
        Self::Due { at: now, taken: 0, failures: 0 }
    }

    /// Returns whether to give it now, which counts as begun. Without a node that would keep it there is no use in trying.
    pub fn begin(&mut self, now: Instant, servers: usize) -> bool {
        match *self {
            Self::Due { at, taken, failures } if at <= now && servers > 0 => {
                *self = Self::UnderWay { taken, failures };
                true
            }
            Self::Nothing | Self::Due { .. } | Self::UnderWay { .. } => false,
        }
    }

    /// Notes the outcome. A card that came meanwhile is due by itself.
    pub fn ended(&mut self, is_taken: bool, now: Instant) {
        let Self::UnderWay { taken, failures } = *self else { return };
        *self = if is_taken {
            let wait = if taken == 0 { AGAIN_AFTER } else { REPUBLISHED };
            Self::Due { at: now + wait, taken: taken.saturating_add(1), failures: 0 }
        } else {
            let wait = RETRY_FIRST.saturating_mul(2_u32.saturating_pow(failures.min(16))).min(RETRY_LAST);
            Self::Due { at: now + wait, taken, failures: failures.saturating_add(1) }
        };
    }

    /// Returns whether somebody has it.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        match self {
            Self::Due { taken, .. } | Self::UnderWay { taken, .. } => *taken > 0,
            Self::Nothing => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_given_at_once_once_more_soon_and_then_every_hour() {
        let mut now = Instant::now();
        let mut publishing = Publishing::anew(now);
        assert!(!publishing.begin(now, 0), "nobody is there to keep it");
        for wait in [AGAIN_AFTER, REPUBLISHED, REPUBLISHED] {
            assert!(publishing.begin(now, 3) && !publishing.begin(now, 3));
            publishing.ended(true, now);
            assert!(publishing.is_taken() && !publishing.begin(now + wait - Duration::from_millis(1), 3));
            now += wait;
        }
    }

    #[test]
    fn a_card_that_nobody_took_is_given_again_ever_more_rarely() {
        let mut now = Instant::now();
        let mut publishing = Publishing::anew(now);
        let mut waits = Vec::new();
        for _ in 0..12 {
            assert!(publishing.begin(now, 1));
            publishing.ended(false, now);
            let Publishing::Due { at, .. } = publishing else { panic!("{publishing:?}") };
            waits.push(at - now);
            now = at;
        }
        assert_eq!((waits[0], waits[11]), (RETRY_FIRST, RETRY_LAST));
        publishing = Publishing::anew(now);
        assert!(publishing.begin(now, 1), "a new card waits for nothing");
        let mut nothing = Publishing::default();
        assert!(!nothing.begin(now, 1) && !nothing.is_taken());
    }
}
