//! The renewal item: asks the owner for a new agent key, where only the owner can give one.

use std::time::Duration;

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::inbox::{self, ItemKind, ItemRow};
use ai2ai_store::{View, kv};
use serde_json::json;

use crate::context::Me;
use crate::inbox::items;
use crate::txn::{self, Step, Txn};

/// Time before the end of a delegation at which its owner is asked (DESIGN §3).
const ASKED_BEFORE: Duration = Duration::from_secs(7 * 24 * 3_600);
/// Key under which it is stored for which delegation the owner was asked. An answer, a "no" too, is for good.
const ASKED: &str = "asked_to_renew";
/// The item in a line. How long there is stands beside it, and changes every day.
const SUMMARY: &str = "your agent's key ends soon: renew it?";

/// Returns whether the owner was asked about the delegation with this sequence.
///
/// # Errors
/// When the database fails.
pub fn was_asked(tx: &impl View, sequence: u64) -> Step<bool> {
    Ok(kv::get(tx, ASKED)?.is_some_and(|asked| asked == sequence.to_string()))
}

/// Subject of the renewal, so that a decision is bound to it.
fn about(delegation: &Delegation) -> Object {
    let members = [("delegation", json!(delegation.sequence())), ("not_after", json!(delegation.not_after()))];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Puts before the owner that the agent's key ends soon, if it does, only they can renew it, and they were not asked before.
///
/// # Errors
/// When the database fails.
pub fn ask(txn: &mut Txn<'_, '_>) -> Step<()> {
    let sequence = txn.me.sender.delegation.sequence();
    let end = txn.me.sender.delegation.not_after();
    if !ends_soon(txn.me, txn.now) || was_asked(txn.tx, sequence)? {
        return Ok(());
    }
    let item = ItemRow {
        id: txn.new_item(),
        with: *txn.me.did(),
        conversation: None,
        kind: ItemKind::Renewal,
        intent: None,
        message: None,
        draft: Some(about(&txn.me.sender.delegation)),
        summary: SUMMARY.to_owned(),
        digest: Digest::from_bytes([0; 32]),
        made_at: txn.now,
        expires_at: end,
    };
    items::raise(txn, item)?;
    txn::keep_text(txn, ASKED, &sequence.to_string())
}

/// Removes items about a delegation that is not this node's any more.
///
/// # Errors
/// When the database fails.
pub(crate) fn drop_outdated(txn: &mut Txn<'_, '_>) -> Step<()> {
    let current = about(&txn.me.sender.delegation);
    for item in inbox::of_contact(txn.tx, txn.me.did())? {
        if item.kind == ItemKind::Renewal && item.draft.as_ref() != Some(&current) {
            inbox::remove(txn.tx, &item.id)?;
        }
    }
    Ok(())
}

/// Returns whether the agent's key ends soon, and only the owner can renew it.
#[must_use]
pub fn ends_soon(me: &Me, now: Timestamp) -> bool {
    let end = me.sender.delegation.not_after();
    me.has_pin && now < end && now + ASKED_BEFORE >= end
}
