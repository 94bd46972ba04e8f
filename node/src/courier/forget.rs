//! Forgetting: what was said is erased here, and the other side can be asked to do the same.
//!
//! What was answered to each envelope is kept until it ends by itself, so that nothing that was forgotten comes back
//! as new. A request from the other side erases nothing: it waits for the owner like anything else that came in.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::{Content, Kind};
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::name::Intent;
use ai2ai_store::contacts::ContactRow;
use ai2ai_store::conversations::{self, ConversationRow};
use ai2ai_store::inbox::{self, ItemRow};
use ai2ai_store::{View as Tables, cards, contacts, held, messages, meta, outbox};
use serde_json::Value;

use super::commands::Asked;
use super::people::contact;
use super::show;
use super::turn::{Step, Turn};
use super::words::Words;
use crate::exit::{Exit, Failure};
use crate::views::{ForgottenView, View as _};

/// The intent of a request to forget.
pub const INTENT: &str = "privacy.forget";
/// Conversations that one turn erases at most, so that others' turns do not wait long.
const AT_ONCE: usize = 64;
/// Conversations that can be erased by approving one request.
const ASKED_FOR: usize = 1_000;
/// Conversations that are looked at before everything with someone is forgotten.
const LOOKED_AT: usize = 100_000;

/// What is to be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forget {
    /// One conversation.
    Conversation(ConversationId),
    /// Everything that was ever said between the two.
    Everything,
}

impl Forget {
    /// As it stands in the payload of a request.
    #[must_use]
    pub fn to_payload(self) -> Object {
        let (name, value) = match self {
            Self::Conversation(id) => ("conversation", id.to_string().into()),
            Self::Everything => ("everything", true.into()),
        };
        Object::from_iter([(name.to_owned(), value)])
    }

    /// What a request asks for; nothing when it is no such request, or asks for something else.
    #[must_use]
    pub fn asked_in(kind: Kind, intent: &Intent, payload: &Object) -> Option<Self> {
        if kind != Kind::Inform || intent.as_str() != INTENT {
            return None;
        }
        match (payload.get("conversation"), payload.get("everything")) {
            (Some(Value::String(id)), None) => id.parse().ok().map(Self::Conversation),
            (None, Some(Value::Bool(true))) => Some(Self::Everything),
            _ => None,
        }
    }

    /// In words, for a list.
    #[must_use]
    pub fn summary(self) -> String {
        match self {
            Self::Conversation(id) => format!("asks you to forget conversation {id}"),
            Self::Everything => "asks you to forget everything that was said between you".to_owned(),
        }
    }
}

/// What an item that came in asks to forget.
pub(super) fn asked_by(content: &Content) -> Option<Forget> {
    Forget::asked_in(content.kind(), content.intent(), content.payload())
}

/// What was erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Erased {
    /// Conversations.
    pub conversations: u64,
    /// Messages in them.
    pub messages: u64,
}

/// How a contact or a conversation is forgotten.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Whether the other side is asked to forget it too.
    pub ask_them: bool,
    /// Whether it is erased although something in it is not settled.
    pub unresolved: bool,
}

impl Turn<'_, '_> {
    /// Erases a conversation: its messages, its agreement, what waits in it and what is on its way.
    ///
    /// Refused with `unresolved` while an act of ours that closes it has no answer, or something of ours is still to
    /// be delivered: after that nobody here would know how it ended.
    pub fn forget_conversation(&mut self, id: &str, manner: Manner) -> Step<ForgottenView> {
        let row = show::conversation(self.tx, id)?;
        if !manner.unresolved {
            self.check_settled(&row)?;
        }
        let known = contacts::get(self.tx, &row.with)?;
        let name = known.as_ref().map_or_else(|| row.with.short(), |known| known.name.clone());
        let asked = match (manner.ask_them, known) {
            (true, Some(known)) => {
                let words = Words::forget(Forget::Conversation(row.id).to_payload());
                let of_its_own = self.new_conversation();
                Some(self.say(&known, of_its_own, words, None)?.id)
            }
            (true, None) => return Err(nobody_to_ask().into()),
            (false, _) => None,
        };
        let erased = self.erase(&row)?;
        self.audit_said("forget_conversation", row.with, None, "typed", asked)?;
        Ok(erased.view(row.with, name, Some(row.id), asked))
    }

    /// Begins to forget everything of a contact: checks that it can be, and asks the other side if that is wanted.
    fn begin_to_forget(&mut self, who: &str, manner: Manner) -> Step<(ContactRow, Option<MessageId>, ConversationId)> {
        let with = contact(self.tx, who)?;
        if !manner.unresolved {
            for row in conversations::with(self.tx, &with.did, LOOKED_AT)? {
                self.check_settled(&row)?;
            }
        }
        let of_its_own = self.new_conversation();
        let words = Words::forget(Forget::Everything.to_payload());
        let asked = if manner.ask_them { Some(self.say(&with, of_its_own, words, None)?.id) } else { None };
        Ok((with, asked, of_its_own))
    }

    /// Erases some of the conversations with someone, but for one.
    pub fn forget_some(&mut self, with: &Did, but: Option<&ConversationId>) -> Step<Erased> {
        let mut erased = Erased::default();
        let rows = conversations::with(self.tx, with, AT_ONCE + 1)?;
        for row in rows.iter().filter(|row| Some(&row.id) != but).take(AT_ONCE) {
            erased.add(self.erase(row)?);
        }
        Ok(erased)
    }

