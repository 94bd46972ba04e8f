//! Items that wait for the owner, found by the beginning of their id; and the messages that they are about.

use ai2ai_api::forget::Forget;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::Content;
use ai2ai_protocol::terms::CANCEL;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::inbox::{self, AnyItem, ItemKind, ItemRow};
use ai2ai_store::wire::Wire;
use ai2ai_store::{View, messages};

use crate::content::is_cancel;
use crate::error::{Named, ShownError, UnknownId};
use crate::lookup::prefix::{CANDIDATES, only, range};
use crate::txn::Step;

/// Finds the item that this id, or unique prefix of four characters or more, names, on whichever wire.
///
/// # Errors
/// Unknown, too short, or ambiguous.
pub fn find(tx: &impl View, id: &str) -> Step<AnyItem> {
    let unknown = |why| UnknownId::new(Named::Item, id, why);
    let (first, last) = range(id).map_err(unknown)?;
    let matches = inbox::range(tx, &first, &last, CANDIDATES)?;
    Ok(only(matches).map_err(unknown)?)
}

/// Finds the item of this id, if it can still be decided and is what was shown.
///
/// # Errors
/// `unknown_item`, `expired` or `item_changed`; or the database failed.
pub fn item_as_shown(tx: &impl View, id: &str, shown: Option<&Digest>, now: Timestamp) -> Step<AnyItem> {
    let item = find(tx, id)?;
    if item.expires_at() <= now {
        return Err(ShownError::Expired(item.id()).into());
    }
    if shown.is_some_and(|shown| *shown != item.digest()) {
        return Err(ShownError::Changed(item.id()).into());
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
        Wire::Legacy(item) => Err(ShownError::NotNative(item.id).into()),
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
