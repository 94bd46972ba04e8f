//! Moments that people mean when they say "later", on this machine's clock.

use ai2ai_protocol::time::Timestamp;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{ToSpan as _, Zoned};

/// The hour at which mornings begin here.
const MORNING: i8 = 9;
/// The hour at which evenings begin here.
const EVENING: i8 = 18;

/// A moment that is offered: how it is named in a form, how it is said, and when it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Later {
    /// Its name in a form.
    pub name: &'static str,
    /// Its wording for a person.
    pub said: &'static str,
    /// The moment itself.
    pub at: Timestamp,
}

/// The moments after `now` that something which ends at `end` can be put off to.
#[must_use]
pub fn laters(now: Timestamp, end: Timestamp) -> Vec<Later> {
    let Ok(instant) = jiff::Timestamp::from_millisecond(now.as_millis()) else { return Vec::new() };
    let here = instant.to_zoned(TimeZone::system());
    let on = |days: i64, hour: i8| -> Option<Zoned> {
        here.checked_add(days.days()).ok()?.with().time(jiff::civil::time(hour, 0, 0, 0)).build().ok()
    };
    let to_monday = match here.weekday().since(Weekday::Monday) {
        0 => 7,
        days => 7 - i64::from(days),
    };
    let offered = [
        ("hour", "In an hour", here.checked_add(1.hour()).ok()),
        ("evening", "This evening", on(0, EVENING)),
        ("tomorrow", "Tomorrow morning", on(1, MORNING)),
        ("monday", "Monday morning", on(to_monday, MORNING)),
    ];
    let moments = offered.into_iter().filter_map(|(name, said, at)| {
        let at = Timestamp::from_millis(at?.timestamp().as_millisecond());
        Some(Later { name, said, at })
    });
    moments.filter(|later| later.at > now && later.at < end).collect()
}

/// The moment that this text names on this machine's clock, as a browser's field for a date and a time writes it.
#[must_use]
pub fn local(text: &str) -> Option<Timestamp> {
    let zoned = text.parse::<DateTime>().ok()?.to_zoned(TimeZone::system()).ok()?;
    Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_is_offered_lies_between_now_and_the_end() {
        let now: Timestamp = "2026-02-07T03:55:00Z".parse().expect("a time");
        let names = |hours: u64| -> Vec<&str> {
            laters(now, now + Duration::from_secs(hours * 3_600)).iter().map(|later| later.name).collect()
        };
        assert_eq!(names(0), Vec::<&str>::new());
        assert_eq!(names(2), ["hour"]);
        assert!(names(10 * 24).ends_with(&["tomorrow", "monday"]), "{:?}", names(10 * 24));
        for later in laters(now, now + Duration::from_secs(30 * 24 * 3_600)) {
            assert!(later.at > now && later.at <= now + Duration::from_secs(8 * 24 * 3_600), "{later:?}");
        }
    }

    #[test]
    fn a_field_for_a_date_and_a_time_is_read_on_this_clock() {
        assert!(local("2035-02-10T19:00").is_some());
        for bad in ["", "tomorrow", "2035-02-10T25:00", "2035-02-10 T", "-1"] {
            assert_eq!(local(bad), None, "{bad}");
        }
    }
}
