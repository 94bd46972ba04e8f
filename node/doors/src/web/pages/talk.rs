//! Conversations, and what was agreed in them.

use ai2ai_api::door::LISTED;
use ai2ai_api::exit::Failure;
use ai2ai_api::text::{brief, clean};
use ai2ai_api::views::{ConversationLine, ConversationView, MessageView};
use ai2ai_protocol::conversation::Phase;
use maud::{Markup, html};

use super::PageFrame;
use super::forms::{pin, reply};
use super::plain::alert;
use super::text::{laid_out, long, topic};

/// Characters of a subject in a list.
const SUBJECT_SHOWN: usize = 100;
/// Characters of a reason.
const REASON_SHOWN: usize = 1_000;

/// All conversations, latest first.
pub(crate) fn conversations(frame: &PageFrame, lines: &[ConversationLine]) -> Markup {
    let main = html! {
        h1 { "Conversations" }
        @if lines.is_empty() { div.empty { p.big { "Nobody has said anything yet." } } } @else { (list(lines)) }
        @if let Some(last) = last_of_many(lines) {
            p { a.button href={ "/conversations?before=" (last.id) } { "Older ones" } }
        }
    };
    frame.page("Conversations", &main)
}

/// The conversations that ended in an agreement.
pub(crate) fn agreements(frame: &PageFrame, lines: &[ConversationLine]) -> Markup {
    let agreed: Vec<ConversationLine> = lines.iter().filter(|line| line.state == Phase::Confirmed).cloned().collect();
    let main = html! {
        h1 { "Agreements" }
        @if agreed.is_empty() {
            div.empty { p.big { "Nothing is agreed yet." } p { "What both sides approved is kept here, and can be proved." } }
        } @else { (list(&agreed)) }
        @if last_of_many(lines).is_some() {
            p.soft { "Only the latest " (LISTED) " conversations were looked at. Older ones: " code { "ai2ai conversations --before ID" } }
        }
    };
    frame.page("Agreements", &main)
}

/// The last of a list that may go on.
fn last_of_many(lines: &[ConversationLine]) -> Option<&ConversationLine> {
    lines.get(LISTED - 1)
}

fn list(lines: &[ConversationLine]) -> Markup {
    html! {
        ul.items {
            @for line in lines {
                li.item { a href={ "/conversation/" (line.id) } {
                    span.who { bdi { (brief(&line.with, SUBJECT_SHOWN)) } }
                    span.kind { (state(line.state, line.cancelled)) " · " (topic(&line.intent)) }
                    span.summary { bdi { (line.subject.as_deref().map(|subject| brief(subject, SUBJECT_SHOWN)).unwrap_or_default()) } }
                    span.until { (long(line.touched_at)) }
                } }
            }
        }
    }
}

/// A state, as a badge.
fn state(phase: Phase, cancelled: bool) -> Markup {
    let (class, words) = match phase {
        Phase::Confirmed if cancelled => ("badge warn", "called off"),
        Phase::Confirmed => ("badge good", "agreed"),
        Phase::Rejected => ("badge warn", "rejected"),
        Phase::Expired => ("badge", "no answer"),
        Phase::Proposed => ("badge", "proposed"),
        Phase::Negotiating => ("badge", "negotiating"),
    };
    html! { span class=(class) { (words) } }
}

/// One conversation, whole; `failure` is why it could not be called off just before.
pub(crate) fn conversation(frame: &PageFrame, view: &ConversationView, failure: Option<&Failure>) -> Markup {
    let with = brief(&view.with, SUBJECT_SHOWN);
    let main = html! {
        @if let Some(failure) = failure { (alert(failure)) }
        p.crumb { a href="/conversations" { "← Conversations" } }
        h1 { bdi { (with) } span.topic { (topic(&view.intent)) } }
        p { (state(view.state, !view.cancelled.is_empty())) @if let Some(act) = &view.pending_act { span.soft { " · your " (act_in_words(&act.act)) " is not answered yet" } } }
        (called_off(view))
        @if let Some(terms) = &view.terms { (standing(view, terms)) }
        (call_off(frame, view))
        ol.talk aria-label="What was said, oldest first" { @for message in &view.messages { (bubble(message)) } }
    };
    frame.page(&format!("With {with}"), &main)
}

fn standing(view: &ConversationView, terms: &ai2ai_protocol::canonical::Object) -> Markup {
    let agreed = view.state == Phase::Confirmed;
    html! {
        section class=(if agreed { "agreed" } else { "ours" }) aria-label="The terms" {
            h2 { @if agreed { "Agreed" } @else { "On the table" @if view.terms_by.as_deref() == Some("us") { ", by you" } @else { ", by them" } } }
            (laid_out(terms))
            @if let Some(hash) = &view.terms_hash { p.digest { "Terms " code { (hash) } } }
            @if agreed && view.terms_hash.is_some() {
                p { a.button href={ "/agreement/" (view.id) } download { "Keep the agreement as a file" } }
                p.soft { "It holds both approvals. Anybody can check it, offline: " code { "ai2ai verify FILE" } }
            } @else if agreed {
                p.soft { "Their agent speaks the original protocol: nothing here proves that they agreed." }
            }
        }
    }
}

fn act_in_words(act: &str) -> String {
    if act == "cancel" { "word that you call it off".to_owned() } else { clean(act) }
}

/// Who has called it off; or that our own try did not count.
fn called_off(view: &ConversationView) -> Markup {
    html! {
        @for by in &view.cancelled {
            p.done role="status" {
                @if by.by == "us" { "You" } @else { bdi { (brief(&by.who, SUBJECT_SHOWN)) } }
                " called it off on " (long(by.at)) "."
                @if let Some(reason) = &by.reason { " " span.theirs-line { bdi { (brief(reason, REASON_SHOWN)) } } }
            }
        }
        @if let Some(why) = &view.not_cancelled {
            div.alert role="alert" { p { strong { "You tried to call it off, but " (clean(why)) "." } } p { "Tell them in another way." } }
        }
    }
}

/// The form that calls off what was agreed.
fn call_off(frame: &PageFrame, view: &ConversationView) -> Markup {
    let can = view.state == Phase::Confirmed && view.terms_hash.is_some();
    if !can || !view.cancelled.is_empty() || view.pending_act.is_some() {
        return html! {};
    }
    html! {
        div.others {
            details {
                summary { "Call it off" }
                form method="post" action={ "/conversation/" (view.id) "/cancel" } {
                    (frame.hidden())
                    p { "They are told that you don't hold to it any more. That can't be taken back; what was agreed can still be proved." }
                    (reply("reason", "Your reason (they read it; it may be empty)"))
                    (pin(frame, "cancel"))
                    button.no type="submit" { "Call it off" }
                }
            }
        }
    }
}

fn bubble(message: &MessageView) -> Markup {
    let theirs = message.side != "us";
    html! {
        li class=(if theirs { "theirs" } else { "ours" }) {
            p.fence {
                @if theirs { bdi { (brief(&message.who, SUBJECT_SHOWN)) } } @else { "You" }
                " · " (clean(&message.kind.to_string())) " · " (long(message.timestamp))
                @if let Some(delivery) = &message.delivery { " · " (clean(delivery)) }
            }
            (laid_out(&message.payload))
        }
    }
}
