//! Replies: the content that approving an item, or answering in a conversation, sends.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::conversation::Side;
use ai2ai_protocol::envelope::Content;
use ai2ai_protocol::id::MessageId;
use ai2ai_store::conversations::{self, ConversationRow};
use ai2ai_store::inbox::ItemRow;
use ai2ai_store::{View, messages};

use crate::content::{Reply, Words, times_in};
use crate::error::ReplyError;
use crate::lookup::item::received;
use crate::txn::Step;

/// Content that approving an item with these wishes sends; none for an item that is only noted.
///
/// # Errors
/// When the wishes do not fit the item.
pub fn answer(tx: &impl View, item: &ItemRow, reply: &Reply) -> Step<Option<Words>> {
    let Some(conversation) = &item.conversation else { return Ok(None) };
    let Some(row) = conversations::get(tx, conversation)? else {
        return Ok(edited_draft(item.draft.clone(), reply)?);
    };
    let came_in = received(tx, item)?;
    let to = came_in.as_ref().map(|content| (content.id(), content.payload()));
    if *reply != Reply::default() {
        let accepts_too = reply.terms.is_none() && reply.choose.is_none() && offers(&row, item);
        let reply = Reply { accept: accepts_too, ..reply.clone() };
        return Ok(reply.words(&row, to)?);
    }
    if let Some(draft) = item.draft.clone() {
        return Ok(Words::of_object(draft));
    }
    let menu = came_in.as_ref().map(|content| times_in(content.payload())).unwrap_or_default();
    if offers(&row, item) {
        return Ok(Reply { accept: true, ..Reply::default() }.words(&row, to)?);
    }
    if !menu.is_empty() {
        return Err(ReplyError::ChoiceNeeded { proposed: menu.len() }.into());
    }
    Ok(None)
}

/// Content of a reply in a conversation, to the last of their messages.
///
/// # Errors
/// When it says nothing, or does not fit the conversation.
pub fn reply_in(tx: &impl View, row: &ConversationRow, reply: &Reply) -> Step<Words> {
    let last = messages::last_heard(tx, row)?;
    let content = last.and_then(|message| Content::of_stored(&message.bytes).ok());
    let to = content.as_ref().map(|content| (content.id(), content.payload()));
    check_not_overtaken(reply, content.as_ref().map(Content::id))?;
    let words = reply.words(row, to)?;
    Ok(words.ok_or(ReplyError::Empty)?)
}

/// Checks that a reply answers the last message of theirs. What was said since might have put other times in the places of
/// those that were chosen from, and other terms on the table than those that were accepted.
///
/// # Errors
/// [`ReplyError::Overtaken`].
pub fn check_not_overtaken(reply: &Reply, last: Option<MessageId>) -> Result<(), ReplyError> {
    if reply.after.is_none() || reply.after == last {
        return Ok(());
    }
    Err(ReplyError::Overtaken)
}

/// A draft of the agent's that opens a conversation, with the words or terms that the owner would rather send.
///
/// # Errors
/// When the owner chooses a time: nobody has proposed one to them.
pub fn edited_draft(draft: Option<Object>, reply: &Reply) -> Result<Option<Words>, ReplyError> {
    let Some(mut words) = draft.and_then(Words::of_object) else { return Ok(None) };
    if reply.choose.is_some() {
        return Err(ReplyError::OwnTimes);
    }
    if let Some(terms) = &reply.terms {
        words.payload.insert("terms".to_owned(), terms.clone().into());
        words.payload.remove("proposed_times");
    }
    if let Some(text) = &reply.text {
        words.payload.insert("text".to_owned(), text.as_str().into());
    }
    Ok(Some(words))
}

/// Returns whether the item is about the terms that stand, so that approving means confirming them.
fn offers(row: &ConversationRow, item: &ItemRow) -> bool {
    row.machine.standing().is_some_and(|standing| standing.by == Side::Them && Some(standing.message) == item.message)
}
