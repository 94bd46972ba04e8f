//! One VEVENT: when it takes place. Its words are never kept.

use std::collections::HashSet;
use std::time::Duration;

use ai2ai_protocol::time::Timestamp;
use icalendar::parser::{Component, Property};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, ToSpan, Unit};

use super::TimeSlot;
use super::moment::Moment;
use super::rule::Rule;

/// How many days before the horizon a rule with `COUNT` is counted from; an older one is taken to go on.
const COUNTED_DAYS: i32 = 4_000;
/// The longest that one event is taken to last: what lasts longer ends here.
const LONGEST_DAYS: i32 = 400;
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Where an event stands in a series: the event's `UID`, and the moment at which the series has it.
pub(super) type Occurrence = (String, Timestamp);

/// An event that could be placed in time.
#[derive(Debug, Clone)]
pub(super) struct CalendarEvent {
    uid: String,
    first: Moment,
    lasts: Lasts,
    rule: Option<Rule>,
    added: Vec<Moment>,
    dropped: Dropped,
    takes_the_place_of: Option<Moment>,
    blocks: bool,
    guessed: bool,
}

/// The days that are looked at for a rule's occurrences.
struct Walk {
    /// The first one, from which `COUNT` counts.
    from: Date,
    /// The first one whose occurrence can reach into the horizon.
    near: Date,
    /// The last one.
    last: Date,
    /// Occurrences from `from` on.
    count: usize,
}

/// The occurrences that do not take place.
#[derive(Debug, Clone, Default)]
struct Dropped {
    days: HashSet<Date>,
    times: HashSet<Timestamp>,
}

impl Dropped {
    fn of(moments: &[Moment]) -> Self {
        let (days, times): (Vec<&Moment>, Vec<&Moment>) = moments.iter().partition(|moment| moment.is_whole_day());
        Self {
            days: days.iter().map(|day| day.reads.date()).collect(),
            times: times.iter().filter_map(|time| time.earliest()).collect(),
        }
    }
}

/// How long an event lasts.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Lasts {
    Days(i32),
    Time(Duration),
}

impl Lasts {
    /// Whole days, at least one and at most [`LONGEST_DAYS`].
    fn days(days: i32) -> Self {
        Self::Days(days.clamp(1, LONGEST_DAYS))
    }

    /// A time, at most [`LONGEST_DAYS`].
    fn time(time: Duration) -> Self {
        Self::Time(time.min(DAY * LONGEST_DAYS.unsigned_abs()))
    }
}

impl CalendarEvent {
    /// Reads a VEVENT; nothing when it has no beginning that can be read.
    pub(super) fn read(event: &Component<'_>, own: &TimeZone) -> Option<Self> {
        let first = Moment::only(event.find_prop("DTSTART")?, own)?;
        let rule = event.find_prop("RRULE").map(|rule| Rule::read(rule.val.as_str(), own));
        let lasts = lasts(event, &first, own);
        let added = moments(event, "RDATE", own);
        let dropped = moments(event, "EXDATE", own);
        let guessed = lasts.is_none()
            || first.earliest() != first.latest()
            || rule.as_ref().is_some_and(|rule| !rule.is_read())
            || added.is_none()
            || dropped.is_none();
        let fills_the_day = rule.as_ref().is_some_and(Rule::fills_the_day);
        Some(Self {
            uid: value(event, "UID").unwrap_or_default().to_owned(),
            lasts: lasts.filter(|_| !fills_the_day).unwrap_or(Lasts::Days(1)),
            rule: if added.is_some() { rule } else { Some(Rule::read("", own)) },
            added: added.unwrap_or_default(),
            dropped: Dropped::of(&dropped.unwrap_or_default()),
            takes_the_place_of: event.find_prop("RECURRENCE-ID").and_then(|id| Moment::only(id, own)),
            blocks: !is(event, "STATUS", "CANCELLED") && !is(event, "TRANSP", "TRANSPARENT"),
            guessed,
            first,
        })
    }

    /// Whether something about it could not be read, so that more than its true time is taken as busy.
    pub(super) fn is_guessed(&self) -> bool {
        self.blocks && self.guessed
    }

    /// The occurrence of a series that this event stands in for, moved or cancelled.
    pub(super) fn takes_the_place_of(&self) -> Option<Occurrence> {
        if self.uid.is_empty() {
            return None;
        }
        Some((self.uid.clone(), self.takes_the_place_of.as_ref()?.earliest()?))
    }

    /// Adds the times within the horizon at which the event keeps its owner busy.
    pub(super) fn add_busy(&self, horizon: TimeSlot, replaced: &HashSet<Occurrence>, busy: &mut Vec<TimeSlot>) {
        if !self.blocks {
            return;
        }
        let starts = self.starts(horizon).into_iter().chain(self.added.iter().cloned());
        busy.extend(
            starts
                .filter(|start| !self.is_dropped(start, replaced))
                .filter_map(|start| self.slot(&start))
                .filter(|slot| slot.start < slot.end && slot.overlaps(horizon)),
        );
    }

