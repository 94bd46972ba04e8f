//! The calendars of the scenarios, as real `.ics` files around today.

use std::time::Duration;

use ai2ai_agent::calendar::{Calendar, TimeSlot};
use ai2ai_protocol::time::Timestamp;
use jiff::civil::{Date, Weekday, time};
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};

use crate::diary::{calendar, event, local};

/// Hours at which a meeting at work may begin, in the owner's zone.
const AT_WORK: [i8; 3] = [10, 14, 16];
/// Working days that are looked at.
const DAYS_AHEAD: usize = 20;

/// A calendar with nothing in it.
pub(super) fn empty(_: Timestamp, _: &TimeZone) -> String {
    calendar("")
}

/// A calendar whose next working morning is taken.
pub(super) fn with_a_morning_taken(now: Timestamp, zone: &TimeZone) -> String {
    let day = working_days(now, zone).next().unwrap_or_default();
    calendar(&event("standup@demo", day, (time(9, 0, 0, 0), time(12, 30, 0, 0)), zone, "SUMMARY:Planning"))
}

/// A calendar whose next working day is taken.
pub(super) fn with_a_day_taken(now: Timestamp, zone: &TimeZone) -> String {
    let day = working_days(now, zone).next().unwrap_or_default();
    calendar(&event("offsite@demo", day, (time(8, 0, 0, 0), time(18, 0, 0, 0)), zone, "SUMMARY:Offsite"))
}

/// A calendar whose evenings on these days from today are taken.
pub(super) fn with_evenings_taken(now: Timestamp, zone: &TimeZone, days: &[i64]) -> String {
    let today = local(now, zone).date();
    let evenings = days.iter().map(|days| {
        let uid = format!("evening-{days}@demo");
        let day = today.saturating_add(days.days());
        event(&uid, day, (time(17, 0, 0, 0), time(23, 0, 0, 0)), zone, "SUMMARY:Away")
    });
    calendar(&evenings.collect::<String>())
}

/// The next times at work that are free, one a day.
pub(super) fn free_at_work(owner: &Calendar, lasts: Duration, wanted: usize, now: Timestamp) -> Vec<Timestamp> {
    let free_on = |day: Date| {
        let mut starts = AT_WORK.iter().filter_map(|hour| {
            let start = owner.zone().to_timestamp(day.at(*hour, 0, 0, 0)).ok()?;
            Some(Timestamp::from_millis(start.as_millisecond()))
        });
        starts.find(|start| *start > now && owner.is_free(TimeSlot::new(*start, lasts)))
    };
    working_days(now, owner.zone()).take(DAYS_AHEAD).filter_map(free_on).take(wanted).collect()
}

/// The working days from tomorrow on.
fn working_days(now: Timestamp, zone: &TimeZone) -> impl Iterator<Item = Date> + use<> {
    let today = Zoned::date(&local(now, zone));
    let is_working = |day: &Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    (1..).map(move |days: i64| today.saturating_add(days.days())).filter(is_working)
}

#[cfg(test)]
mod tests {
    use ai2ai_agent::calendar::CALENDAR_HORIZON;

    use super::*;

    #[test]
    fn whoever_has_a_morning_taken_still_meets_that_day_and_never_at_a_weekend() {
        let zone = TimeZone::get("Europe/London").expect("a zone");
        for now in ["2026-02-06T12:00Z", "2026-03-27T23:30Z", "2026-12-31T08:00Z"] {
            let now: Timestamp = now.parse().expect("a time");
            let read = |text: String| {
                let calendar = Calendar::read(&text, &zone, TimeSlot::new(now, CALENDAR_HORIZON)).expect("a calendar");
                assert_eq!((calendar.unread(), calendar.guessed()), (0, 0));
                calendar
            };
            let half = Duration::from_secs(1_800);
            let hour = Duration::from_secs(3_600);
            let bob = read(with_a_morning_taken(now, &zone));
            let slots = free_at_work(&bob, half, 3, now);
            let hours: Vec<i8> = slots.iter().map(|slot| local(*slot, &zone).hour()).collect();
            assert_eq!(hours, [14, 10, 10], "{now}");
            assert_eq!(read(with_a_day_taken(now, &zone)).first_free(&slots, half), Some(1), "{now}");
            let weekend =
                |slot: &Timestamp| matches!(local(*slot, &zone).weekday(), Weekday::Saturday | Weekday::Sunday);
            assert!(!free_at_work(&read(empty(now, &zone)), hour, 20, now).iter().any(weekend));
        }
    }
}
