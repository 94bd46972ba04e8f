//! The only place where the system clock is read. Everything else is told what time it is.

use std::time::{SystemTime, UNIX_EPOCH};

use ai2ai_protocol::time::Timestamp;

/// The present time; a clock before 1970 reads as 1970.
#[must_use]
pub fn now() -> Timestamp {
    of_system(SystemTime::now())
}

/// A system time, such as a file's, as a moment.
#[must_use]
pub fn of_system(time: SystemTime) -> Timestamp {
    let millis = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_clock_before_1970_is_1970_and_not_a_panic() {
        assert_eq!(of_system(UNIX_EPOCH - Duration::from_secs(1)).as_millis(), 0);
        assert_eq!(of_system(UNIX_EPOCH + Duration::from_millis(1_250)).as_millis(), 1_250);
    }
}
