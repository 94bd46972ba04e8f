//! Words for people's eyes. What others wrote is cleaned: nothing in it can move the cursor, hide, or pass for ours.

use std::time::Duration;

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::name::is_unseen;
use ai2ai_protocol::time::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

/// Levels of a payload that are laid out in lines; deeper ones are shown as JSON.
const LAID_OUT: usize = 3;
/// Format of a moment, for `strftime`.
const DAY_AND_TIME: &str = "%a %Y-%m-%d %H:%M %Z";

/// Text in one line, with everything that a reader would not see made visible.
#[must_use]
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => cleaned.push('⏎'),
            '\t' => cleaned.push(' '),
            c if is_unseen(c) => cleaned.push_str(&format!("<U+{:04X}>", u32::from(c))),
            c => cleaned.push(c),
        }
    }
    cleaned
}

/// Cleaned text of at most `most` characters.
#[must_use]
pub fn brief(text: &str, most: usize) -> String {
    let cleaned = clean(text);
    match cleaned.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &cleaned[..end]),
        None => cleaned,
    }
}

/// A JSON object as cleaned lines, `name: value`; lists and objects are laid out below their name, and so is text of
/// several lines, each with a mark, so that no text passes for another member. A moment is also said on this machine's clock.
#[must_use]
pub fn lay_out(object: &Object) -> Vec<String> {
    lay_out_in(object, &TimeZone::system())
}

/// The same, with moments on the clock of a zone.
#[must_use]
pub fn lay_out_in(object: &Object, zone: &TimeZone) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, value) in object {
        member(&mut lines, &name_of(name), value, (0, zone));
    }
    lines
}

/// A member's name: as it stands when it is a plain word, else in quotes.
fn name_of(name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if plain { format!("{name}:") } else { format!("{}:", clean(&Value::from(name).to_string())) }
}

fn member(lines: &mut Vec<String>, name: &str, value: &Value, (depth, zone): (usize, &TimeZone)) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(object) if depth < LAID_OUT && !object.is_empty() => {
            lines.push(format!("{indent}{name}"));
            for (name, value) in object {
                member(lines, &name_of(name), value, (depth + 1, zone));
            }
        }
        Value::Array(list) if depth < LAID_OUT && !list.is_empty() => {
            lines.push(format!("{indent}{name}"));
            for value in list {
                member(lines, "-", value, (depth + 1, zone));
            }
        }
        Value::String(text) if text.contains('\n') => {
            lines.push(format!("{indent}{name}"));
            lines.extend(text.lines().map(|line| format!("{indent}  > {}", clean(line))));
        }
        Value::String(text) => lines.push(format!("{indent}{name} {}", with_clock(text, zone))),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) | Value::Array(_) => {
            lines.push(format!("{indent}{name} {}", clean(&value.to_string())));
        }
    }
}

/// Cleaned text; a moment with what the clocks of a zone say then: nobody should have to reckon what they agree to.
#[must_use]
pub fn with_clock(text: &str, zone: &TimeZone) -> String {
    match text.parse::<Timestamp>() {
        Ok(moment) => format!("{}  ({})", clean(text), on_clock(moment, DAY_AND_TIME, zone)),
        Err(_) => clean(text),
    }
}

/// A moment on this machine's clock.
#[must_use]
pub fn when(moment: Timestamp) -> String {
    local(moment, DAY_AND_TIME)
}

/// The time of day, to the second, for what has just happened.
#[must_use]
pub fn time_of_day(moment: Timestamp) -> String {
    local(moment, "%H:%M:%S")
}

fn local(moment: Timestamp, format: &str) -> String {
    on_clock(moment, format, &TimeZone::system())
}

fn on_clock(moment: Timestamp, format: &str, zone: &TimeZone) -> String {
    match jiff::Timestamp::from_millisecond(moment.as_millis()) {
        Ok(instant) => instant.to_zoned(zone.clone()).strftime(format).to_string(),
        Err(_) => moment.to_string(),
    }
}

