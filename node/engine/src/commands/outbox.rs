//! The commands about messages of ours: what is on its way, and what could not be delivered.

use std::sync::Arc;

use ai2ai_api::command::Role;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::views::View;
use ai2ai_core::inbox::drafts;
use ai2ai_core::lookup::LISTED;
use ai2ai_core::lookup::prefix;
use ai2ai_core::outbound::resend;
use ai2ai_core::outbound::withdraw;
use ai2ai_core::txn::{Step, Txn};
use ai2ai_core::view::rows;
use ai2ai_protocol::id::MessageId;
use ai2ai_store::inbox::{self, AnyItem};
use ai2ai_store::outbox::{self, AnyMessage, OutboxRow};
use ai2ai_store::wire::Wire;

use crate::call::{Call, Handler, Lines};

/// Characters of an id that have to be given.
const SHORTEST: usize = 4;
/// Candidates that are counted when an id is ambiguous.
const CANDIDATES: usize = 10;

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
        (None, Role::Agent) => {
            let message = format!("no draft of yours has the id {id:?}; what your human sent is theirs to take back");
            Err(Failure::new(Exit::Unknown, ErrorCode::UnknownItem, message).into())
        }
    }
}

/// The agent's draft that this id, or unique prefix of four characters or more, names: an item of its own, or the answer it suggested to one.
fn draft(tx: &ai2ai_store::Write, id: &str) -> Step<Option<AnyItem>> {
    let Some((first, last)) = prefix::range(id).filter(|_| id.len() >= SHORTEST) else { return Ok(None) };
    let is_draft = |item: &AnyItem| match item {
        Wire::Native(item) => drafts::is_draft(item),
        Wire::Legacy(item) => ai2ai_legacy::drafts::is_draft(item),
    };
    let mut named = inbox::range(tx, &first, &last, usize::MAX)?;
    named.retain(is_draft);
    match named.len() {
        0 | 1 => Ok(named.pop()),
        many => Err(unknown(format!("{id:?} fits {many} drafts")).into()),
    }
}

/// The message of ours that this id, or unique prefix of four characters or more, names.
fn message(tx: &impl ai2ai_store::View, id: &str) -> Step<OutboxRow> {
    if let Ok(id) = id.parse::<MessageId>() {
        return Ok(outbox::get(tx, &id)?.ok_or_else(|| unknown(format!("there is no message {id} of yours")))?);
    }
    if id.len() < SHORTEST {
        return Err(too_short(id).into());
    }
    let (first, last) = prefix::range(id).ok_or_else(|| unknown(format!("{id:?} is no beginning of an id")))?;
    let mut named = outbox::range(tx, &first, &last, CANDIDATES)?;
    match (named.pop(), named.len()) {
        (Some(row), 0) => Ok(row),
        (Some(_), more) => Err(unknown(format!("{id:?} fits {} messages of yours", more + 1)).into()),
        (None, _) => Err(unknown(format!("there is no message {id:?} of yours")).into()),
    }
}

fn unknown(message: String) -> Failure {
    Failure::new(Exit::Unknown, ErrorCode::UnknownMessage, message).hint("see `ai2ai outbox --all` and `ai2ai dead`")
}

fn too_short(id: &str) -> Failure {
    unknown(format!("{id:?} is too short for an id; {SHORTEST} characters are needed"))
}
