//! Items that wait for the owner, found by the beginning of their id; and the messages that they are about.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::forget::Forget;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::Content;
use ai2ai_protocol::terms::CANCEL;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::inbox::{self, AnyItem, ItemKind, ItemRow};
use ai2ai_store::wire::Wire;
use ai2ai_store::{View, messages};

use crate::content::is_cancel;
use crate::lookup::prefix::{CANDIDATES, SHORTEST, range};
use crate::txn::Step;

/// Finds the item that this id, or unique prefix of four characters or more, names, on whichever wire.
///
/// # Errors
/// Unknown, too short, or ambiguous.
pub fn find(tx: &impl View, id: &str) -> Step<AnyItem> {
    let unknown =
        |message: String| Failure::new(Exit::Unknown, ErrorCode::UnknownItem, message).hint("see `ai2ai pending`");
    if id.len() < SHORTEST {
        return Err(unknown(format!("{id:?} is too short for an id; {SHORTEST} characters are needed")).into());
    }
    let (first, last) = range(id).ok_or_else(|| unknown(format!("{id:?} is no beginning of an id")))?;
    let mut matches = inbox::range(tx, &first, &last, CANDIDATES)?;
    match (matches.pop(), matches.len()) {
        (Some(item), 0) => Ok(item),
        (Some(_), more) => Err(unknown(format!("{id:?} fits {} items", more + 1)).into()),
        (None, _) => Err(unknown(format!("nothing that waits has the id {id:?}; it may be decided or expired")).into()),
    }
}

/// Finds the item of this id, if it can still be decided and is what was shown.
///
/// # Errors
/// `unknown_item`, `expired` or `item_changed`; or the database failed.
pub fn item_as_shown(tx: &impl View, id: &str, shown: Option<&Digest>, now: Timestamp) -> Step<AnyItem> {
    let item = find(tx, id)?;
    let gone = item.expires_at() <= now;
    let changed = shown.is_some_and(|shown| *shown != item.digest());
    if gone || changed {
        let (code, message) = if gone {
            (ErrorCode::Expired, "it has expired")
        } else {
            (ErrorCode::ItemChanged, "it has changed since it was shown")
        };
        return Err(Failure::new(Exit::Refused, code, format!("{} was not decided: {message}", item.id()))
            .hint(format!("look at it again: `ai2ai show {}`", item.id()))
            .into());
    }
    Ok(item)
}

/// Finds the native item of this id, if it can still be decided and is what was shown.
///
/// # Errors
/// `unknown_item`, also where an agent of the original brought it, `expired` or `item_changed`; or the database failed.
pub fn native_as_shown(tx: &impl View, id: &str, shown: Option<&Digest>, now: Timestamp) -> Step<ItemRow> {
    match item_as_shown(tx, id, shown, now)? {
        Wire::Native(item) => Ok(item),
        Wire::Legacy(item) => {
            let message = format!("{} was not decided: an agent of the original brought it", item.id);
            Err(Failure::new(Exit::Unknown, ErrorCode::UnknownItem, message).hint("see `ai2ai pending`").into())
        }
    }
}

/// Reads the message of theirs that an item is about.
///
/// # Errors
/// When the database fails.
pub(crate) fn received(tx: &impl View, item: &ItemRow) -> Step<Option<Content>> {
    let Some(message) = &item.message else { return Ok(None) };
    let row = messages::get(tx, &item.with, message)?;
    Ok(row.and_then(|row| Content::of_stored(&row.bytes).ok()))
}

/// Returns whether an item only says that the other side has cancelled: nothing is to be decided on it.
///
/// What came in says so, not what a conversation is about: anybody can open one about anything.
///
/// # Errors
/// When the database fails.
pub(crate) fn is_notice(tx: &impl View, item: &ItemRow) -> Step<bool> {
    let may = item.kind == ItemKind::Incoming && item.draft.is_none();
    let about = item.intent.as_ref().is_some_and(|intent| intent.as_str() == CANCEL);
    if !may || !about {
        return Ok(false);
    }
    Ok(received(tx, item)?.is_some_and(|content| is_cancel(content.kind(), content.intent())))
}

/// Reads the request to forget in a message, if it is one.
pub(crate) fn request_in(content: &Content) -> Option<Forget> {
    Forget::asked_in(content.kind(), content.intent(), content.payload())
}
