//! When an owner is busy, from the texts of calendars (iCalendar, RFC 5545). Times only: titles, places and guests are
//! never kept, so that nothing here can tell them.
//!
//! What can't be read is taken as busy, never as free: an unknown time zone widens an event by the doubt, an unread
//! repetition falls on every day, and what lies beyond the horizon is not free. An occurrence that was moved by itself
//! is read; one changed with `RANGE=THISANDFUTURE` is read as that occurrence alone.

mod event;
mod fetch;
mod free_busy;
mod moment;
mod rule;
mod sources;
mod windows;

use std::collections::HashSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use ai2ai_protocol::time::Timestamp;
use icalendar::parser::{Component, unfold};
use jiff::tz::TimeZone;

use event::CalendarEvent;

pub use sources::Sources;

/// Bytes of one calendar's text.
pub const CALENDAR_BYTES: usize = 8 * 1024 * 1024;
/// Events in one calendar.
pub const CALENDAR_EVENTS: usize = 10_000;
/// Busy times that one calendar may have within the horizon.
pub const CALENDAR_SLOTS: usize = 200_000;
/// Days that are looked at, over all repeating events.
const CALENDAR_DAYS: usize = 4_000_000;
/// How far ahead a calendar is asked, at most.
pub const CALENDAR_HORIZON: Duration = Duration::from_secs(400 * 24 * 3600);
/// Parts within one event, such as its alarms.
const EVENT_PARTS: usize = 32;

/// Why a calendar could not be read. None of these repeats the calendar's words.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// The file can't be opened or read.
    #[error("the calendar can't be read: {0}")]
    Io(#[from] std::io::Error),
    /// More bytes than [`CALENDAR_BYTES`].
    #[error("the calendar has more than {} MiB; export a shorter time", CALENDAR_BYTES / 1024 / 1024)]
    TooLarge,
    /// More events than [`CALENDAR_EVENTS`], or more occurrences than [`CALENDAR_SLOTS`].
    #[error("the calendar has more than {CALENDAR_EVENTS} events, or they repeat too often; export a shorter time")]
    TooMany,
    /// Not iCalendar at all.
    #[error("this is no calendar: it has no BEGIN:VCALENDAR, or is not UTF-8; export it as iCalendar (.ics)")]
    NotACalendar,
    /// What the owner named is no address of a calendar on the web.
    #[error("that is no address of a calendar: it begins with https://, http:// or webcal://")]
    NoAddress,
    /// A server that does not answer, or not with a calendar. Its address may hold a secret, so only the host is named.
    #[error("the calendar at {host} can't be had: {why}")]
    Unanswered {
        /// The server.
        host: String,
        /// Why.
        why: String,
    },
}

/// A time from `start` up to, and without, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeSlot {
    /// The first moment.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
}

impl TimeSlot {
    /// The slot that begins at `start` and lasts that long.
    #[must_use]
    pub fn new(start: Timestamp, lasts: Duration) -> Self {
        Self { start, end: start + lasts }
    }

    /// Whether the two have a moment in common.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// When an owner is busy, as far as the horizon.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
    horizon: TimeSlot,
    busy: Vec<TimeSlot>,
    unread: usize,
    guessed: usize,
}

