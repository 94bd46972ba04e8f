//! What waited for the owner until its time ran out: it goes away, and whoever asked is told that nobody answered.

use ai2ai_protocol::code::Code;
use ai2ai_protocol::notice::{self, Notice, What};
use ai2ai_store::contacts;
use ai2ai_store::inbox::{self, ItemKind, ItemRow};

use super::cancel::is_notice;
use super::decide::came_in;
use super::forget::asked_by;
use super::reading::counts;
use super::turn::{Step, Turn};
use super::words::Words;
use crate::doors::Role;

impl Turn<'_, '_> {
    /// Takes away what can't be decided any more.
    pub fn expire_items(&mut self) -> Step<()> {
        for item in inbox::expired(self.tx, self.now)? {
            inbox::remove(self.tx, &item.id)?;
            self.audit("expire", Some(item.with), Some(item.id), "none", &Code::Expired.to_string())?;
            self.tell_unanswered(&item)?;
        }
        Ok(())
    }

    /// Tells a contact, if the settings allow, that what they sent got no answer: never a stranger or a blocked sender, and not what
    /// became of a request to forget, or that they have called something off: there was nothing to answer.
    fn tell_unanswered(&mut self, item: &ItemRow) -> Step<()> {
        if is_notice(self.tx, item)? {
            return Ok(());
        }
        let contact = contacts::get(self.tx, &item.with)?.filter(|contact| counts(Some(contact), Role::Owner));
        let came_in = came_in(self.tx, item)?.filter(|content| asked_by(content).is_none());
        let (ItemKind::Incoming, Some(content), Some(contact)) = (item.kind, came_in, contact) else { return Ok(()) };
        if !self.me.privacy.tell_when_unanswered {
            return Ok(());
        }
        let told = [Notice { id: content.id(), digest: content.digest(), at: item.expires_at }];
        let conversation = self.new_conversation();
        self.post_quietly(&contact, conversation, Words::receipts(notice::to_payload(What::Unanswered, &told)))
    }
}
