//! A meeting as a calendar takes it (iCalendar, RFC 5545): one event, which keeps its name while its terms change, and is taken
//! back when it comes to nothing.
//!
//! What the other side wrote goes in as text and as nothing else: it cannot end a line, and so cannot begin another.

use std::time::Duration;

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::name::is_unseen;
use ai2ai_protocol::time::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

/// Bytes of a line before it is folded (RFC 5545, 3.1).
const LINE_BYTES: usize = 75;
/// Characters of a subject or a place that a calendar is given.
const TEXT_CHARS: usize = 500;
/// Length of a meeting when its terms don't say; and the longest that is believed.
const USUAL_MINUTES: u64 = 60;
const LONGEST_MINUTES: u64 = 31 * 24 * 60;

/// Certainty of a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The owner has approved it, and the other side has not confirmed it yet.
    Tentative,
    /// Both have.
    Confirmed,
    /// Terms of the other side stand in the place of the owner's, who has not decided on them: until then it is off.
    Replaced,
    /// The meeting came to nothing.
    Cancelled,
}

impl Standing {
    /// Returns whether the owner's time is free again.
    #[must_use]
    pub fn is_off(self) -> bool {
        matches!(self, Self::Replaced | Self::Cancelled)
    }
}

/// A meeting, as its conversation has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The conversation, which names it for ever.
    pub conversation: ConversationId,
    /// Number of times that its terms were replaced; one more when it was taken back.
    pub sequence: u64,
    /// Certainty.
    pub standing: Standing,
    /// The terms.
    pub terms: Object,
    /// The owner's name for the other one.
    pub with: String,
    /// Moment of the last change.
    pub changed_at: Timestamp,
}

impl Entry {
    /// The event as a file of its own; nothing when the terms name no time that can be read.
    #[must_use]
    pub fn to_ics(&self) -> Option<String> {
        let start: Timestamp = self.text("time")?.parse().ok()?;
        let minutes = self.terms.get("minutes").and_then(Value::as_u64).filter(|minutes| *minutes > 0);
        let lasts = Duration::from_secs(minutes.unwrap_or(USUAL_MINUTES).min(LONGEST_MINUTES) * 60);
        let (method, status) = match self.standing {
            Standing::Tentative => ("PUBLISH", "TENTATIVE"),
            Standing::Confirmed => ("PUBLISH", "CONFIRMED"),
            Standing::Replaced | Standing::Cancelled => ("CANCEL", "CANCELLED"),
        };
        let mut lines =
            vec!["BEGIN:VCALENDAR".to_owned(), "VERSION:2.0".to_owned(), "PRODID:-//AI2AI//ai2ai//EN".to_owned()];
        lines.extend([format!("METHOD:{method}"), "BEGIN:VEVENT".to_owned()]);
        lines.push(format!("UID:{}@ai2ai", self.conversation));
        lines.push(format!("SEQUENCE:{}", self.sequence));
        lines.push(format!("STATUS:{status}"));
        lines.push(format!("DTSTAMP:{}", utc(self.changed_at)?));
        lines.push(format!("DTSTART:{}", utc(start)?));
        lines.push(format!("DTEND:{}", utc(start + lasts)?));
        lines.push(format!("SUMMARY:{}", escaped(self.text("subject").unwrap_or("Meeting"))));
        lines.extend(self.text("place").map(|place| format!("LOCATION:{}", escaped(place))));
        lines.push(format!(
            "DESCRIPTION:{}",
            escaped(&format!("With {}. Agreed by AI2AI, {}", self.with, self.conversation))
        ));
        if self.standing.is_off() {
            lines.push("TRANSP:TRANSPARENT".to_owned());
        }
        lines.extend(["END:VEVENT".to_owned(), "END:VCALENDAR".to_owned()]);
        Some(lines.iter().map(|line| folded(line)).collect())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.terms.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
    }
}

/// A moment in UTC: `20260210T190000Z`. Nothing for one that a calendar can't write.
fn utc(at: Timestamp) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?.to_zoned(TimeZone::UTC);
    (0..=9_999).contains(&at.year()).then(|| at.strftime("%Y%m%dT%H%M%SZ").to_string())
}

/// Text as a value (RFC 5545, 3.3.11). What ends a line becomes `\n`; what nobody sees is left out.
fn escaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for c in text.trim().chars().take(TEXT_CHARS) {
        match c {
            '\\' | ';' | ',' => value.extend(['\\', c]),
            '\n' => value.push_str("\\n"),
            '\t' => value.push(' '),
            c if is_unseen(c) || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {}
            c => value.push(c),
        }
    }
    value
}

