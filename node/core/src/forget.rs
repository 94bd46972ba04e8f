//! Forgetting: erases what was said here, and asks the other side to do the same.
//!
//! What was answered to each envelope is kept until it ends by itself, so that nothing that was forgotten comes back
//! as new. A request from the other side erases nothing: it waits for the owner like anything else that came in.

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::event_name::EventName;
use ai2ai_api::forget::Forget;
use ai2ai_api::views::ForgottenView;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_store::contacts::{self, ContactRow};
use ai2ai_store::conversations::{self, ConversationRow};
use ai2ai_store::inbox::{self, ItemRow};
use ai2ai_store::{View as Tables, cards, kv, messages, outbox, quarantine};

use crate::audit;
use crate::content::Words;
use crate::error::ForgetError;
use crate::inbound::limits;
use crate::lookup;
use crate::lookup::conversation::find;
use crate::outbound::compose;
use crate::people::mandates;
use crate::txn::{Step, Txn};

/// Conversations that one transaction erases at most, so that others do not wait long.
const AT_ONCE: usize = 64;
/// Conversations that can be erased by approving one request.
const ASKED_FOR: usize = 1_000;
/// Conversations that are looked at before everything with someone is forgotten.
const LOOKED_AT: usize = 100_000;

/// Counts of what was erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Erased {
    /// Conversations.
    pub conversations: u64,
    /// Messages in them.
    pub messages: u64,
}

/// Options of forgetting a contact or a conversation.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Ask the other side to forget it too.
    pub ask_them: bool,
    /// Erase it although something in it is not settled.
    pub unresolved: bool,
}

/// Erases a conversation: its messages, its agreement, what waits in it and what is on its way.
///
/// Refused while an act of ours that closes it has no answer, or something of ours is still to
/// be delivered: after that nobody here would know how it ended.
///
/// # Errors
/// Refused by a room that it calls; or the database failed.
pub fn conversation(txn: &mut Txn<'_, '_>, id: &str, manner: Manner) -> Step<ForgottenView> {
    let row = find(txn.tx, id)?;
    if !manner.unresolved {
        check_settled(txn, &row)?;
    }
    let known = contacts::get(txn.tx, &row.with)?;
    let name = known.as_ref().map_or_else(|| row.with.short(), |known| known.name.clone());
    let asked = match (manner.ask_them, known) {
        (true, Some(known)) => {
            let words = Words::forget(Forget::Conversation(row.id).to_payload());
            let of_its_own = txn.new_conversation();
            Some(compose::say(txn, &known, of_its_own, words, None)?.id)
        }
        (true, None) => return Err(ForgetError::NobodyToAsk.into()),
        (false, _) => None,
    };
    let erased = erase(txn, &row)?;
    audit::record_message(txn, &AuditAction::ForgetConversation, row.with, None, &AuditFactor::Typed, asked)?;
    Ok(erased.view(row.with, name, Some(row.id), asked))
}

/// Forgets a contact. Conversations stay; they are a stranger from now on.
///
/// # Errors
/// `ambiguous_contact` or `unknown_contact`; or the database failed.
pub fn contact(txn: &mut Txn<'_, '_>, who: &str) -> Step<ContactRow> {
    let row = lookup::contact::contact(txn.tx, who)?;
    contacts::remove(txn.tx, &row.did)?;
    mandates::revoke_all_of(txn, &row.did)?;
    limits::forget(txn, &row.did)?;
    audit::record(txn, &AuditAction::Forget, Some(row.did), None, &AuditFactor::Typed, &AuditOutcome::Done)?;
    Ok(row)
}

/// Begins to forget everything of a contact: checks that it can be, and asks the other side if that is wanted.
///
/// # Errors
/// Refused by a room that it calls; or the database failed.
pub fn begin(
    txn: &mut Txn<'_, '_>,
    who: &str,
    manner: Manner,
) -> Step<(ContactRow, Option<MessageId>, ConversationId)> {
    let with = lookup::contact::contact(txn.tx, who)?;
    if !manner.unresolved {
        for row in conversations::with(txn.tx, &with.did, LOOKED_AT)? {
            check_settled(txn, &row)?;
        }
    }
    let of_its_own = txn.new_conversation();
    let words = Words::forget(Forget::Everything.to_payload());
    let asked = if manner.ask_them { Some(compose::say(txn, &with, of_its_own, words, None)?.id) } else { None };
    Ok((with, asked, of_its_own))
}

