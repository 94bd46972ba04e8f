//! Messages of ours and drafts of the agent's, found by the beginning of their id.

use ai2ai_protocol::id::MessageId;
use ai2ai_store::View;
use ai2ai_store::inbox::{self, AnyItem, ItemKind};
use ai2ai_store::outbox::{self, OutboxRow};
use ai2ai_store::wire::Wire;

use crate::error::{Named, UnknownId, WhyUnknown};
use crate::lookup::prefix::{CANDIDATES, only, range};
use crate::txn::Step;

/// Finds the message of ours that this id, or unique prefix of four characters or more, names.
///
/// # Errors
/// [`UnknownId`]; or the database failed.
pub fn message(tx: &impl View, id: &str) -> Step<OutboxRow> {
    let unknown = |why| UnknownId::new(Named::Message, id, why);
    if let Ok(whole) = id.parse::<MessageId>() {
        return Ok(outbox::get(tx, &whole)?.ok_or_else(|| unknown(WhyUnknown::WholeAbsent))?);
    }
    let (first, last) = range(id).map_err(unknown)?;
    let matches = outbox::range(tx, &first, &last, CANDIDATES)?;
    Ok(only(matches).map_err(unknown)?)
}

/// Finds the agent's draft that this id, or unique prefix of four characters or more, names: an item of its own, or the answer
/// that it suggested to one.
///
/// # Errors
/// [`UnknownId`]: several have it; or the database failed.
pub fn draft(tx: &impl View, id: &str) -> Step<Option<AnyItem>> {
    let Ok((first, last)) = range(id) else { return Ok(None) };
    let mut named = inbox::range(tx, &first, &last, usize::MAX)?;
    named.retain(is_draft);
    match named.len() {
        0 | 1 => Ok(named.pop()),
        many => Err(UnknownId::new(Named::Draft, id, WhyUnknown::Several(many)).into()),
    }
}

fn is_draft(item: &AnyItem) -> bool {
    match item {
        Wire::Native(item) => match item.kind {
            ItemKind::Draft => true,
            ItemKind::Incoming => item.draft.is_some(),
            ItemKind::ContactRequest | ItemKind::Renewal => false,
        },
        Wire::Legacy(item) => item.draft.is_some(),
    }
}
