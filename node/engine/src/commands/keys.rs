//! The commands that change keys: another key for the agent, another PIN for the owner.
//!
//! A node that has a new key begins anew: nothing of the old one is left in it. What it does then it also does after a crash, for
//! what was told of which key is remembered.

use std::time::Duration;

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_api::pin::Pin;
use ai2ai_api::views::{KeysView, View as _};
use ai2ai_core::audit;
use ai2ai_core::context::Me;
use ai2ai_home::identity::{Identity, change_pin, renew_agent_key};
use ai2ai_home::tokens;
use ai2ai_protocol::key::OwnerKey;
use ai2ai_protocol::time::Timestamp;

use crate::commands::{Call, Lines, owner};
use crate::context::Context;

/// Time before the end of its delegation at which an agent's key is renewed by itself, where no PIN is needed for it.
const RENEWED_BEFORE: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Gives the agent a new key. Where the old one was stolen, the doors have new tokens, too.
pub(crate) async fn rotate(call: &Call, stolen: bool, pin: Option<Pin>) -> Lines {
    let what = if stolen { &AuditAction::RevokeKeys } else { &AuditAction::RotateKeys };
    let owner = owner::unlock(call, what, pin).await?;
    let context = &call.context;
    let view = renew(context, &owner, what, context.vault.factor()).await?;
    if stolen {
        tokens::write_both(context.vault.paths(), &mut rand::rng())?;
    }
    context.anew.notify_one();
    Ok(vec![view.line()])
}

/// Seals the owner key with another PIN.
pub(crate) async fn another_pin(call: &Call, old: Option<Pin>, new: Pin) -> Lines {
    let owner = owner::unlock(call, &AuditAction::Pin, old).await?;
    let context = &call.context;
    let paths = context.vault.paths().clone();
    let sealed = move || change_pin(&paths, &owner, &new, &mut rand::rng());
    tokio::task::spawn_blocking(sealed).await.map_err(Failure::internal)??;
    let factor = context.vault.factor();
    context.transact(move |txn| audit::record(txn, &AuditAction::Pin, None, None, factor, &AuditOutcome::Done)).await?;
    let view = KeysView::from(&Identity::load(context.vault.paths())?);
    context.anew.notify_one();
    Ok(vec![view.line()])
}

/// Gives the agent a new key; the node has it once it begins anew.
pub(crate) async fn renew(
    context: &Context,
    owner: &OwnerKey,
    what: &'static AuditAction,
    factor: &'static AuditFactor,
) -> Result<KeysView, Failure> {
    let paths = context.vault.paths();
    renew_agent_key(paths, owner, now(), &mut rand::rng())?;
    context.transact(move |txn| audit::record(txn, what, None, None, factor, &AuditOutcome::Done)).await?;
    Ok(KeysView::from(&Identity::load(paths)?))
}

/// Renews a key that ends soon, where the owner key is not sealed. Where it is, the owner is asked in time.
pub(crate) async fn renew_in_time(context: &Context) -> Result<(), Failure> {
    if !ends_soon(&context.me, now()) {
        return Ok(());
    }
    let file = Identity::load(context.vault.paths())?.sender.delegation;
    if file.sequence() == context.me.sender.delegation.sequence() {
        let (owner, _) = context.vault.open(None).await?;
        renew(context, &owner, &AuditAction::RotateKeys, &AuditFactor::InTime).await?;
    }
    context.anew.notify_one();
    Ok(())
}

fn ends_soon(me: &Me, now: Timestamp) -> bool {
    !me.has_pin && now + RENEWED_BEFORE >= me.sender.delegation.not_after()
}