/// Tomorrow at seven in the evening on this machine's clock, as it is typed: an example that makes sense.
#[must_use]
pub fn tomorrow_evening(now: Timestamp) -> String {
    const SEVEN: i8 = 19;
    let now = jiff::Timestamp::from_millisecond(now.as_millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let day = now.to_zoned(TimeZone::system()).date().saturating_add(jiff::Span::new().days(1));
    match TimeZone::system().to_zoned(day.at(SEVEN, 0, 0, 0)) {
        Ok(evening) => evening.strftime("%Y-%m-%dT%H:%M%:z").to_string(),
        Err(_) => format!("{day}T19:00Z"),
    }
}

/// A duration in one unit.
#[must_use]
pub fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (number, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// Rows below their headings, in columns as wide as they need to be.
#[must_use]
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(headings.get(column).map(|heading| heading.chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}", width = *width));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let heading = format!("\x1b[2m{}\x1b[0m", line(headings.to_vec()));
    std::iter::once(heading).chain(rows.iter().map(|row| line(row.iter().map(String::as_str).collect()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_others_wrote_cannot_move_the_cursor_or_hide() {
        let cleaned = clean("hi\u{1b}[2J\u{202e}evil\u{200b}\r\nline");
        assert!(!cleaned.chars().any(is_unseen), "{cleaned}");
        assert_eq!(cleaned, "hi<U+001B>[2J<U+202E>evil<U+200B><U+000D>⏎line");
        assert_eq!(brief("ééééé", 3), "ééé…");
        assert_eq!(brief("ééé", 3), "ééé");
    }

    #[test]
    fn a_payload_is_laid_out_and_no_value_can_pass_for_another_member() {
        let payload = json!({
            "subject": "Dinner\napproved: yes", "times": ["a", "b\nc"], "note: x": 1, "n\n": {"deep": {"er": {"still": 1}}}
        });
        let lines = lay_out(payload.as_object().expect("an object"));
        let expected = [
            r#""n\n":"#,
            "  deep:",
            "    er:",
            "      still: 1",
            r#""note: x": 1"#,
            "subject:",
            "  > Dinner",
            "  > approved: yes",
            "times:",
            "  - a",
            "  -",
            "    > b",
            "    > c",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_moment_in_a_payload_is_said_on_the_readers_clock_and_nothing_else_is_taken_for_one() {
        let payload = json!({
            "minutes": 90, "terms": { "time": "2035-07-10T19:00Z" }, "proposed_times": ["2035-02-10T19:00Z", "at seven"],
            "text": "2035-02-10T19:00Z  (Sat 2035-02-10 09:00 UTC)"
        });
        let zone = TimeZone::get("America/New_York").expect("a zone");
        let lines = lay_out_in(payload.as_object().expect("an object"), &zone);
        let expected = [
            "minutes: 90",
            "proposed_times:",
            "  - 2035-02-10T19:00Z  (Sat 2035-02-10 14:00 EST)",
            "  - at seven",
            "terms:",
            "  time: 2035-07-10T19:00Z  (Tue 2035-07-10 15:00 EDT)",
            "text: 2035-02-10T19:00Z  (Sat 2035-02-10 09:00 UTC)",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn an_evening_that_is_shown_as_an_example_can_be_typed() {
        let now: Timestamp = "2026-02-07T03:55Z".parse().expect("a time");
        let evening: Timestamp = tomorrow_evening(now).parse().expect("a time with its offset");
        assert!(evening > now && evening.since(now) < Duration::from_secs(3 * 86_400));
    }

    #[test]
    fn columns_line_up() {
        let rows = vec![vec!["Zoë".to_owned(), "1".to_owned()], vec!["Al".to_owned(), "22".to_owned()]];
        assert_eq!(table(&["name", "n"], &rows)[1..], ["Zoë   1", "Al    22"]);
    }

    #[test]
    fn a_span_has_one_unit() {
        let text = |seconds| span(Duration::from_secs(seconds));
        assert_eq!(
            [text(1), text(119), text(120), text(7_200), text(700_000)],
            ["1 second", "119 seconds", "2 minutes", "2 hours", "8 days"]
        );
    }
}
