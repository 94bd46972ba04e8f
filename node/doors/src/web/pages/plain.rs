//! Pages for whoever is not in, and for what went wrong.

use ai2ai_api::exit::Failure;
use ai2ai_api::text::clean;
use maud::{Markup, html};

use super::document;

fn plain(title: &str, words: &Markup) -> Markup {
    let head = html! { header.top { p.brand { a href="/" { "ai2ai" } } } };
    document(title, &head, &html! { h1 { (title) } (words) })
}

fn how_to_open() -> Markup {
    html! { p { "On this machine, in a terminal: " code { "ai2ai open" } } }
}

/// Nobody is in.
pub(crate) fn outside() -> Markup {
    plain("These pages are closed", &html! { p { "Only their owner can open them." } (how_to_open()) })
}

/// The link lets nobody in.
pub(crate) fn link_used() -> Markup {
    let words = html! {
        p { "A link works once, and for a minute. If it was not you who used it, see " code { "ai2ai audit" } "." }
        (how_to_open())
    };
    plain("This link opens nothing any more", &words)
}

/// The owner left.
pub(crate) fn closed() -> Markup {
    plain("Closed", &html! { p { "Your node goes on. Nothing was decided." } (how_to_open()) })
}

/// A form without what ours bring.
pub(crate) fn not_our_form() -> Markup {
    let words = html! { p { "Nothing was done: the form did not come from a page that is open here." }
    p { a href="/" { "Back to the inbox" } } };
    plain("Not our form", &words)
}

/// An address that leads nowhere.
pub(crate) fn nothing_here() -> Markup {
    plain("Nothing is here", &html! { p { a href="/" { "Back to the inbox" } } })
}

/// What went wrong, and what to do.
pub(crate) fn trouble(failure: &Failure) -> Markup {
    plain("That did not work", &html! { (alert(failure)) p { a href="/" { "Back to the inbox" } } })
}

/// What went wrong, as a note on a page.
pub(crate) fn alert(failure: &Failure) -> Markup {
    html! {
        div.alert role="alert" {
            p { strong { (clean(&failure.message)) } }
            @if let Some(hint) = &failure.hint { p { (clean(hint)) } }
        }
    }
}
