//! The commands that change keys: another key for the agent, another PIN for the owner.
//!
//! A node that has a new key begins anew: nothing of the old one is left in it. What it does then it also does after a crash, for
//! what was told of which key is remembered.

use ai2ai_api::audit::{AuditAction, AuditOutcome};
use ai2ai_api::exit::Failure;
use ai2ai_api::requests;
use ai2ai_api::views::{KeysView, View as _};
use ai2ai_core::audit;
use ai2ai_home::identity::{Identity, change_pin};
use ai2ai_home::tokens;

use crate::call::{Call, Handler, Lines};
use crate::upkeep::renewal::renew;

/// Gives the agent a new key. Where the old one was stolen, the doors have new tokens, too.
impl Handler for requests::RotateKeys {
    async fn handle(self, call: &Call) -> Lines {
        let Self { stolen, pin } = self;
        let what = if stolen { &AuditAction::RevokeKeys } else { &AuditAction::RotateKeys };
        let owner = call.unlock(what, pin).await?;
        let context = &call.context;
        let view = renew(context, &owner, what, context.owner_key_file.factor()).await?;
        if stolen {
            tokens::write_both(context.owner_key_file.paths(), &mut rand::rng())?;
        }
        context.anew.notify_one();
        Ok(vec![view.line()])
    }
}

/// Seals the owner key with another PIN.
impl Handler for requests::ChangePin {
    async fn handle(self, call: &Call) -> Lines {
        let Self { old, new } = self;
        let owner = call.unlock(&AuditAction::Pin, old).await?;
        let context = &call.context;
        let paths = context.owner_key_file.paths().clone();
        let sealed = move || change_pin(&paths, &owner, &new, &mut rand::rng());
        tokio::task::spawn_blocking(sealed).await.map_err(Failure::internal)??;
        let factor = context.owner_key_file.factor();
        context
            .transact(move |txn| audit::record(txn, &AuditAction::Pin, None, None, factor, &AuditOutcome::Done))
            .await?;
        let view = KeysView::from(&Identity::load(context.owner_key_file.paths())?);
        context.anew.notify_one();
        Ok(vec![view.line()])
    }
}
