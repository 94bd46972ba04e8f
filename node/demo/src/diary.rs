//! The two calendars of the dinner, written as real `.ics` files around today, and how its times are shown.

use ai2ai_protocol::time::Timestamp;
use jiff::civil::{Date, Time, time};
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};

/// A calendar with tomorrow evening taken.
pub(super) fn with_tomorrow_taken(now: Timestamp, zone: &TimeZone) -> String {
    let day = local(now, zone).date().saturating_add(1.day());
    let hours = (time(17, 30, 0, 0), time(22, 0, 0, 0));
    calendar(&event("parents-evening@demo", day, hours, zone, "SUMMARY:Parents' evening"))
}

/// A calendar with the same evening of every week taken, next time on the day after tomorrow.
pub(super) fn with_a_weekly_evening(now: Timestamp, zone: &TimeZone) -> String {
    let day = local(now, zone).date().saturating_add(2.days()).saturating_sub(5.weeks());
    let hours = (time(18, 30, 0, 0), time(21, 0, 0, 0));
    calendar(&event("choir@demo", day, hours, zone, "RRULE:FREQ=WEEKLY\r\nSUMMARY:Choir"))
}

/// A moment as people say it, in their own zone: `Tue 10 Feb 19:00`.
pub(super) fn spoken(at: Timestamp, zone: &TimeZone) -> String {
    local(at, zone).strftime("%a %-d %b %H:%M").to_string()
}

/// A calendar of these events.
pub(super) fn calendar(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//AI2AI//demo//EN\r\n{events}END:VCALENDAR\r\n")
}

/// One event, from one time of a day to another; `rest` is more lines of it.
pub(super) fn event(uid: &str, day: Date, (from, to): (Time, Time), zone: &TimeZone, rest: &str) -> String {
    let tzid = zone.iana_name().map_or_else(String::new, |name| format!(";TZID={name}"));
    let at = |time: Time| day.to_datetime(time).strftime("%Y%m%dT%H%M%S");
    let start = at(from);
    let end = at(to);
    format!(
        "BEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20260101T000000Z\r\nDTSTART{tzid}:{start}\r\nDTEND{tzid}:{end}\r\n{rest}\r\n\
         END:VEVENT\r\n"
    )
}

/// A moment in its owner's zone.
pub(super) fn local(at: Timestamp, zone: &TimeZone) -> Zoned {
    jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_zoned(zone.clone())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ai2ai_agent::assistant::free_evenings;
    use ai2ai_agent::calendar::{CALENDAR_HORIZON, Calendar, TimeSlot};

    use super::*;

    #[test]
    fn the_two_have_an_evening_in_common_wherever_and_whenever_the_demo_runs() {
        for zone in ["UTC", "Europe/London", "Pacific/Honolulu", "Pacific/Auckland"] {
            let zone = TimeZone::get(zone).expect("a zone");
            for now in ["2026-02-07T03:55Z", "2026-03-27T23:30Z", "2026-10-23T12:00Z", "2026-12-31T23:59Z"] {
                let now: Timestamp = now.parse().expect("a time");
                let read = |text: String| {
                    let calendar =
                        Calendar::read(&text, &zone, TimeSlot::new(now, CALENDAR_HORIZON)).expect("a calendar");
                    assert_eq!((calendar.unread(), calendar.guessed()), (0, 0));
                    calendar
                };
                let darren = read(with_tomorrow_taken(now, &zone));
                let alex = read(with_a_weekly_evening(now, &zone));
                let lasts = Duration::from_secs(90 * 60);
                let evenings = free_evenings(&darren, lasts, 3, now);
                assert_eq!(alex.first_free(&evenings, lasts), Some(1), "{} {now}", spoken(now, &zone));
            }
        }
    }

    #[test]
    fn a_time_is_spoken_in_its_owners_zone() {
        let at = "2026-02-10T19:00Z".parse().expect("a time");
        assert_eq!(spoken(at, &TimeZone::get("Europe/Berlin").expect("a zone")), "Tue 10 Feb 20:00");
    }
}
