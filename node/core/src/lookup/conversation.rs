//! Conversations, found by the beginning of their id; and the terms that stand in one.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::conversation::Side;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::Content;
use ai2ai_protocol::id::ConversationId;
use ai2ai_store::conversations::{self, ConversationRow};
use ai2ai_store::originals::{self, TalkRow};
use ai2ai_store::wire::Wire;
use ai2ai_store::{View, messages};

use crate::error::{Named, UnknownId, WhyUnknown};
use crate::lookup::prefix::{CANDIDATES, only, range};
use crate::txn::Step;

/// The conversation, or the talk with an agent of the original, that this id or unique prefix of four characters or more names.
///
/// The id of a talk is a digest that nobody can aim at; that of a conversation is whatever its opener chose. So a talk comes first.
///
/// # Errors
/// Unknown, too short, or ambiguous.
pub fn find_any(tx: &impl View, id: &str) -> Step<Wire<ConversationRow, TalkRow>> {
    if let Ok(id) = id.parse::<ConversationId>()
        && let Some(talk) = originals::talk(tx, &id)?
    {
        return Ok(Wire::Legacy(talk));
    }
    let Ok((first, last)) = range(id) else { return find(tx, id).map(Wire::Native) };
    let mut talks = originals::range(tx, &first, &last, CANDIDATES)?;
    let Some(talk) = talks.pop() else { return find(tx, id).map(Wire::Native) };
    match talks.len() + conversations::range(tx, &first, &last, CANDIDATES)?.len() {
        0 => Ok(Wire::Legacy(talk)),
        more => Err(UnknownId::new(Named::Conversation, id, WhyUnknown::Several(more + 1)).into()),
    }
}

/// The native conversation that this id, or unique prefix of four characters or more, names.
///
/// # Errors
/// Unknown, too short, or ambiguous.
pub fn find(tx: &impl View, id: &str) -> Step<ConversationRow> {
    let unknown = |why| UnknownId::new(Named::Conversation, id, why);
    if let Ok(whole) = id.parse::<ConversationId>() {
        return Ok(conversations::get(tx, &whole)?.ok_or_else(|| unknown(WhyUnknown::WholeAbsent))?);
    }
    let (first, last) = range(id).map_err(unknown)?;
    let matches = conversations::range(tx, &first, &last, CANDIDATES)?;
    Ok(only(matches).map_err(unknown)?)
}

/// The text of the terms that stand, out of the message that put them there.
///
/// # Errors
/// When the database fails.
pub fn standing_terms(tx: &impl View, me: &Did, row: &ConversationRow) -> Step<Option<Object>> {
    let Some(standing) = row.machine.standing() else { return Ok(None) };
    let sender = match standing.by {
        Side::Us => me,
        Side::Them => &row.with,
    };
    let message = messages::get(tx, sender, &standing.message)?;
    let content = message.and_then(|message| Content::of_stored(&message.bytes).ok());
    Ok(content.and_then(|content| content.payload().get("terms")?.as_object().cloned()))
}
