//! The forms that decide one thing that waits.

use ai2ai_api::forget::Forget;
use ai2ai_api::snooze_times::laters;
use ai2ai_api::text::clean;
use ai2ai_api::views::{CANCELLED, ItemView, RENEWAL, UNVERIFIED};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::time::Timestamp;
use maud::{Markup, html};
use serde_json::Value;

use super::PageFrame;
use super::text::{label, said};

/// The most bytes of words that go with a decision.
const WORDS_BYTES: usize = 2_000;

/// All of them: the one that says yes, or notes; and the others.
pub(crate) fn forms(frame: &PageFrame, view: &ItemView, now: Timestamp) -> Markup {
    html! {
        @if view.kind == CANCELLED { (noted(frame, view)) } @else { (approve(frame, view)) }
        div.others {
            (edit(frame, view))
            @if view.kind != CANCELLED { (reject(frame, view)) }
            (snooze(frame, view, now))
            (block(frame, view))
        }
    }
}

/// Whether it asks to forget what was said: approving that erases it, and nobody is answered.
fn asks_to_forget(view: &ItemView) -> bool {
    let asked = view
        .came_in
        .as_ref()
        .filter(|_| view.kind == "incoming")
        .and_then(|message| Forget::asked_in(message.kind, &message.intent.parse().ok()?, &message.payload));
    asked.is_some()
}

/// What every form about an item brings.
fn about(frame: &PageFrame, view: &ItemView) -> Markup {
    html! { (frame.hidden()) input type="hidden" name="digest" value=(view.digest); }
}

pub(crate) fn pin(frame: &PageFrame, form: &str) -> Markup {
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
fn noted(frame: &PageFrame, view: &ItemView) -> Markup {
    html! {
        form.approve method="post" action={ "/item/" (view.id) "/reject" } {
            (about(frame, view))
            button.yes type="submit" { "Noted" }
        }
    }
}

fn approve(frame: &PageFrame, view: &ItemView) -> Markup {
    let is_menu = view.sends.is_none() && !view.choices.is_empty();
    let yes = match view.kind.as_str() {
        "contact_request" => "Let them in",
        _ if is_menu => "Offer this time",
        _ if asks_to_forget(view) => "Erase it",
        "incoming" | UNVERIFIED if view.sends.is_none() => "Noted",
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
            @if view.kind == "incoming" && view.sends.is_none() && !is_menu && !asks_to_forget(view) {
                (reply("reply-approve", "Your answer (or leave it empty)"))
            }
            (pin(frame, "approve"))
            button.yes type="submit" { (yes) }
        }
    }
}

/// A field for words that go with a decision.
pub(crate) fn reply(id: &str, label: &str) -> Markup {
    html! {
        p.field {
            label for=(id) { (label) }
            textarea #(id) name="reply" rows="2" maxlength=(WORDS_BYTES) {}
        }
    }
}

/// The terms that can be edited before they are approved: those that stand or would be sent; or those of the first time that
/// is proposed.
pub(crate) fn editable(view: &ItemView) -> Option<Object> {
    if let Some(terms) = view.terms.as_ref().filter(|_| view.sends_kind != Some(Kind::Inform)) {
        return Some(terms.clone());
    }
    let time = view.choices.first()?;
    let menu = &view.came_in.as_ref()?.payload;
    let kept =
        ["subject", "minutes", "place"].into_iter().filter_map(|name| Some((name.to_owned(), menu.get(name)?.clone())));
    Some(kept.chain([("time".to_owned(), Value::from(time.as_str()))]).collect())
}

fn edit(frame: &PageFrame, view: &ItemView) -> Markup {
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
pub(crate) fn field(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| clean(text) == *text),
        Value::Number(number) => Some(number.to_string()).filter(|_| number.is_i64()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn reject(frame: &PageFrame, view: &ItemView) -> Markup {
    let has_reason = view.kind == "incoming" && !asks_to_forget(view);
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

fn snooze(frame: &PageFrame, view: &ItemView, now: Timestamp) -> Markup {
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

fn block(frame: &PageFrame, view: &ItemView) -> Markup {
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