    /// Drops a contact with all that is left of them. Their card stays while a request to them is to be delivered.
    fn drop_contact(&mut self, with: &Did, keeps_card: bool) -> Step<()> {
        for item in inbox::of_contact(self.tx, with)? {
            inbox::remove(self.tx, &item.id)?;
        }
        held::remove_of(self.tx, with)?;
        contacts::remove(self.tx, with)?;
        if !keeps_card {
            cards::remove(self.tx, with)?;
        }
        self.audit("forget_everything", Some(*with), None, "typed", "done")
    }

    /// What an item asks to be erased: nothing but what was said with whoever asks, and is settled.
    pub(super) fn to_forget(&self, item: &ItemRow, asked: Forget) -> Step<Vec<ConversationRow>> {
        let rows = match asked {
            Forget::Conversation(id) => conversations::get(self.tx, &id)?.into_iter().collect(),
            Forget::Everything => conversations::with(self.tx, &item.with, ASKED_FOR + 1)?,
        };
        if rows.len() > ASKED_FOR {
            return Err(too_many(&item.with).into());
        }
        let theirs: Vec<ConversationRow> =
            rows.into_iter().filter(|row| row.with == item.with && Some(row.id) != item.conversation).collect();
        for row in &theirs {
            self.check_settled(row)?;
        }
        Ok(theirs)
    }

    /// The owner agreed to what an item asks.
    pub(super) fn forget_as_asked(&mut self, item: &ItemRow, rows: &[ConversationRow], factor: &str) -> Step<()> {
        for row in rows {
            self.erase(row)?;
        }
        let outcome = if rows.is_empty() { "nothing to forget" } else { "done" };
        self.audit("forget_as_asked", Some(item.with), Some(item.id), factor, outcome)
    }

    fn check_settled(&self, row: &ConversationRow) -> Step<()> {
        let unresolved = |message: String| {
            Failure::new(Exit::Refused, "unresolved", message)
                .hint("Nothing was erased. Wait, or erase it all the same: `ai2ai forget … --unresolved`")
        };
        if row.machine.at(self.now).pending().is_some_and(|pending| pending.act.closes()) {
            let message = format!("your last act in {} is not answered yet: they may have accepted it", row.id);
            return Err(unresolved(message).into());
        }
        if under_way(self.tx, self.me.did(), &row.id)? {
            return Err(unresolved(format!("something of yours in {} is still on its way", row.id)).into());
        }
        Ok(())
    }

    fn erase(&mut self, row: &ConversationRow) -> Step<Erased> {
        let said = messages::remove_of(self.tx, &row.id)?;
        for (_, id) in said.iter().filter(|(sender, _)| sender == self.me.did()) {
            outbox::remove(self.tx, id)?;
        }
        while let Some(item) = inbox::of_conversation(self.tx, &row.id)? {
            inbox::remove(self.tx, &item.id)?;
        }
        conversations::remove(self.tx, &row.id)?;
        meta::pack_at_next_opening(self.tx)?;
        self.tell("forgotten", format!("{} is erased", row.id), Some(row.with), Some(row.id));
        Ok(Erased { conversations: 1, messages: said.len() as u64 })
    }
}

impl Erased {
    fn add(&mut self, more: Self) {
        self.conversations += more.conversations;
        self.messages += more.messages;
    }

    fn view(
        self,
        did: Did,
        with: String,
        conversation: Option<ConversationId>,
        asked: Option<MessageId>,
    ) -> ForgottenView {
        let Self { conversations, messages } = self;
        ForgottenView { did, with, conversation, conversations, messages, asked }
    }
}

/// Whether a message of ours in this conversation is still to be delivered.
fn under_way(tx: &impl Tables, me: &Did, conversation: &ConversationId) -> Step<bool> {
    for message in messages::of(tx, conversation)?.iter().filter(|message| message.sender == *me) {
        if outbox::get(tx, &message.id)?.is_some_and(|row| !row.delivery.state().is_over()) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn too_many(with: &Did) -> Failure {
    Failure::new(Exit::Refused, "over_budget", format!("you have more than {ASKED_FOR} conversations with them"))
        .hint(format!("Nothing was erased. To erase them all: ai2ai forget {with} --everything"))
}

fn nobody_to_ask() -> Failure {
    Failure::new(Exit::Unknown, "unknown_contact", "they are no contact, so they cannot be asked")
        .hint("Nothing was erased. Leave out --ask-them.")
}

type Lines = Result<Vec<Value>, Failure>;

/// The command that erases a conversation.
pub(super) async fn conversation(asked: &Asked, id: String, manner: Manner) -> Lines {
    let view = asked.reach.turn(move |turn| turn.forget_conversation(&id, manner)).await?;
    Ok(vec![view.line()])
}

/// Forgets a contact, and with `all` everything that was said with them.
pub(super) async fn someone(asked: &Asked, who: String, all: bool, manner: Manner) -> Lines {
    if all { everything(asked, who, manner).await } else { contact_only(asked, who).await }
}

/// The command that drops a contact, and nothing that was said.
async fn contact_only(asked: &Asked, who: String) -> Lines {
    let row = asked.reach.turn(move |turn| turn.forget(&who)).await?;
    Ok(vec![show::contact_view(row, None).line()])
}

/// The command that erases everything of a contact, some conversations at a time, the contact last: interrupted, it can
/// be typed again.
async fn everything(asked: &Asked, who: String, manner: Manner) -> Lines {
    let reach = &asked.reach;
    let (row, request, request_in) = reach.turn(move |turn| turn.begin_to_forget(&who, manner)).await?;
    let (did, mut erased) = (row.did, Erased::default());
    loop {
        let some = reach.turn(move |turn| turn.forget_some(&did, Some(&request_in))).await?;
        erased.add(some);
        if some == Erased::default() {
            break;
        }
    }
    reach.turn(move |turn| turn.drop_contact(&did, request.is_some())).await?;
    Ok(vec![erased.view(did, row.name, None, request).line()])
}
