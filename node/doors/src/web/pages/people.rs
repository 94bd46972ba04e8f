//! The people whom the owner added, what the agent may say to them by itself, and who is nearby.

use ai2ai_api::text::{brief, clean};
use ai2ai_api::views::{ContactView, MandateView, NearbyView};
use maud::{Markup, html};

use super::PageFrame;
use super::item::met;
use super::text::long;

/// Characters of a name.
const NAME_SHOWN: usize = 80;

/// Contacts, and who is nearby.
pub(crate) fn people(
    frame: &PageFrame,
    contacts: &[ContactView],
    mandates: &[MandateView],
    nearby: &[NearbyView],
) -> Markup {
    let main = html! {
        h1 { "People" }
        @if contacts.is_empty() {
            div.empty { p.big { "You have added nobody yet." } p { "See " code { "ai2ai nearby" } " and " code { "ai2ai invite" } "." } }
        } @else {
            ul.cards { @for contact in contacts { (card(contact, mandates)) } }
        }
        @if !nearby.is_empty() {
            h2 { "Nearby, not added" }
            p.soft { "The names are only what they claim." }
            ul.cards { @for found in nearby { li.theirs {
                p { strong { bdi { (brief(&found.human, NAME_SHOWN)) } } " " span.soft { bdi { (brief(&found.agent, NAME_SHOWN)) } } }
                p { code.did { (found.did) } }
            } } }
        }
    };
    frame.page("People", &main)
}

fn card(contact: &ContactView, mandates: &[MandateView]) -> Markup {
    let theirs = |view: &&MandateView| view.did.is_none_or(|did| did == contact.did);
    let hold = |view: &&MandateView| matches!(view.state.as_str(), "in_force" | "stopped");
    html! {
        li {
            p {
                strong { bdi { (brief(&contact.name, NAME_SHOWN)) } } " "
                @if contact.blocked { span.badge.warn { "blocked" } } @else { span.badge { (contact.trust.as_str()) } }
                @if contact.compared_at.is_some() { " " span.badge.good { "verified in person" } }
            }
            p.soft { bdi { (brief(&contact.agent, NAME_SHOWN)) } " · met " (met(&contact.met)) }
            p.soft {
                @match (&contact.path, contact.last_seen) {
                    (Some(path), _) => { "connected now: " (clean(path)) }
                    (None, Some(seen)) => { "last seen " (long(seen)) }
                    (None, None) => { "not seen yet" }
                }
            }
            @if let Some(fingerprint) = &contact.fingerprint {
                p.soft { "Their agent speaks the original protocol. Its key: " code { (clean(fingerprint)) } }
            }
            @for mandate in mandates.iter().filter(theirs).filter(hold) { (may(mandate)) }
            p { code.did { (contact.did) } }
        }
    }
}

/// What the agent may say by itself, and how much of that is left today.
fn may(mandate: &MandateView) -> Markup {
    html! {
        p.soft {
            "Your agent may say " (clean(&mandate.intents.join(", "))) " by itself" (mandate.limits_in_words()) ", until " (long(mandate.not_after))
            ". Used today: " (mandate.used_in_words()) ". "
            @if mandate.state == "stopped" { "You have stopped it. " }
            code { "ai2ai revoke " (mandate.id) }
        }
    }
}
