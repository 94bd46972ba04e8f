//! Audit: what was decided or refused, and by which factor, for the owner to read.

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
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
    what: &AuditAction,
    who: Option<Did>,
    item: Option<ItemId>,
    factor: &AuditFactor,
    outcome: &AuditOutcome,
) -> Step<()> {
    append(txn, what, who, item, factor, outcome, None)
}

/// Keeps a line of the audit about something that was decided; and what was said by it, if anything was.
///
/// # Errors
/// When the database fails.
pub(crate) fn record_message(
    txn: &mut Txn<'_, '_>,
    what: &AuditAction,
    who: Did,
    item: Option<ItemId>,
    factor: &AuditFactor,
    said: Option<MessageId>,
) -> Step<()> {
    append(txn, what, Some(who), item, factor, &AuditOutcome::Done, said)
}

fn append(
    txn: &mut Txn<'_, '_>,
    what: &AuditAction,
    who: Option<Did>,
    item: Option<ItemId>,
    factor: &AuditFactor,
    outcome: &AuditOutcome,
    message: Option<MessageId>,
) -> Step<()> {
    let row = AuditRow {
        at: txn.now,
        what: what.to_string(),
        who,
        item,
        factor: factor.to_string(),
        outcome: outcome.to_string(),
        message,
    };
    audit::append(txn.tx, &row)?;
    Ok(())
}
