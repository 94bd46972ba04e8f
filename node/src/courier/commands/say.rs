//! The commands that say something: in a new conversation, or in one that there is.

use ai2ai_protocol::key::OwnerKey;

use super::{Asked, Lines};
use crate::courier::once::Key;
use crate::courier::people::{contact, with};
use crate::courier::words::{Reply, Words};
use crate::courier::{decide, show};
use crate::doors::Command;
use crate::exit::Failure;
use crate::identity::Pin;
use crate::views::View as _;

impl Asked {
    /// Opens a conversation. What the owner types is approved by the typing; what the agent drafts waits.
    pub(super) async fn open(&self, who: String, words: Result<Words, Failure>, pin: Option<Pin>) -> Lines {
        let words = words?;
        let owner = self.owner_for(&words, pin).await?;
        let (role, once) = (self.role, self.once.clone());
        let sent = self.reach.turn(move |turn| {
            turn.drafted_once(once, |turn| {
                let contact = contact(turn.view(), &who)?;
                let conversation = turn.new_conversation();
                turn.send(role, &contact, conversation, words, owner.as_ref())
            })
        });
        Ok(vec![sent.await?.line()])
    }

    pub(super) async fn reply(&self, conversation: String, reply: Reply, pin: Option<Pin>) -> Lines {
        let owner = if reply.commits() { self.owner_for_reply(&conversation, &reply, pin).await? } else { None };
        let (role, once) = (self.role, self.once.clone());
        let sent = self.reach.turn(move |turn| {
            turn.drafted_once(once, |turn| {
                let row = show::conversation(turn.view(), &conversation)?;
                let words = decide::reply_in(turn.view(), &row, &reply)?;
                let contact = with(turn.view(), &row.with)?;
                turn.send(role, &contact, row.id, words, owner.as_ref())
            })
        });
        Ok(vec![sent.await?.line()])
    }

    /// Does what drafts, unless that was done under this key; then tells what came of it.
    pub(super) async fn draft_once(&self, key: String, draft: Command) -> Lines {
        let once = Some(Key::of(&key, &draft)?);
        Self { once, ..self.clone() }.lines(draft).await
    }

    /// The owner's key for a reply that commits; before it is asked for, the reply is looked at.
    async fn owner_for_reply(
        &self,
        conversation: &str,
        reply: &Reply,
        pin: Option<Pin>,
    ) -> Result<Option<OwnerKey>, Failure> {
        let (conversation, reply) = (conversation.to_owned(), reply.clone());
        let words = self.reach.storage.look(move |tx| {
            let row = show::conversation(tx, &conversation)?;
            decide::reply_in(tx, &row, &reply)
        });
        self.owner_for(&words.await?, pin).await
    }
}
