//! What is on its way, and how the node is.

use ai2ai_api::text::{brief, clean};
use ai2ai_api::views::{DoctorView, OutboxView};
use maud::{Markup, html};

use super::PageFrame;
use super::text::long;

/// Characters of what a message is about.
const ABOUT_SHOWN: usize = 100;

/// What is on its way, and what could not be delivered.
pub(crate) fn outbox(frame: &PageFrame, waiting: &[OutboxView], dead: &[OutboxView]) -> Markup {
    let main = html! {
        h1 { "Outbox" }
        @if waiting.is_empty() && dead.is_empty() { div.empty { p.big { "Everything has arrived." } } }
        @if !waiting.is_empty() { (list(waiting)) }
        @if !dead.is_empty() {
            h2 { "Could not be delivered" }
            (list(dead))
            p.soft { "Send one again: " code { "ai2ai dead retry ID" } }
        }
    };
    frame.page("Outbox", &main)
}

fn list(rows: &[OutboxView]) -> Markup {
    html! {
        ul.items {
            @for row in rows {
                li.item { a href={ "/conversation/" (row.conversation) } {
                    span.who { "To " bdi { (brief(&row.to, ABOUT_SHOWN)) } }
                    span.kind { span.badge { (clean(&row.state)) } " · " (tried(row.attempts)) @if row.held { " · their node keeps it until its owner lets you in" } }
                    span.summary { bdi { (row.about.as_deref().map(|about| brief(about, ABOUT_SHOWN)).unwrap_or_default()) } }
                    @if let Some(error) = &row.last_error { span.soft { (brief(error, ABOUT_SHOWN)) } }
                    span.until { @match row.next_attempt_at {
                        Some(next) => { "next try: " (long(next)) }
                        None => { "void after " (long(row.expires_at)) }
                    } }
                } }
            }
        }
    }
}

fn tried(times: u32) -> String {
    format!("tried {times} time{}", if times == 1 { "" } else { "s" })
}

/// What works, what does not, and what to do.
pub(crate) fn doctor(frame: &PageFrame, checks: &[DoctorView]) -> Markup {
    let main = html! {
        h1 { "Doctor" }
        ul.cards {
            @for check in checks {
                li {
                    p { span class=(badge(&check.status)) { (clean(&check.status)) } " " strong { (clean(&check.check)) } }
                    p { (clean(&check.detail)) }
                    @if let Some(fix) = &check.fix { p.soft { (clean(fix)) } }
                }
            }
        }
    };
    frame.page("Doctor", &main)
}

fn badge(status: &str) -> &'static str {
    match status {
        "OK" => "badge good",
        _ => "badge warn",
    }
}
