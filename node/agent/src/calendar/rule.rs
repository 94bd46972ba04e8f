//! Which days a repeating event falls on (RFC 5545 §3.3.10).
//!
//! Read: `DAILY`, `WEEKLY`, `MONTHLY` and `YEARLY` with `INTERVAL`, `COUNT`, `UNTIL`, `WKST`, `BYMONTH`, `BYMONTHDAY`,
//! `BYDAY` and, in a month, `BYSETPOS`. Any other rule is taken to fall on every day: a calendar may wrongly say busy,
//! but never wrongly free.

use std::time::Duration;

use ai2ai_protocol::time::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{ToSpan, Unit};

use super::moment::Moment;

/// A rule, as far as it could be read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rule {
    every: Every,
    interval: i32,
    week_begins: Weekday,
    months: Vec<i8>,
    month_days: Vec<i8>,
    week_days: Vec<(i8, Weekday)>,
    positions: Vec<i32>,
    /// The last moment at which an occurrence may begin.
    pub(super) until: Option<Timestamp>,
    /// How many times the event takes place in all.
    pub(super) count: Option<u32>,
}

/// The unit in which a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Every {
    Day,
    Week,
    Month,
    Year,
    /// A rule that is not read here: every day.
    Unread,
    /// A rule that repeats within a day: every day, all day.
    PartOfDay,
}

