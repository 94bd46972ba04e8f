//! A calendar that says only when its owner is busy (VFREEBUSY, RFC 5545 §3.6.4): what those share who show no titles.

use std::time::Duration;

use ai2ai_protocol::time::Timestamp;
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo};

use super::TimeSlot;
use super::moment::Moment;

/// The times of all `FREEBUSY` lines that are not of free time, and how many lines could not be read.
pub(super) fn busy_times(text: &str) -> (Vec<TimeSlot>, usize) {
    let mut busy = Vec::new();
    let mut unread = 0;
    let mut inside = false;
    for line in text.lines().map(str::trim_end) {
        if line.eq_ignore_ascii_case("BEGIN:VFREEBUSY") || line.eq_ignore_ascii_case("END:VFREEBUSY") {
            inside = line.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("BEGIN"));
        } else if let Some(periods) = Some(line).filter(|_| inside).and_then(busy_line) {
            match periods.split(',').map(period).collect::<Option<Vec<_>>>() {
                Some(slots) => busy.extend(slots),
                None => unread += 1,
            }
        }
    }
    (busy, unread)
}

/// What follows the colon of a `FREEBUSY` line, unless it says that its times are free.
fn busy_line(line: &str) -> Option<&str> {
    let (head, periods) = line.split_once(':')?;
    let mut head = head.split(';');
    let is_it = head.next()?.eq_ignore_ascii_case("FREEBUSY");
    let is_free = head.any(|parameter| parameter.eq_ignore_ascii_case("FBTYPE=FREE"));
    (is_it && !is_free).then_some(periods)
}

/// `BEGINNING/END`, or `BEGINNING/HOW-LONG`.
fn period(text: &str) -> Option<TimeSlot> {
    let (start, end) = text.trim().split_once('/')?;
    let start = moment(start)?;
    let end = if end.starts_with(['P', 'p', '+']) { start + how_long(end)? } else { moment(end)? };
    (start <= end).then_some(TimeSlot { start, end })
}

/// The times of free and busy are in UTC.
fn moment(text: &str) -> Option<Timestamp> {
    Moment::read(text, None, &TimeZone::UTC)?.earliest()
}

fn how_long(text: &str) -> Option<Duration> {
    let span: Span = text.parse().ok()?;
    Duration::try_from(span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?).ok()
}
