//! One thing that waits, whole, and the forms that decide it.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::time::Timestamp;
use maud::{Markup, html};
use serde_json::Value;

use super::Frame;
use super::plain::alert;
use super::words::{label, laid_out, long, said, topic, until};
use crate::exit::Failure;
use crate::later::laters;
use crate::text::{brief, clean};
use crate::views::{CANCELLED, ItemView, RENEWAL, UNVERIFIED};

/// Characters of a name in a heading.
const NAME_SHOWN: usize = 80;
/// The most bytes of words that go with a decision.
const WORDS_BYTES: usize = 2_000;

/// The item; `failure` is why it could not be decided just before.
pub(in super::super) fn item(frame: &Frame, view: &ItemView, now: Timestamp, failure: Option<&Failure>) -> Markup {
    let main = html! {
        @if let Some(failure) = failure { (alert(failure)) }
        p.crumb { a href="/" { "← Inbox" } }
        h1 { (heading(view)) }
        (with_whom(view))
        (came_in(view))
        (sends(view))
        section.next aria-label="What happens next" {
            p { (clean(&view.next)) }
            p.soft {
                @if view.kind != CANCELLED { "You can decide until " (until(view.expires_at, now)) ". " }
                (clean(&view.unanswered))
            }
            @if let Some(until) = view.snoozed_until.filter(|until| *until > now) {
                p.soft { "Snoozed until " (long(until)) "." }
            }
        }
        @if view.kind == CANCELLED { (noted(frame, view)) } @else { (approve(frame, view)) }
        div.others {
            (edit(frame, view))
            @if view.kind != CANCELLED { (reject(frame, view)) }
            (snooze(frame, view, now))
            (block(frame, view))
        }
        p.digest { "What you decide on: " code { (view.digest) } }
    };
    frame.page(&heading_text(view), &main)
}

fn heading_text(view: &ItemView) -> String {
    let who = brief(&view.who, NAME_SHOWN);
    match view.kind.as_str() {
        "contact_request" => "Somebody wants to be your contact".to_owned(),
        "incoming" => format!("{who} asks you"),
        UNVERIFIED => "Somebody wrote, and nothing proves who".to_owned(),
        "draft" => format!("Your agent wants to write to {who}"),
        RENEWAL => "Your agent's key ends soon: renew it?".to_owned(),
        CANCELLED => format!("{who} calls off what you had agreed"),
        other => clean(other),
    }
}

fn heading(view: &ItemView) -> Markup {
    html! {
        bdi { (heading_text(view)) }
        @if let Some(intent) = &view.intent { span.topic { (topic(intent)) } }
    }
}

fn with_whom(view: &ItemView) -> Markup {
    html! {
        dl.facts {
            div { dt { "With" } dd {
                bdi { (clean(&view.who)) } " "
                @if view.kind != RENEWAL { @match (view.verified, view.compared_at) {
                    (false, _) => { span.badge.warn { "not verified: only what they say" } }
                    (true, None) => { span.badge { "your contact" } }
                    (true, Some(_)) => { span.badge.good { "verified in person" } }
                } }
                br; code.did { (view.did) }
            } }
            div { dt { "Met" } dd { (met(&view.met)) } }
            div { dt { "Came" } dd { (long(view.made_at)) } }
        }
    }
}

/// How somebody was met, in words.
pub(super) fn met(how: &str) -> String {
    match how {
        "mdns" => "on your local network".to_owned(),
        "by_hand" => "by an address that you typed".to_owned(),
        "came" => "they connected to you".to_owned(),
        "dns" => "by the DNS records of their domain".to_owned(),
        "https" => "by the card on their web server".to_owned(),
        "invite" => "by an invite".to_owned(),
        other => clean(other),
    }
}

fn came_in(view: &ItemView) -> Markup {
    let Some(message) = &view.came_in else { return html! {} };
    html! {
        section.theirs aria-label="Their words, as they came" {
            p.fence { "Their words, as they came. Nothing in them is from your node." }
            @if message.payload.is_empty() { p { "(no words)" } } @else { (laid_out(&message.payload)) }
        }
    }
}

fn sends(view: &ItemView) -> Markup {
    html! {
        @if let Some(terms) = &view.terms {
            @let what = if view.sends_kind == Some(Kind::Inform) { "calls off these terms" } else { "commits you to these terms" };
            section.ours aria-label="The terms that approving is about" {
                h2 { "Approving " (what) }
                (laid_out(terms))
                @if let Some(hash) = &view.terms_hash { p.digest { "Terms " code { (hash) } } }
            }
        } @else if let Some(sends) = &view.sends {
            section.ours aria-label="Exactly what approving sends" {
                h2 { "Approving sends exactly this" }
                (laid_out(sends))
            }
        }
    }
}

/// What every form about an item brings.
fn about(frame: &Frame, view: &ItemView) -> Markup {
    html! { (frame.hidden()) input type="hidden" name="digest" value=(view.digest); }
}

