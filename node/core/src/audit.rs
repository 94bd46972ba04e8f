//! Audit: what was decided or refused, and by which factor, for the owner to read.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::{ItemId, MessageId};
use ai2ai_store::audit::{self, AuditRow};

use crate::txn::{Step, Txn};

/// Keeps a line of the audit.
///
/// # Errors
/// When the database fails.
pub fn record(
    txn: &mut Txn<'_, '_>,
    what: &str,
    who: Option<Did>,
    item: Option<ItemId>,
    factor: &str,
    outcome: &str,
) -> Step<()> {
    append(txn, what, who, item, factor, outcome, None)
}

/// Keeps a line of the audit about something that was decided; and what was said by it, if anything was.
///
/// # Errors
/// When the database fails.
pub(crate) fn record_message(
    txn: &mut Txn<'_, '_>,
    what: &str,
    who: Did,
    item: Option<ItemId>,
    factor: &str,
    said: Option<MessageId>,
) -> Step<()> {
    append(txn, what, Some(who), item, factor, "done", said)
}

fn append(
    txn: &mut Txn<'_, '_>,
    what: &str,
    who: Option<Did>,
    item: Option<ItemId>,
    factor: &str,
    outcome: &str,
    message: Option<MessageId>,
) -> Step<()> {
    let what = what.to_owned();
    let factor = factor.to_owned();
    let outcome = outcome.to_owned();
    audit::append(txn.tx, &AuditRow { at: txn.now, what, who, item, factor, outcome, message })?;
    Ok(())
}