impl Calendar {
    /// Reads a calendar file, as [`Calendar::read`] does, without ever holding more than [`CALENDAR_BYTES`] of it.
    ///
    /// # Errors
    /// [`CalendarError`].
    pub fn open(file: &Path, zone: &TimeZone, horizon: TimeSlot) -> Result<Self, CalendarError> {
        let mut bytes = Vec::new();
        let limit = u64::try_from(CALENDAR_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        File::open(file)?.take(limit).read_to_end(&mut bytes)?;
        if bytes.len() > CALENDAR_BYTES {
            return Err(CalendarError::TooLarge);
        }
        Self::read(std::str::from_utf8(&bytes).map_err(|_| CalendarError::NotACalendar)?, zone, horizon)
    }

    /// Reads the text of a calendar whose owner lives in `zone`. The horizon is cut to [`CALENDAR_HORIZON`].
    ///
    /// # Errors
    /// All of [`CalendarError`] but `Io`.
    pub fn read(text: &str, zone: &TimeZone, horizon: TimeSlot) -> Result<Self, CalendarError> {
        if text.len() > CALENDAR_BYTES {
            return Err(CalendarError::TooLarge);
        }
        let text = unfold(text.trim_start_matches('\u{feff}'));
        if !text.lines().any(|line| line.trim_end().eq_ignore_ascii_case("BEGIN:VCALENDAR")) {
            return Err(CalendarError::NotACalendar);
        }
        let horizon = TimeSlot { end: horizon.end.min(horizon.start + CALENDAR_HORIZON), ..horizon };
        let blocks = event_texts(&text);
        if blocks.len() > CALENDAR_EVENTS {
            return Err(CalendarError::TooMany);
        }
        let events: Vec<CalendarEvent> = blocks.iter().filter_map(|block| read_event(block, zone)).collect();
        let (told, untold) = free_busy::busy_times(&text);
        Ok(Self {
            busy: busy_times(&events, told, horizon)?,
            unread: blocks.len() - events.len() + untold,
            guessed: events.iter().filter(|event| event.is_guessed()).count(),
            zone: zone.clone(),
            horizon,
        })
    }

    /// When an owner is busy by any of these; nothing without one.
    #[must_use]
    pub fn together(calendars: Vec<Self>) -> Option<Self> {
        let mut all = calendars.into_iter();
        let first = all.next()?;
        Some(all.fold(first, |mut one, other| {
            one.busy.extend(other.busy);
            merge(&mut one.busy);
            let horizon = TimeSlot {
                start: one.horizon.start.max(other.horizon.start),
                end: one.horizon.end.min(other.horizon.end),
            };
            Self { horizon, unread: one.unread + other.unread, guessed: one.guessed + other.guessed, ..one }
        }))
    }

    /// The zone that the owner lives in.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The time that this calendar knows about.
    #[must_use]
    pub fn horizon(&self) -> TimeSlot {
        self.horizon
    }

    /// When the owner is busy, in order, without overlaps.
    #[must_use]
    pub fn busy(&self) -> &[TimeSlot] {
        &self.busy
    }

    /// How many events could not be placed in time at all, so that the owner may be busy where this says free.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.unread
    }

    /// How many events were read in part, so that more than their true time is busy.
    #[must_use]
    pub fn guessed(&self) -> usize {
        self.guessed
    }

    /// Whether nothing overlaps that time, and all of it lies within the horizon.
    #[must_use]
    pub fn is_free(&self, slot: TimeSlot) -> bool {
        let next = self.busy.partition_point(|busy| busy.end <= slot.start);
        slot.start < slot.end
            && self.horizon.start <= slot.start
            && slot.end <= self.horizon.end
            && self.busy.get(next).is_none_or(|busy| !busy.overlaps(slot))
    }

    /// The place of the first among the proposed beginnings that leaves the owner free for that long.
    #[must_use]
    pub fn first_free(&self, proposed: &[Timestamp], lasts: Duration) -> Option<usize> {
        proposed.iter().position(|start| self.is_free(TimeSlot::new(*start, lasts)))
    }
}

/// The text of each event. Events are read one by one, so that one that is damaged leaves the others alone.
fn event_texts(text: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines().map(str::trim_end) {
        if line.eq_ignore_ascii_case("BEGIN:VEVENT") {
            texts.extend(open.replace(String::new()));
        }
        if let Some(event) = &mut open {
            event.push_str(line);
            event.push('\n');
        }
        if line.eq_ignore_ascii_case("END:VEVENT") {
            texts.extend(open.take());
        }
    }
    texts.extend(open);
    texts
}

/// Reads one event; nothing when it is damaged. The parser calls itself for each part within a part, hence the bound.
fn read_event(text: &str, zone: &TimeZone) -> Option<CalendarEvent> {
    if text.to_ascii_uppercase().matches("BEGIN:").count() > EVENT_PARTS {
        return None;
    }
    CalendarEvent::read(&Component::try_from(text).ok()?, zone)
}

/// The busy times of all events and those that are told as such, in order, those that touch made one.
fn busy_times(
    events: &[CalendarEvent],
    told: Vec<TimeSlot>,
    horizon: TimeSlot,
) -> Result<Vec<TimeSlot>, CalendarError> {
    let replaced: HashSet<_> = events.iter().filter_map(CalendarEvent::takes_the_place_of).collect();
    let days = events.iter().fold(0_usize, |days, event| days.saturating_add(event.days_looked_at(horizon)));
    if days > CALENDAR_DAYS {
        return Err(CalendarError::TooMany);
    }
    let mut busy = told;
    busy.retain(|slot| slot.start < slot.end && slot.overlaps(horizon));
    for event in events {
        event.add_busy(horizon, &replaced, &mut busy);
        if busy.len() > CALENDAR_SLOTS {
            break;
        }
    }
    if busy.len() > CALENDAR_SLOTS {
        return Err(CalendarError::TooMany);
    }
    merge(&mut busy);
    Ok(busy)
}

/// In order, those that touch made one.
fn merge(busy: &mut Vec<TimeSlot>) {
    busy.sort_unstable();
    busy.dedup_by(|later, earlier| {
        let touches = later.start <= earlier.end;
        if touches {
            earlier.end = earlier.end.max(later.end);
        }
        touches
    });
}

#[cfg(test)]
mod tests;