/// A line with its end, in pieces of at most [`LINE_BYTES`] bytes, none of them cut within a character.
fn folded(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + 2);
    let mut used = 0;
    for c in line.chars() {
        if used + c.len_utf8() > LINE_BYTES {
            folded.push_str("\r\n ");
            used = 1;
        }
        folded.push(c);
        used += c.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

#[cfg(test)]
mod tests {
    use icalendar::{Calendar, CalendarComponent, Component as _};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn entry(terms: &Value, standing: Standing) -> Entry {
        Entry {
            conversation: ConversationId::from_bytes([7; 16]),
            sequence: 2,
            standing,
            terms: terms.as_object().cloned().expect("terms"),
            with: "Sam".to_owned(),
            changed_at: "2026-02-07T03:55:00Z".parse().expect("a time"),
        }
    }

    fn dinner(subject: &str, place: &str) -> Value {
        json!({ "subject": subject, "place": place, "time": "2026-02-10T20:00+01:00", "minutes": 90 })
    }

    /// The one event, as another program reads it; and how many properties the file has.
    fn read(ics: &str) -> (icalendar::Event, usize) {
        let calendar: Calendar = ics.parse().expect("a calendar");
        let events: Vec<icalendar::Event> = calendar
            .components
            .iter()
            .filter_map(
                |component| if let CalendarComponent::Event(event) = component { Some(event.clone()) } else { None },
            )
            .collect();
        let [event] = events.try_into().expect("one event");
        let properties = ics.replace("\r\n ", "").lines().count();
        (event, properties)
    }

    #[test]
    fn another_program_reads_what_was_agreed() {
        let ics =
            entry(&dinner("Dinner, with wine; or not", "Casa Lupo"), Standing::Confirmed).to_ics().expect("an event");
        let (event, _) = read(&ics);
        assert_eq!(event.get_uid(), Some("07070707-0707-0707-0707-070707070707@ai2ai"));
        assert_eq!(event.property_value("SEQUENCE"), Some("2"));
        assert_eq!(event.property_value("STATUS"), Some("CONFIRMED"));
        assert_eq!(event.property_value("DTSTART"), Some("20260210T190000Z"));
        assert_eq!(event.property_value("DTEND"), Some("20260210T203000Z"));
        assert!(ics.contains("SUMMARY:Dinner\\, with wine\\; or not\r\n"), "{ics}");
        assert!(ics.contains("METHOD:PUBLISH\r\n"));
        let gone = entry(&dinner("Dinner", "-"), Standing::Cancelled).to_ics().expect("an event");
        assert!(gone.contains("METHOD:CANCEL\r\n") && gone.contains("STATUS:CANCELLED\r\n"), "{gone}");
    }

    #[test]
    fn their_words_end_no_line_and_begin_none() {
        let plain = read(&entry(&dinner("Dinner", "Here"), Standing::Confirmed).to_ics().expect("an event")).1;
        for evil in [
            "Dinner\r\nATTENDEE:mailto:evil@example.org",
            "Dinner\nEND:VEVENT\nBEGIN:VEVENT\nUID:other",
            "x\r\n\r\nBEGIN:VALARM\r\nACTION:PROCEDURE",
            "\u{85}X-EVIL:1\u{2028}X-EVIL:2\u{b}X-EVIL:3\u{c}X-EVIL:4",
            "a\u{202e}b\u{200b}c\u{0}d",
            "\\nATTACH:file:///etc/passwd",
            "éééééééééééééééééééééééééééééééééééééééééééééééééé😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀",
        ] {
            let ics = entry(&dinner(evil, evil), Standing::Confirmed).to_ics().expect("an event");
            let (event, properties) = read(&ics);
            assert_eq!(properties, plain, "{evil:?} made lines of its own:\n{ics}");
            assert!(event.get_uid().is_some_and(|uid| uid.starts_with("07070707")), "{ics}");
            assert!(ics.lines().all(|line| line.len() <= LINE_BYTES), "{ics}");
        }
    }

    #[test]
    fn what_names_no_time_is_no_event() {
        for terms in [
            json!({ "subject": "Dinner" }),
            json!({ "time": "soon" }),
            json!({ "time": 7 }),
            json!({ "time": "2026-02-10T19:00" }),
        ] {
            assert_eq!(entry(&terms, Standing::Confirmed).to_ics(), None, "{terms}");
        }
        let long = json!({ "time": "2026-02-10T19:00Z", "minutes": u64::MAX >> 12 });
        assert!(
            entry(&long, Standing::Confirmed).to_ics().is_some(),
            "a length that makes no sense is held to a month"
        );
    }

    proptest! {
        #[test]
        fn whatever_they_write_it_is_one_event_of_as_many_lines(subject in ".*", place in ".*") {
            let plain = |place: &str| if place.trim().is_empty() { 15 } else { 16 };
            let terms = json!({ "subject": subject, "place": place, "time": "2026-02-10T19:00Z" });
            let ics = entry(&terms, Standing::Confirmed).to_ics().expect("an event");
            let (_, properties) = read(&ics);
            prop_assert_eq!(properties, plain(&place));
        }
    }
}
