//! A date or a date-time as a calendar writes it (RFC 5545 §3.3.4 and §3.3.5), and what it is on the world's clock.

use ai2ai_protocol::time::Timestamp;
use icalendar::parser::Property;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};

use super::windows;

/// No place's clock is further ahead of UTC than this.
const FURTHEST_AHEAD: SignedDuration = SignedDuration::from_hours(14);
/// No place's clock is further behind UTC than this.
const FURTHEST_BEHIND: SignedDuration = SignedDuration::from_hours(12);

/// A reading on a wall clock, and whose clock it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Moment {
    /// The reading; midnight for a whole day.
    pub(super) reads: DateTime,
    /// The clock.
    pub(super) clock: Clock,
}

/// Whose clock a reading is of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Clock {
    /// A date without a time: midnight of the calendar's own zone.
    WholeDay(TimeZone),
    /// A time in this zone; floating times are in the calendar's own.
    Zone(TimeZone),
    /// A time in a zone that this machine does not know.
    Unknown,
}

impl Moment {
    /// The moments of a property such as `DTSTART` or `EXDATE`, or nothing when one of them can't be read.
    pub(super) fn list(property: &Property<'_>, own: &TimeZone) -> Option<Vec<Self>> {
        let zone = parameter(property, "TZID");
        property.val.as_str().split(',').map(|text| Self::read(text, zone, own)).collect()
    }

    /// The one moment of a property.
    pub(super) fn only(property: &Property<'_>, own: &TimeZone) -> Option<Self> {
        Self::read(property.val.as_str(), parameter(property, "TZID"), own)
    }

    /// Reads `20260210`, `20260210T190000` or `20260210T190000Z`.
    pub(super) fn read(text: &str, zone: Option<&str>, own: &TimeZone) -> Option<Self> {
        let text = text.trim();
        let (text, is_utc) = text.strip_suffix('Z').map_or((text, false), |rest| (rest, true));
        let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
        let date = read_date(date)?;
        let Some(time) = time else {
            return Some(Self { reads: date.at(0, 0, 0, 0), clock: Clock::WholeDay(own.clone()) });
        };
        let [hour, minute, second] = pairs(time)?;
        let reads = DateTime::new(date.year(), date.month(), date.day(), hour, minute, second.min(59), 0).ok()?;
        let clock = match zone {
            _ if is_utc => Clock::Zone(TimeZone::UTC),
            None => Clock::Zone(own.clone()),
            Some(name) => known_zone(name).map_or(Clock::Unknown, Clock::Zone),
        };
        Some(Self { reads, clock })
    }

    /// The same clock at the same time of another day.
    pub(super) fn on(&self, day: Date) -> Self {
        Self { reads: day.to_datetime(self.reads.time()), clock: self.clock.clone() }
    }

    /// Whether this is a date without a time.
    pub(super) fn is_whole_day(&self) -> bool {
        matches!(self.clock, Clock::WholeDay(_))
    }

    /// The earliest that this can be.
    pub(super) fn earliest(&self) -> Option<Timestamp> {
        self.on_the_worlds_clock(-FURTHEST_AHEAD)
    }

    /// The latest that this can be.
    pub(super) fn latest(&self) -> Option<Timestamp> {
        self.on_the_worlds_clock(FURTHEST_BEHIND)
    }

    fn on_the_worlds_clock(&self, doubt: SignedDuration) -> Option<Timestamp> {
        let at = match &self.clock {
            Clock::WholeDay(zone) | Clock::Zone(zone) => zone.to_timestamp(self.reads).ok()?,
            Clock::Unknown => TimeZone::UTC.to_timestamp(self.reads.checked_add(doubt).ok()?).ok()?,
        };
        Some(Timestamp::from_millis(at.as_millisecond()))
    }

    /// That many days later by the calendar, whatever summer time does in between.
    pub(super) fn days_later(&self, days: i32) -> Option<Self> {
        Some(Self { reads: self.reads.checked_add(days.days()).ok()?, clock: self.clock.clone() })
    }
}

/// The value of a property's parameter.
fn parameter<'a>(property: &'a Property<'_>, key: &str) -> Option<&'a str> {
    let found = property.params.iter().find(|p| p.key.as_str().eq_ignore_ascii_case(key))?;
    found.val.as_ref().map(|value| value.as_str().trim_matches('"'))
}

/// A zone by its IANA name, which some programs put after a path of their own (`/citadel.org/20260101_1/Europe/London`); or by the
/// name that Windows has for it.
fn known_zone(name: &str) -> Option<TimeZone> {
    if let Some(name) = windows::iana_name(name) {
        return TimeZone::get(name).ok();
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty()).collect();
    (0..parts.len()).find_map(|from| TimeZone::get(&parts.get(from..)?.join("/")).ok())
}

fn read_date(text: &str) -> Option<Date> {
    let [century, year, month, day] = pairs(text)?;
    Date::new(i16::from(century) * 100 + i16::from(year), month, day).ok()
}

/// `N` numbers of two digits each, and nothing else.
fn pairs<const N: usize>(text: &str) -> Option<[i8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut numbers = [0; N];
    for (number, pair) in numbers.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *number = pair.iter().fold(0, |sum, digit| sum * 10 + (digit - b'0').cast_signed());
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_utc(text: &str, zone: Option<&str>) -> Option<(String, String)> {
        let berlin = TimeZone::get("Europe/Berlin").expect("this machine knows Berlin");
        let moment = Moment::read(text, zone, &berlin)?;
        Some((moment.earliest()?.to_string(), moment.latest()?.to_string()))
    }

    #[test]
    fn a_reading_is_placed_by_whose_clock_it_is_of() {
        for (text, zone, at) in [
            ("20260210T190000Z", None, "2026-02-10T19:00:00Z"),
            ("20260210T190000", None, "2026-02-10T18:00:00Z"),
            ("20260210T190000", Some("Europe/London"), "2026-02-10T19:00:00Z"),
            ("20260710T190000", Some("Europe/London"), "2026-07-10T18:00:00Z"),
            ("20260210T190000", Some("/citadel.org/20260101_1/America/New_York"), "2026-02-11T00:00:00Z"),
            ("20260210T190000", Some("GMT Standard Time"), "2026-02-10T19:00:00Z"),
            ("20260710T190000", Some("Eastern Standard Time"), "2026-07-10T23:00:00Z"),
            ("20260210", None, "2026-02-09T23:00:00Z"),
        ] {
            assert_eq!(in_utc(text, zone), Some((at.to_owned(), at.to_owned())), "{text} {zone:?}");
        }
    }

    #[test]
    fn an_unknown_zone_leaves_a_doubt_as_wide_as_the_world() {
        let (earliest, latest) = in_utc("20260210T190000", Some("Nowhere Standard Time")).expect("a moment");
        assert_eq!((earliest.as_str(), latest.as_str()), ("2026-02-10T05:00:00Z", "2026-02-11T07:00:00Z"));
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for bad in [
            "",
            "Z",
            "T",
            "2026-02-10",
            "20260230",
            "20260210T",
            "20260210T1900",
            "20260210T250000",
            "+0260210",
            "２０２６",
        ] {
            assert_eq!(in_utc(bad, None), None, "{bad}");
        }
    }
}
