//! The one call to the system clock.

use std::time::{SystemTime, UNIX_EPOCH};

use ai2ai_protocol::time::Timestamp;

/// What time it is; a clock before 1970 reads as 1970.
pub(crate) fn now() -> Timestamp {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}
