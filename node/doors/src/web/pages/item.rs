//! One thing that waits, whole.

use ai2ai_api::exit::Failure;
use ai2ai_api::text::{brief, clean};
use ai2ai_api::views::{CANCELLED, ItemView, RENEWAL, UNVERIFIED};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::time::Timestamp;
use maud::{Markup, html};

use super::PageFrame;
use super::forms::forms;
use super::plain::alert;
use super::text::{laid_out, long, topic, until};

/// Characters of a name in a heading.
const NAME_SHOWN: usize = 80;

/// The item; `failure` is why it could not be decided just before.
pub(crate) fn item(frame: &PageFrame, view: &ItemView, now: Timestamp, failure: Option<&Failure>) -> Markup {
    let main = html! {
        @if let Some(failure) = failure { (alert(failure)) }
        p.crumb { a href="/" { "← Inbox" } }
        h1 { (heading(view)) }
        (with_whom(view))
        (came_in(view))
        (sends(view))
        section.next aria-label="What happens next" {
            @if let Some(why) = &view.why { p.soft { "It did not go by itself: " (clean(why)) "." } }
            p { (clean(&view.next)) }
            p.soft {
                @if view.kind != CANCELLED { "You can decide until " (until(view.expires_at, now)) ". " }
                (clean(&view.unanswered))
            }
            @if let Some(until) = view.snoozed_until.filter(|until| *until > now) {
                p.soft { "Snoozed until " (long(until)) "." }
            }
        }
        (forms(frame, view, now))
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
                // Where nothing proves who wrote, there is no key to show.
                @if view.kind != UNVERIFIED { br; code.did { (view.did) } }
            } }
            div { dt { "Met" } dd { (met(&view.met)) } }
            div { dt { "Came" } dd { (long(view.made_at)) } }
        }
    }
}

/// How somebody was met, in words.
pub(crate) fn met(how: &str) -> String {
    match how {
        "mdns" => "on your local network".to_owned(),
        "by_hand" => "by an address that you typed".to_owned(),
        "came" => "they connected to you".to_owned(),
        "dns" => "by the DNS records of their domain".to_owned(),
        "https" => "by the card on their web server".to_owned(),
        "invite" => "by an invite".to_owned(),
        "http" => "by the address of their agent, which speaks the original protocol".to_owned(),
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
            @if let Some(words) = beside_terms(view) {
                section.ours aria-label="The words that approving sends beside the terms" {
                    h2 { "Approving also sends this" }
                    (laid_out(&words))
                }
            }
        } @else if let Some(sends) = &view.sends {
            section.ours aria-label="Exactly what approving sends" {
                h2 { "Approving sends exactly this" }
                (laid_out(sends))
            }
        }
    }
}

/// What an approval sends besides the terms that are shown.
fn beside_terms(view: &ItemView) -> Option<Object> {
    let mut words = view.sends.clone()?;
    words.retain(|name, _| !matches!(name.as_str(), "terms" | "terms_hash"));
    Some(words).filter(|words| !words.is_empty())
}
