//! Twelve words that are the same on both screens: the owner compares them with the other person, and says that they match.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::words;
use ai2ai_store::View;
use ai2ai_store::contacts::{self, ContactRow};

use super::people::contact;
use super::turn::{Step, Turn};
use crate::views::WordsView;

/// The words for this contact.
pub(super) fn words_view(tx: &impl View, me: &Did, who: &str) -> Step<WordsView> {
    Ok(view(contact(tx, who)?, me))
}

impl Turn<'_, '_> {
    /// Notes that the owner compared the words with this contact, and that they match.
    pub fn words_match(&mut self, who: &str) -> Step<WordsView> {
        let row = ContactRow { compared_at: Some(self.now), ..contact(self.tx, who)? };
        contacts::put(self.tx, &row)?;
        self.audit("verify_contact", Some(row.did), None, "typed", "done")?;
        Ok(view(row, self.me.did()))
    }
}

fn view(row: ContactRow, me: &Did) -> WordsView {
    let words = words::of(me, &row.did).map(str::to_owned).into();
    WordsView { did: row.did, name: row.name, words, compared_at: row.compared_at }
}