pub(super) fn pin(frame: &Frame, form: &str) -> Markup {
    html! {
        @if frame.has_pin {
            p.field {
                label for={ "pin-" (form) } { "Your PIN" }
                input #{ "pin-" (form) } type="password" name="pin" required autocomplete="off" inputmode="text" maxlength="256";
            }
        }
    }
}

/// There is nothing to decide, and so no PIN: the notice goes away.
fn noted(frame: &Frame, view: &ItemView) -> Markup {
    html! {
        form.approve method="post" action={ "/item/" (view.id) "/reject" } {
            (about(frame, view))
            button.yes type="submit" { "Noted" }
        }
    }
}

fn approve(frame: &Frame, view: &ItemView) -> Markup {
    let is_menu = view.sends.is_none() && !view.choices.is_empty();
    let yes = match view.kind.as_str() {
        "contact_request" => "Let them in",
        _ if is_menu => "Offer this time",
        "incoming" if view.sends.is_none() => "Noted",
        RENEWAL => "Renew it",
        _ => "Approve",
    };
    html! {
        form.approve method="post" action={ "/item/" (view.id) "/approve" } {
            (about(frame, view))
            @if is_menu {
                fieldset.choices {
                    legend { "Which of their times?" }
                    @for (place, time) in (1..).zip(&view.choices) {
                        p { label { input type="radio" name="choose" value=(place) required; " " (said(time)) } }
                    }
                }
            }
            @if view.kind == "incoming" && view.sends.is_none() && !is_menu {
                (reply("reply-approve", "Your answer (or leave it empty)"))
            }
            (pin(frame, "approve"))
            button.yes type="submit" { (yes) }
        }
    }
}

/// A field for words that go with a decision.
pub(super) fn reply(id: &str, label: &str) -> Markup {
    html! {
        p.field {
            label for=(id) { (label) }
            textarea #(id) name="reply" rows="2" maxlength=(WORDS_BYTES) {}
        }
    }
}

/// The terms that can be edited before they are approved: those that stand or would be sent; or those of the first time that
/// is proposed.
pub(in super::super) fn editable(view: &ItemView) -> Option<Object> {
    if let Some(terms) = view.terms.as_ref().filter(|_| view.sends_kind != Some(Kind::Inform)) {
        return Some(terms.clone());
    }
    let (time, menu) = (view.choices.first()?, &view.came_in.as_ref()?.payload);
    let kept =
        ["subject", "minutes", "place"].into_iter().filter_map(|name| Some((name.to_owned(), menu.get(name)?.clone())));
    Some(kept.chain([("time".to_owned(), Value::from(time.as_str()))]).collect())
}

fn edit(frame: &Frame, view: &ItemView) -> Markup {
    let Some(terms) = editable(view) else { return html! {} };
    html! {
        details {
            summary { "Edit, then approve" }
            form method="post" action={ "/item/" (view.id) "/approve" } {
                (about(frame, view))
                input type="hidden" name="edit" value="1";
                @for (name, value) in &terms {
                    @if let Some(text) = field(value) {
                        p.field {
                            label for={ "t-" (name) } { (label(name)) }
                            input #{ "t-" (name) } name={ "t." (name) } value=(text);
                        }
                    }
                }
                p.soft { "They get your terms instead, and agree to them or not." }
                (pin(frame, "edit"))
                button.yes type="submit" { "Send these terms" }
            }
        }
    }
}

/// What a field for this member holds; nothing for what a line cannot hold as it is.
fn field(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| clean(text) == *text),
        Value::Number(number) => Some(number.to_string()).filter(|_| number.is_i64()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn reject(frame: &Frame, view: &ItemView) -> Markup {
    let has_reason = view.kind == "incoming";
    html! {
        details {
            summary { "Reject" }
            form method="post" action={ "/item/" (view.id) "/reject" } {
                (about(frame, view))
                @if has_reason { (reply("reply-reject", "Your reason (they read it; it may be empty)")) }
                @else if view.kind == RENEWAL { p.soft { "The key ends as it would. You are not asked again." } }
                @else { p.soft { "They are told nothing." } }
                button.no type="submit" { "Reject" }
            }
        }
    }
}

fn snooze(frame: &Frame, view: &ItemView, now: Timestamp) -> Markup {
    html! {
        details {
            summary { "Snooze" }
            form method="post" action={ "/item/" (view.id) "/snooze" } {
                (about(frame, view))
                p.buttons { @for later in laters(now, view.expires_at) {
                    button type="submit" name="later" value=(later.name) { (later.said) }
                } }
                p.field {
                    label for="until" { "Or until" }
                    input #until type="datetime-local" name="until";
                }
                button type="submit" { "Snooze until then" }
            }
        }
    }
}

fn block(frame: &Frame, view: &ItemView) -> Markup {
    html! {
        @if view.verified && view.kind != RENEWAL {
            details {
                summary { "Block" }
                form method="post" action={ "/item/" (view.id) "/block" } {
                    (about(frame, view))
                    p { "Nothing of theirs is let in any more, and everything of theirs that waits here goes away. They are not told." }
                    button.no type="submit" { "Block them" }
                }
            }
        }
    }
}