/// Erases some of the conversations with someone, but for one.
///
/// # Errors
/// When the database fails.
pub fn erase_some(txn: &mut Txn<'_, '_>, with: &Did, but: Option<&ConversationId>) -> Step<Erased> {
    let mut erased = Erased::default();
    let rows = conversations::with(txn.tx, with, AT_ONCE + 1)?;
    for row in rows.iter().filter(|row| Some(&row.id) != but).take(AT_ONCE) {
        erased.add(erase(txn, row)?);
    }
    Ok(erased)
}

/// Drops a contact with all that is left of them. Their card stays while a request to them is to be delivered.
///
/// # Errors
/// When the database fails.
pub fn drop_contact(txn: &mut Txn<'_, '_>, with: &Did, keeps_card: bool) -> Step<()> {
    for item in inbox::of_contact(txn.tx, with)? {
        inbox::remove(txn.tx, &item.id)?;
    }
    quarantine::remove_of(txn.tx, with)?;
    contacts::remove(txn.tx, with)?;
    if !keeps_card {
        cards::remove(txn.tx, with)?;
    }
    audit::record(txn, &AuditAction::ForgetEverything, Some(*with), None, &AuditFactor::Typed, &AuditOutcome::Done)
}

/// Conversations that a request asks to erase: only those with whoever asks, and all of them settled.
///
/// # Errors
/// [`ForgetError`]; or the database failed.
pub(crate) fn requested_rows(txn: &Txn<'_, '_>, item: &ItemRow, asked: Forget) -> Step<Vec<ConversationRow>> {
    let rows = match asked {
        Forget::Conversation(id) => conversations::get(txn.tx, &id)?.into_iter().collect(),
        Forget::Everything => conversations::with(txn.tx, &item.with, ASKED_FOR + 1)?,
    };
    if rows.len() > ASKED_FOR {
        return Err(ForgetError::TooMany { with: item.with, most: ASKED_FOR }.into());
    }
    let theirs: Vec<ConversationRow> =
        rows.into_iter().filter(|row| row.with == item.with && Some(row.id) != item.conversation).collect();
    for row in &theirs {
        check_settled(txn, row)?;
    }
    Ok(theirs)
}

/// Erases what an item asks, to which the owner agreed.
///
/// # Errors
/// When the database fails.
pub(crate) fn erase_requested(
    txn: &mut Txn<'_, '_>,
    item: &ItemRow,
    rows: &[ConversationRow],
    factor: &AuditFactor,
) -> Step<()> {
    for row in rows {
        erase(txn, row)?;
    }
    let outcome = if rows.is_empty() { AuditOutcome::NothingToForget } else { AuditOutcome::Done };
    audit::record(txn, &AuditAction::ForgetAsAsked, Some(item.with), Some(item.id), factor, &outcome)
}

fn check_settled(txn: &Txn<'_, '_>, row: &ConversationRow) -> Step<()> {
    if row.machine.at(txn.now).pending().is_some_and(|pending| pending.act.closes()) {
        return Err(ForgetError::Unanswered(row.id).into());
    }
    if under_way(txn.tx, txn.me.did(), &row.id)? {
        return Err(ForgetError::UnderWay(row.id).into());
    }
    Ok(())
}

fn erase(txn: &mut Txn<'_, '_>, row: &ConversationRow) -> Step<Erased> {
    let said = messages::remove_of(txn.tx, &row.id)?;
    for (_, id) in said.iter().filter(|(sender, _)| sender == txn.me.did()) {
        outbox::remove(txn.tx, id)?;
    }
    while let Some(item) = inbox::of_conversation(txn.tx, &row.id)? {
        inbox::remove(txn.tx, &item.id)?;
    }
    conversations::remove(txn.tx, &row.id)?;
    kv::pack_at_next_opening(txn.tx)?;
    txn.tell(EventName::Forgotten, format!("{} is erased", row.id), Some(row.with), Some(row.id));
    Ok(Erased { conversations: 1, messages: said.len() as u64 })
}

impl Erased {
    /// Counts these as well.
    pub fn add(&mut self, more: Self) {
        self.conversations += more.conversations;
        self.messages += more.messages;
    }

    /// The counts as a door answers with them.
    #[must_use]
    pub fn view(
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

/// Returns whether a message of ours in this conversation is still to be delivered.
fn under_way(tx: &impl Tables, me: &Did, conversation: &ConversationId) -> Step<bool> {
    for message in messages::of(tx, conversation)?.iter().filter(|message| message.sender == *me) {
        if outbox::get(tx, &message.id)?.is_some_and(|row| !row.delivery.state().is_over()) {
            return Ok(true);
        }
    }
    Ok(false)
}