impl Rule {
    /// Reads a rule; one that can't be read falls on every day.
    pub(super) fn read(text: &str, own: &TimeZone) -> Self {
        let mut rule = Self {
            every: Every::Unread,
            interval: 1,
            week_begins: Weekday::Monday,
            months: Vec::new(),
            month_days: Vec::new(),
            week_days: Vec::new(),
            positions: Vec::new(),
            until: None,
            count: None,
        };
        let mut read = true;
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            read &= rule.take(&key.to_ascii_uppercase(), value, own).is_some();
        }
        if !read || !rule.is_of_a_known_shape() {
            rule.every = if rule.fills_the_day() { Every::PartOfDay } else { Every::Unread };
            rule.count = None;
        }
        rule
    }

    fn take(&mut self, key: &str, value: &str, own: &TimeZone) -> Option<()> {
        match key {
            "FREQ" => self.every = frequency(value)?,
            "INTERVAL" => self.interval = value.parse().ok().filter(|n| *n >= 1)?,
            "COUNT" => self.count = Some(value.parse().ok()?),
            "UNTIL" => self.until = Some(last_start(value, own)?),
            "WKST" => self.week_begins = weekday(value)?,
            "BYMONTH" => self.months = numbers(value)?,
            "BYMONTHDAY" => self.month_days = numbers(value)?,
            "BYDAY" => self.week_days = value.split(',').map(numbered_weekday).collect::<Option<_>>()?,
            "BYSETPOS" => self.positions = numbers(value)?,
            _ => return None,
        }
        Some(())
    }

    /// Whether the members found together mean what [`Rule::falls_on`] takes them to mean.
    fn is_of_a_known_shape(&self) -> bool {
        let numbered = self.week_days.iter().any(|(number, _)| *number != 0);
        match self.every {
            Every::Day => !numbered && self.positions.is_empty(),
            Every::Week => !numbered && self.positions.is_empty() && self.month_days.is_empty(),
            Every::Month => self.positions.is_empty() || !self.week_days.is_empty() && self.month_days.is_empty(),
            Every::Year => self.positions.is_empty() && (self.week_days.is_empty() || !self.months.is_empty()),
            Every::Unread | Every::PartOfDay => false,
        }
    }

    /// Whether the rule could be read; otherwise it falls on every day.
    pub(super) fn is_read(&self) -> bool {
        !matches!(self.every, Every::Unread | Every::PartOfDay)
    }

    /// Whether the event repeats within a day, so that all of the day is to be taken as busy.
    pub(super) fn fills_the_day(&self) -> bool {
        self.every == Every::PartOfDay
    }

    /// How many days are looked at to judge one.
    pub(super) fn days_per_day(&self) -> usize {
        if self.positions.is_empty() { 1 } else { 31 }
    }

    /// Whether an event whose first day was `first` takes place on `day`. `COUNT` and `UNTIL` are the caller's.
    pub(super) fn falls_on(&self, first: Date, day: Date) -> bool {
        if day <= first {
            return day == first;
        }
        let in_step = |units: i32| units % self.interval == 0;
        let in_month = self.months.is_empty() || self.months.contains(&day.month());
        match self.every {
            Every::Unread | Every::PartOfDay => true,
            Every::Day => in_step(days_between(first, day)) && in_month && self.is_listed_day(day),
            Every::Week => in_step(self.weeks_between(first, day)) && in_month && self.is_day_of_week(first, day),
            Every::Month => in_step(months_between(first, day)) && in_month && self.is_day_of_month(first, day),
            Every::Year => {
                // Days of the month alone are those of every month (RFC 5545, the table of section 3.3.10).
                let names_none = self.months.is_empty() && self.month_days.is_empty();
                let in_month = if names_none { day.month() == first.month() } else { in_month };
                in_step(i32::from(day.year() - first.year())) && in_month && self.is_day_of_month(first, day)
            }
        }
    }

    fn is_listed_day(&self, day: Date) -> bool {
        (self.month_days.is_empty() || self.is_month_day(day)) && (self.week_days.is_empty() || self.is_week_day(day))
    }

    fn is_day_of_week(&self, first: Date, day: Date) -> bool {
        if self.week_days.is_empty() { day.weekday() == first.weekday() } else { self.is_week_day(day) }
    }

    fn is_day_of_month(&self, first: Date, day: Date) -> bool {
        if self.month_days.is_empty() && self.week_days.is_empty() {
            return day.day() == first.day();
        }
        self.is_listed_day(day) && (self.positions.is_empty() || self.is_at_position(day))
    }

    fn is_month_day(&self, day: Date) -> bool {
        let from_the_end = day.day() - day.days_in_month() - 1;
        self.month_days.iter().any(|listed| *listed == day.day() || *listed == from_the_end)
    }

    /// `TU`, or the second Tuesday of its month, or the last one.
    fn is_week_day(&self, day: Date) -> bool {
        let number = (day.day() - 1) / 7 + 1;
        let from_the_end = -((day.days_in_month() - day.day()) / 7 + 1);
        self.week_days.iter().any(|(listed, weekday)| {
            *weekday == day.weekday() && (*listed == 0 || *listed == number || *listed == from_the_end)
        })
    }

    /// Whether the day has one of the wanted places among the days of its month that the rule lists.
    fn is_at_position(&self, day: Date) -> bool {
        let listed = |from: Date, to: Date| {
            from.series(1.day()).take_while(|d| *d <= to).filter(|d| self.is_listed_day(*d)).count()
        };
        let before = i32::try_from(listed(day.first_of_month(), day)).unwrap_or(0);
        let after = i32::try_from(listed(day, day.last_of_month())).unwrap_or(0);
        self.positions.iter().any(|position| *position == before || *position == -after)
    }

    fn weeks_between(&self, first: Date, day: Date) -> i32 {
        let week_of = |date: Date| {
            let since = date.weekday().since(self.week_begins);
            date.saturating_sub(i32::from(since).days())
        };
        days_between(week_of(first), week_of(day)) / 7
    }
}

/// The last moment at which `UNTIL` lets an occurrence begin: a date lets all of its day, and not the midnight after it.
fn last_start(text: &str, own: &TimeZone) -> Option<Timestamp> {
    let until = Moment::read(text, None, own)?;
    if !until.is_whole_day() {
        return until.latest();
    }
    Some(until.days_later(1)?.latest()? - Duration::from_millis(1))
}

fn days_between(first: Date, day: Date) -> i32 {
    first.until((Unit::Day, day)).map_or(0, |span| span.get_days())
}

fn months_between(first: Date, day: Date) -> i32 {
    i32::from(day.year() - first.year()) * 12 + i32::from(day.month() - first.month())
}

fn frequency(text: &str) -> Option<Every> {
    match text.to_ascii_uppercase().as_str() {
        "DAILY" => Some(Every::Day),
        "WEEKLY" => Some(Every::Week),
        "MONTHLY" => Some(Every::Month),
        "YEARLY" => Some(Every::Year),
        "HOURLY" | "MINUTELY" | "SECONDLY" => Some(Every::PartOfDay),
        _ => None,
    }
}

