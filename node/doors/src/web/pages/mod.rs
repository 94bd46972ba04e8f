//! The pages, as markup. Nothing here asks or decides: what is shown comes in, and goes out escaped.

mod forms;
mod inbox;
mod item;
mod people;
mod plain;
mod post;
mod talk;
mod text;

use ai2ai_api::text::clean;
use maud::{DOCTYPE, Markup, html};
use zeroize::Zeroizing;

pub(crate) use forms::{editable, field};
pub(crate) use inbox::inbox;
pub(crate) use item::item;
pub(crate) use people::people;
pub(crate) use plain::{closed, link_used, not_our_form, nothing_here, outside, trouble};
pub(crate) use post::{doctor, outbox};
pub(crate) use talk::{agreements, conversation, conversations};

/// The places that the navigation leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NavigationPlace {
    Inbox,
    Conversations,
    Agreements,
    People,
    Outbox,
    Doctor,
}

/// Each place with its path and its name.
const PLACES: [(NavigationPlace, &str, &str); 6] = [
    (NavigationPlace::Inbox, "/", "Inbox"),
    (NavigationPlace::Conversations, "/conversations", "Conversations"),
    (NavigationPlace::Agreements, "/agreements", "Agreements"),
    (NavigationPlace::People, "/people", "People"),
    (NavigationPlace::Outbox, "/outbox", "Outbox"),
    (NavigationPlace::Doctor, "/doctor", "Doctor"),
];

/// What stands around a page.
pub(crate) struct PageFrame {
    /// Where it is.
    pub(crate) place: NavigationPlace,
    /// Whose node it is.
    pub(crate) human: String,
    /// How many items wait.
    pub(crate) pending: usize,
    /// Whether decisions need the PIN.
    pub(crate) has_pin: bool,
    /// What every form has to bring.
    pub(crate) form: Zeroizing<String>,
}

impl PageFrame {
    /// A page with this title.
    fn page(&self, title: &str, main: &Markup) -> Markup {
        let title = if self.pending > 0 { format!("({}) {title}", self.pending) } else { title.to_owned() };
        let head = html! {
            header.top {
                p.brand { a href="/" { "ai2ai" } span.owner { (clean(&self.human)) } }
                nav aria-label="Main" {
                    ul {
                        @for (place, path, name) in PLACES {
                            li { a href=(path) aria-current=[(place == self.place).then_some("page")] {
                                (name)
                                @if place == NavigationPlace::Inbox && self.pending > 0 {
                                    " " span.count aria-label={ (self.pending) " waiting" } { (self.pending) }
                                }
                            } }
                        }
                    }
                }
                form.lock method="post" action="/close" {
                    (self.hidden())
                    button.quiet type="submit" title="Close these pages in this browser" { "Lock" }
                }
            }
            p #changed role="status" hidden { "Something has changed. " a href="" { "Show it" } }
        };
        document(&title, &head, main)
    }

    /// What every form has to bring, where nobody sees it.
    fn hidden(&self) -> Markup {
        html! { input type="hidden" name="form" value=(self.form.as_str()); }
    }
}

/// A whole document.
fn document(title: &str, head: &Markup, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · ai2ai" }
                link rel="stylesheet" href="/style.css";
                link rel="icon" href="/icon.svg";
                script src="/live.js" defer {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                (head)
                main #main tabindex="-1" { (main) }
            }
        }
    }
}

#[cfg(test)]
mod tests;
