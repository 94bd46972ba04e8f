//! What waits, in a list.

use ai2ai_api::text::{brief, clean};
use ai2ai_api::views::{CANCELLED, PendingView, RENEWAL, UNVERIFIED};
use maud::{Markup, html};

use super::PageFrame;
use super::text::{long, topic};

/// Characters of a summary in a list.
const SUMMARY_SHOWN: usize = 140;

/// The inbox; `done` says what was decided just before.
pub(crate) fn inbox(frame: &PageFrame, items: &[PendingView], done: Option<&str>) -> Markup {
    let (snoozed, awake): (Vec<_>, Vec<_>) = items.iter().partition(|item| item.snoozed_until.is_some());
    let (folded, shown): (Vec<_>, Vec<_>) = awake.into_iter().partition(|item| item.folded);
    let main = html! {
        @if let Some(words) = done.and_then(said_of) { p.done role="status" { (words) } }
        h1 { "Inbox" }
        @if shown.is_empty() { (nothing()) } @else { (list(&shown)) }
        @if !folded.is_empty() {
            details.more {
                summary { (folded.len()) " more, from people of whom enough waits above" }
                (list(&folded))
            }
        }
        @if !snoozed.is_empty() {
            details.more { summary { "Snoozed: " (snoozed.len()) } (list(&snoozed)) }
        }
    };
    frame.page("Inbox", &main)
}

/// Only our own words are ever said here, whatever the address asks for.
fn said_of(done: &str) -> Option<&'static str> {
    match done {
        "approved" => Some("Approved. It is on its way."),
        "done" => Some("Done."),
        "rejected" => Some("Rejected."),
        "noted" => Some("Noted."),
        "snoozed" => Some("Snoozed. It comes back by itself."),
        "blocked" => Some("Blocked. Nothing of theirs is let in any more, and they are not told."),
        _ => None,
    }
}

fn nothing() -> Markup {
    html! {
        div.empty {
            p.big { "Nothing waits for you." }
            p { "Your node and your agent go on. What needs your decision appears here by itself." }
        }
    }
}

fn list(items: &[&PendingView]) -> Markup {
    html! {
        ul.items {
            @for item in items {
                li.item { a href={ "/item/" (item.id) } {
                    span.who { bdi { (brief(&item.who, SUMMARY_SHOWN)) } }
                    span.kind { (kind(item)) }
                    span.summary.theirs-line[item.kind != "draft" && item.kind != RENEWAL] { bdi { (brief(&item.summary, SUMMARY_SHOWN)) } }
                    span.until {
                        @match item.snoozed_until {
                            Some(until) => { "back on " (long(until)) }
                            None => { "until " (long(item.expires_at)) }
                        }
                    }
                } }
            }
        }
    }
}

fn kind(item: &PendingView) -> String {
    let about = item.intent.as_deref().map(topic).unwrap_or_default();
    match item.kind.as_str() {
        "contact_request" => "wants to be your contact".to_owned(),
        "incoming" => format!("asks you · {about}"),
        UNVERIFIED => "wrote to you, and nothing proves who it is".to_owned(),
        "draft" => format!("your agent wants to send this · {about}"),
        RENEWAL => "asks for a new key".to_owned(),
        CANCELLED => "calls it off".to_owned(),
        other => clean(other),
    }
}