fn weekday(text: &str) -> Option<Weekday> {
    match text.to_ascii_uppercase().as_str() {
        "MO" => Some(Weekday::Monday),
        "TU" => Some(Weekday::Tuesday),
        "WE" => Some(Weekday::Wednesday),
        "TH" => Some(Weekday::Thursday),
        "FR" => Some(Weekday::Friday),
        "SA" => Some(Weekday::Saturday),
        "SU" => Some(Weekday::Sunday),
        _ => None,
    }
}

/// `TU`, `2TU` or `-1TU`; no number is 0.
fn numbered_weekday(text: &str) -> Option<(i8, Weekday)> {
    let at = text.len().checked_sub(2)?;
    let (number, day) = text.split_at_checked(at)?;
    let number = if number.is_empty() { 0 } else { number.parse().ok().filter(|n| *n != 0)? };
    Some((number, weekday(day)?))
}

fn numbers<T: std::str::FromStr>(text: &str) -> Option<Vec<T>> {
    text.split(',').map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(rule: &str, first: Date, until: Date) -> Vec<String> {
        let rule = Rule::read(rule, &TimeZone::UTC);
        first
            .series(1.day())
            .take_while(|day| *day <= until)
            .filter(|day| rule.falls_on(first, *day))
            .map(|day| day.strftime("%m-%d").to_string())
            .collect()
    }

    #[test]
    fn a_rule_falls_on_the_days_it_names() {
        let first = jiff::civil::date(2026, 2, 3);
        let until = jiff::civil::date(2026, 5, 10);
        for (rule, expected) in [
            ("FREQ=DAILY;INTERVAL=40", &["02-03", "03-15", "04-24"][..]),
            ("FREQ=WEEKLY;INTERVAL=6", &["02-03", "03-17", "04-28"]),
            (
                "FREQ=WEEKLY;INTERVAL=4;BYDAY=MO,TH",
                &["02-03", "02-05", "03-02", "03-05", "03-30", "04-02", "04-27", "04-30"],
            ),
            ("FREQ=MONTHLY", &["02-03", "03-03", "04-03", "05-03"]),
            ("FREQ=MONTHLY;BYDAY=2TU", &["02-03", "02-10", "03-10", "04-14"]),
            ("FREQ=MONTHLY;BYDAY=-1FR", &["02-03", "02-27", "03-27", "04-24"]),
            ("FREQ=MONTHLY;BYMONTHDAY=-1,1", &["02-03", "02-28", "03-01", "03-31", "04-01", "04-30", "05-01"]),
            ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", &["02-03", "02-27", "03-31", "04-30"]),
            ("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", &["02-03", "03-29"]),
            ("FREQ=YEARLY", &["02-03"]),
            ("FREQ=YEARLY;BYMONTHDAY=1", &["02-03", "03-01", "04-01", "05-01"]),
        ] {
            assert_eq!(days(rule, first, until), expected, "{rule}");
        }
    }

    #[test]
    fn a_rule_that_is_not_read_falls_on_every_day() {
        let first = jiff::civil::date(2026, 2, 3);
        for rule in [
            "",
            "FREQ",
            "FREQ=NEVER",
            "FREQ=DAILY;BYHOUR=9,17",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;INTERVAL=-1",
            "FREQ=WEEKLY;BYDAY=XX",
            "FREQ=WEEKLY;BYDAY=0MO",
            "FREQ=WEEKLY;BYDAY=é",
            "FREQ=YEARLY;BYDAY=20MO",
            "FREQ=MINUTELY;COUNT=3",
            "FREQ=DAILY;COUNT=99999999999",
        ] {
            assert_eq!(days(rule, first, jiff::civil::date(2026, 2, 6)).len(), 4, "{rule}");
            assert_eq!(Rule::read(rule, &TimeZone::UTC).count, None, "{rule}");
        }
        assert!(Rule::read("FREQ=HOURLY", &TimeZone::UTC).fills_the_day());
    }
}
