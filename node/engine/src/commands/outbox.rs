//! The commands about messages of ours: what is on its way, and what could not be delivered.

use std::sync::Arc;

use ai2ai_api::command::Role;
use ai2ai_api::requests;
use ai2ai_api::views::View;
use ai2ai_core::error::WithdrawError;
use ai2ai_core::lookup::LISTED;
use ai2ai_core::lookup::message::{draft, message};
use ai2ai_core::outbound::resend;
use ai2ai_core::outbound::withdraw;
use ai2ai_core::txn::{Step, Txn};
use ai2ai_core::view::rows;
use ai2ai_store::outbox::{self, AnyMessage};
use ai2ai_store::wire::Wire;

use crate::call::{Call, Handler, Lines};

/// Lists what is on its way; with `all`, the latest that got there too.
impl Handler for requests::Outbox {
    async fn handle(self, call: &Call) -> Lines {
        let Self { all } = self;
        list(call, move |tx| {
            let mut rows = outbox::all_waiting(tx, LISTED)?;
            if all {
                let latest = outbox::latest(tx, LISTED)?.into_iter();
                rows.extend(latest.filter(|row| row.delivery().next_attempt_at().is_none()));
            }
            Ok(rows)
        })
        .await
    }
}

/// Lists what could not be delivered.
impl Handler for requests::Dead {
    async fn handle(self, call: &Call) -> Lines {
        list(call, |tx| Ok(outbox::dead(tx, LISTED)?)).await
    }
}

async fn list<F>(call: &Call, rows: F) -> Lines
where
    F: FnOnce(&ai2ai_store::Read) -> Step<Vec<AnyMessage>> + Send + 'static,
{
    let me = Arc::clone(&call.context.me);
    let look = move |tx: &ai2ai_store::Read| {
        let view = |row| match row {
            Wire::Native(row) => rows::outbox_view(tx, me.did(), row),
            Wire::Legacy(row) => ai2ai_legacy::view::outbox_view(tx, row),
        };
        rows(tx)?.into_iter().map(|row| Ok(view(row)?.line())).collect()
    };
    call.context.storage.look(look).await
}

/// Sends again what is dead.
impl Handler for requests::DeadRetry {
    async fn handle(self, call: &Call) -> Lines {
        let Self { id, pin } = self;
        let me = *call.context.me.did();
        let look = call.context.storage.look(move |tx| {
            let row = message(tx, &id)?;
            let words = resend::content(tx, &me, &row)?;
            Ok((row.id, words))
        });
        let (id, words) = look.await?;
        let owner = match &words {
            Some(words) => call.owner_for(words, pin).await?,
            None => None,
        };
        let sent = call.context.transact(move |txn| {
            let row = message(txn.view(), &id.to_string())?;
            resend::resend(txn, &row, owner.as_ref())
        });
        Ok(vec![sent.await?.line()])
    }
}

/// Takes back a draft of the agent's, or what the owner said.
impl Handler for requests::Withdraw {
    async fn handle(self, call: &Call) -> Lines {
        let Self { id } = self;
        let role = call.role;
        let withdrawn = call.context.transact(move |txn| withdraw_one(txn, &id, role));
        Ok(vec![withdrawn.await?.line()])
    }
}

fn withdraw_one(txn: &mut Txn<'_, '_>, id: &str, role: Role) -> Step<ai2ai_api::views::WithdrawnView> {
    match (draft(txn.view(), id)?, role) {
        (Some(Wire::Native(item)), _) => withdraw::draft(txn, item),
        (Some(Wire::Legacy(item)), _) => ai2ai_legacy::items::withdraw_draft(txn, item),
        (None, Role::Owner) => {
            let row = message(txn.view(), id)?;
            withdraw::message(txn, &row)
        }
        (None, Role::Agent) => Err(WithdrawError::NoDraft { id: id.to_owned() }.into()),
    }
}