    /// How many days are looked at to find the event's occurrences.
    pub(super) fn days_looked_at(&self, horizon: TimeSlot) -> usize {
        let Some(rule) = &self.rule else { return 1 };
        let walk = self.walk(rule, horizon);
        let days = walk.from.until((Unit::Day, walk.last)).map_or(0, |span| span.get_days().max(0).unsigned_abs());
        usize::try_from(days).unwrap_or(usize::MAX).saturating_mul(rule.days_per_day())
    }

    /// The beginnings that the rule makes, around the horizon.
    fn starts(&self, horizon: TimeSlot) -> Vec<Moment> {
        let Some(rule) = &self.rule else { return vec![self.first.clone()] };
        let first = self.first.reads.date();
        let walk = self.walk(rule, horizon);
        walk.from
            .series(1.day())
            .take_while(|day| *day <= walk.last)
            .filter(|day| rule.falls_on(first, *day))
            .take(walk.count)
            .filter(|day| *day >= walk.near)
            .map(|day| self.first.on(day))
            .filter(|start| rule.until.is_none_or(|until| start.earliest().is_some_and(|at| at <= until)))
            .collect()
    }

    /// The days among which the rule's occurrences around the horizon are.
    fn walk(&self, rule: &Rule, horizon: TimeSlot) -> Walk {
        let first = self.first.reads.date();
        let margin = match self.lasts {
            Lasts::Days(days) => days,
            Lasts::Time(time) => i32::try_from(time.as_secs() / DAY.as_secs()).unwrap_or(LONGEST_DAYS),
        };
        let near = date_of(horizon.start).saturating_sub((margin + 2).days());
        let end = rule.until.map_or(horizon.end, |until| until.min(horizon.end));
        let is_old = first < near.saturating_sub(COUNTED_DAYS.days());
        let (from, count) = match rule.count {
            Some(count) if !is_old => (first, usize::try_from(count).unwrap_or(usize::MAX)),
            Some(_) | None => (first.max(near), usize::MAX),
        };
        Walk { from, near, last: date_of(end).saturating_add(2.days()), count }
    }

    fn is_dropped(&self, start: &Moment, replaced: &HashSet<Occurrence>) -> bool {
        let at = start.earliest();
        let dropped =
            self.dropped.days.contains(&start.reads.date()) || at.is_some_and(|at| self.dropped.times.contains(&at));
        let stands_in = self.takes_the_place_of.is_some();
        let is_replaced = || at.is_some_and(|at| replaced.contains(&(self.uid.clone(), at)));
        dropped || !stands_in && is_replaced()
    }

    fn slot(&self, start: &Moment) -> Option<TimeSlot> {
        let end = match self.lasts {
            Lasts::Days(days) => start.days_later(days)?.latest()?,
            Lasts::Time(time) => start.latest()? + time,
        };
        Some(TimeSlot { start: start.earliest()?, end })
    }
}

/// How long the event lasts, from its `DTEND` or `DURATION`; nothing when that can't be read.
fn lasts(event: &Component<'_>, first: &Moment, own: &TimeZone) -> Option<Lasts> {
    if let Some(end) = event.find_prop("DTEND") {
        return lasts_until(first, &Moment::only(end, own)?);
    }
    match value(event, "DURATION") {
        Some(duration) => {
            let span: Span = duration.parse().ok()?;
            let time = Duration::try_from(span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?).ok()?;
            let days = i32::try_from(time.as_secs().div_ceil(DAY.as_secs())).unwrap_or(LONGEST_DAYS);
            Some(if first.is_whole_day() { Lasts::days(days) } else { Lasts::time(time) })
        }
        None if first.is_whole_day() => Some(Lasts::Days(1)),
        None => Some(Lasts::Time(Duration::ZERO)),
    }
}

/// The time between the two; nothing when the end comes before the beginning.
fn lasts_until(first: &Moment, end: &Moment) -> Option<Lasts> {
    let from = first.earliest()?;
    let to = end.earliest()?;
    if to < from {
        None
    } else if first.is_whole_day() {
        Some(Lasts::days(first.reads.date().until((Unit::Day, end.reads.date())).ok()?.get_days()))
    } else {
        Some(Lasts::time(to.since(from)))
    }
}

/// All moments of a property that may stand several times; nothing when one of them can't be read.
fn moments(event: &Component<'_>, name: &str, own: &TimeZone) -> Option<Vec<Moment>> {
    let properties = event.properties.iter().filter(|property| property.name == name);
    properties.map(|property| Moment::list(property, own)).collect::<Option<Vec<_>>>().map(|lists| lists.concat())
}

fn value<'a>(event: &'a Component<'_>, name: &str) -> Option<&'a str> {
    event.find_prop(name).map(|property: &Property<'_>| property.val.as_str())
}

fn is(event: &Component<'_>, name: &str, expected: &str) -> bool {
    value(event, name).is_some_and(|value| value.trim().eq_ignore_ascii_case(expected))
}

/// The date in UTC, for the horizon's rough edges.
fn date_of(at: Timestamp) -> Date {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or(jiff::Timestamp::MAX);
    at.to_zoned(TimeZone::UTC).date()
}
