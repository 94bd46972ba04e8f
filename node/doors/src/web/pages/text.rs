//! What a message carries, laid out for a reader: cleaned, escaped, and never able to pass for our own words.

use ai2ai_api::text::{clean, span};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::time::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde_json::Value;

/// How deep lists and objects are laid out; deeper, they are shown as JSON.
const LAID_OUT: usize = 3;

/// Members that say what it is about, in the order in which a person asks for them; the rest follows by name.
const FIRST: [&str; 14] = [
    "subject",
    "item",
    "description",
    "title",
    "text",
    "question",
    "reason",
    "amount",
    "currency",
    "time",
    "proposed_times",
    "minutes",
    "place",
    "terms",
];

/// An object, member by member.
pub(crate) fn laid_out(object: &Object) -> Markup {
    members(object, 0)
}

fn in_order(object: &Object) -> Vec<(&String, &Value)> {
    let mut members: Vec<_> = object.iter().collect();
    members.sort_by_key(|(name, _)| FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len()));
    members
}

fn members(object: &Object, depth: usize) -> Markup {
    html! {
        dl.words {
            @for (name, value) in in_order(object) {
                div { dt { bdi { (label(name)) } } dd { (laid(value, depth)) } }
            }
        }
    }
}

fn laid(value: &Value, depth: usize) -> Markup {
    match value {
        Value::String(text) => said(text),
        Value::Object(object) if depth < LAID_OUT && !object.is_empty() => members(object, depth + 1),
        Value::Array(list) if depth < LAID_OUT && !list.is_empty() => html! {
            ul { @for value in list { li { (laid(value, depth + 1)) } } }
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) | Value::Array(_) => {
            html! { bdi { (clean(&value.to_string())) } }
        }
    }
}

/// A text: a moment is also said on this machine's clock.
pub(crate) fn said(text: &str) -> Markup {
    match text.parse::<Timestamp>() {
        Ok(moment) => html! { (long(moment)) " " span.raw { (clean(text)) } },
        Err(_) => html! { bdi { @for (place, line) in text.lines().enumerate() {
            @if place > 0 { br; }
            (clean(line))
        } } },
    }
}

/// A member's name, as a person would write it.
pub(crate) fn label(name: &str) -> String {
    clean(&name.replace('_', " "))
}

/// A moment on this machine's clock, in full.
pub(crate) fn long(moment: Timestamp) -> Markup {
    let text = match jiff::Timestamp::from_millisecond(moment.as_millis()) {
        Ok(instant) => instant.to_zoned(TimeZone::system()).strftime("%A %-d %B %Y, %H:%M %Z").to_string(),
        Err(_) => moment.to_string(),
    };
    html! { time datetime=(moment) { (text) } }
}

/// Until when, and how long that is.
pub(crate) fn until(end: Timestamp, now: Timestamp) -> Markup {
    html! { (long(end)) span.soft { " · " (span(end.since(now))) " left" } }
}

/// What an intent means, in a word or two where it is one of the usual ones.
pub(crate) fn topic(intent: &str) -> String {
    let known = match intent {
        "schedule.meeting" => "a meeting",
        "schedule.call" => "a call",
        "schedule.group" => "a meeting of several",
        "message.relay" => "a message",
        "info.request" => "a question",
        "info.share" => "something to know",
        "task.delegate" | "task.collaborate" => "a task",
        "social.introduction" => "an introduction",
        "commerce.request" => "a purchase",
        "commerce.offer" => "an offer",
        "agreement.cancel" => "an agreement",
        other => return clean(other),
    };
    known.to_owned()
}
