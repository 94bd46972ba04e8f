//! The commands about messages of ours: what is on its way, and what could not be delivered.

use std::sync::Arc;

use ai2ai_api::requests;
use ai2ai_api::views::View;
use ai2ai_core::lookup::LISTED;
use ai2ai_core::lookup::message::message;
use ai2ai_core::outbound::resend;
use ai2ai_core::outbound::withdraw;
use ai2ai_core::txn::Step;
use ai2ai_core::view::rows;
use ai2ai_store::outbox::{self, OutboxRow};

use crate::call::{Call, Handler, Lines};

/// Lists what is on its way; with `all`, the latest that got there too.
impl Handler for requests::Outbox {
    async fn handle(self, call: &Call) -> Lines {
        let Self { all } = self;
        list(call, move |tx| {
            let mut rows = outbox::waiting(tx, LISTED)?;
            if all {
                rows.extend(
                    outbox::latest(tx, LISTED)?.into_iter().filter(|row| row.delivery.next_attempt_at().is_none()),
                );
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
    F: FnOnce(&ai2ai_store::Read) -> Step<Vec<OutboxRow>> + Send + 'static,
{
    let me = Arc::clone(&call.context.me);
    let look = move |tx: &ai2ai_store::Read| {
        rows(tx)?.into_iter().map(|row| Ok(rows::outbox_view(tx, me.did(), row)?.line())).collect()
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
        let withdrawn = call.context.transact(move |txn| withdraw::withdraw(txn, &id, role));
        Ok(vec![withdrawn.await?.line()])
    }
}
