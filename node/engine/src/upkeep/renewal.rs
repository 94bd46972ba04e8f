//! Renewal of an agent's key before its delegation ends: by itself where no PIN is needed for it; else the owner is asked once for
//! each delegation, as an item like any other.

use std::time::Duration;

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_api::views::{DecisionView, KeysView};
use ai2ai_core::audit;
use ai2ai_core::context::Me;
use ai2ai_core::decisions::decide;
use ai2ai_core::inbox::renewal::{self, ends_soon, was_asked};
use ai2ai_home::identity::{Identity, renew_agent_key};
use ai2ai_protocol::key::OwnerKey;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::inbox::ItemRow;

use crate::call::Call;
use crate::context::Context;

/// Time before the end of its delegation at which an agent's key is renewed by itself, where no PIN is needed for it.
const RENEWED_BEFORE: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Asks the owner, where only they can renew a key that ends soon.
pub(crate) async fn ask_in_time(context: &Context) -> Result<(), Failure> {
    if !ends_soon(&context.me, now()) {
        return Ok(());
    }
    let sequence = context.me.sender.delegation.sequence();
    if context.storage.look(move |tx| was_asked(tx, sequence)).await? {
        return Ok(());
    }
    context.transact(renewal::ask).await
}

/// Renews the key, as this item says that the owner approved as it was shown.
pub(crate) async fn approve(call: &Call, item: ItemRow, owner: &OwnerKey) -> Result<DecisionView, Failure> {
    let context = &call.context;
    // What was renewed meanwhile by `ai2ai keys rotate` is not renewed twice: the item only goes.
    let on_disk = Identity::load(context.owner_key_file.paths())?.sender.delegation;
    let factor = context.owner_key_file.factor();
    if on_disk.sequence() == context.me.sender.delegation.sequence() {
        renew(context, owner, &AuditAction::RotateKeys, factor).await?;
    }
    let decided = context.transact(move |txn| decide::approve_renewal(txn, &item, factor)).await?;
    context.anew.notify_one();
    Ok(decided)
}

/// Gives the agent a new key; the node has it once it begins anew.
pub(crate) async fn renew(
    context: &Context,
    owner: &OwnerKey,
    what: &'static AuditAction,
    factor: &'static AuditFactor,
) -> Result<KeysView, Failure> {
    let paths = context.owner_key_file.paths();
    renew_agent_key(paths, owner, now(), &mut rand::rng())?;
    context.transact(move |txn| audit::record(txn, what, None, None, factor, &AuditOutcome::Done)).await?;
    Ok(KeysView::from(&Identity::load(paths)?))
}

/// Renews a key that ends soon, where the owner key is not sealed. Where it is, the owner is asked in time.
pub(crate) async fn renew_in_time(context: &Context) -> Result<(), Failure> {
    if !renews_itself(&context.me, now()) {
        return Ok(());
    }
    let file = Identity::load(context.owner_key_file.paths())?.sender.delegation;
    if file.sequence() == context.me.sender.delegation.sequence() {
        let (owner, _) = context.owner_key_file.open(None).await?;
        renew(context, &owner, &AuditAction::RotateKeys, &AuditFactor::InTime).await?;
    }
    context.anew.notify_one();
    Ok(())
}

/// Returns whether the agent's key ends soon, and needs no PIN to be renewed.
fn renews_itself(me: &Me, now: Timestamp) -> bool {
    !me.has_pin && now + RENEWED_BEFORE >= me.sender.delegation.not_after()
}
