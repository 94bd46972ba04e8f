//! What is on its way and what never got there: the commands about messages of ours.

use std::sync::Arc;

use ai2ai_protocol::id::{ItemId, MessageId};
use ai2ai_store::inbox;
use ai2ai_store::inbox::{ItemKind, ItemRow};
use ai2ai_store::outbox::{self, OutboxRow};
use serde_json::Value;

use super::again::said_again;
use super::commands::Asked;
use super::show::{self, LISTED, prefix_range};
use super::turn::{Step, Turn};
use crate::doors::Role;
use crate::exit::{Exit, Failure};
use crate::identity::Pin;
use crate::views::View;

type Lines = Result<Vec<Value>, Failure>;

/// Characters of an id that have to be given.
const SHORTEST: usize = 4;
/// Candidates that are counted when an id is ambiguous.
const CANDIDATES: usize = 10;

/// What is on its way; with `all`, the latest that got there too.
pub(super) async fn outbox(asked: &Asked, all: bool) -> Lines {
    list(asked, move |tx| {
        let mut rows = outbox::waiting(tx, LISTED)?;
        if all {
            rows.extend(outbox::latest(tx, LISTED)?.into_iter().filter(|row| row.delivery.next_attempt_at().is_none()));
        }
        Ok(rows)
    })
    .await
}

/// What could not be delivered.
pub(super) async fn dead(asked: &Asked) -> Lines {
    list(asked, |tx| Ok(outbox::dead(tx, LISTED)?)).await
}

async fn list<F>(asked: &Asked, rows: F) -> Lines
where
    F: FnOnce(&ai2ai_store::Read) -> Step<Vec<OutboxRow>> + Send + 'static,
{
    let me = Arc::clone(&asked.reach.me);
    let look = move |tx: &ai2ai_store::Read| {
        rows(tx)?.into_iter().map(|row| Ok(show::outbox_view(tx, me.did(), row)?.line())).collect()
    };
    asked.reach.storage.look(look).await
}

/// Sends again what is dead.
pub(super) async fn send_again(asked: &Asked, id: String, pin: Option<Pin>) -> Lines {
    let me = *asked.reach.me.did();
    let look = asked.reach.storage.look(move |tx| {
        let row = message(tx, &id)?;
        let words = said_again(tx, &me, &row)?;
        Ok((row.id, words))
    });
    let (id, words) = look.await?;
    let owner = match &words {
        Some(words) => asked.owner_for(words, pin).await?,
        None => None,
    };
    let sent = asked.reach.turn(move |turn| {
        let row = message(turn.view(), &id.to_string())?;
        turn.send_again(&row, owner.as_ref())
    });
    Ok(vec![sent.await?.line()])
}

/// Takes back a draft of the agent's, or what the owner said.
pub(super) async fn withdraw(asked: &Asked, id: String) -> Lines {
    let role = asked.role;
    let withdrawn = asked.reach.turn(move |turn| withdraw_one(turn, &id, role));
    Ok(vec![withdrawn.await?.line()])
}

fn withdraw_one(turn: &mut Turn<'_, '_>, id: &str, role: Role) -> Step<crate::views::WithdrawnView> {
    let found = if id.len() < SHORTEST { None } else { draft(turn.view(), id)? };
    match (found, role) {
        (Some(item), _) => turn.withdraw_draft(item),
        (None, Role::Owner) => {
            let row = message(turn.view(), id)?;
            turn.withdraw_message(&row)
        }
        (None, Role::Agent) => {
            let message = format!("no draft of yours has the id {id:?}; what your human sent is theirs to take back");
            Err(Failure::new(Exit::Unknown, "unknown_item", message).into())
        }
    }
}

/// The agent's draft that this id, or unique prefix of four characters or more, names: an item of its own, or the answer it suggested to one.
fn draft(tx: &ai2ai_store::Write, id: &str) -> Step<Option<ItemRow>> {
    let drafted = |item: &ItemRow| match item.kind {
        ItemKind::Draft => true,
        ItemKind::Incoming => item.draft.is_some(),
        ItemKind::ContactRequest | ItemKind::Renewal => false,
    };
    let named: Vec<ItemRow> = match id.parse::<ItemId>() {
        Ok(id) => inbox::get(tx, &id)?.into_iter().filter(drafted).collect(),
        Err(_) => {
            inbox::all(tx)?.into_iter().filter(|item| drafted(item) && item.id.to_string().starts_with(id)).collect()
        }
    };
    match named.len() {
        0 | 1 => Ok(named.into_iter().next()),
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
    let (first, last) = prefix_range(id).ok_or_else(|| unknown(format!("{id:?} is no beginning of an id")))?;
    let mut named = outbox::range(tx, &first, &last, CANDIDATES)?;
    match (named.pop(), named.len()) {
        (Some(row), 0) => Ok(row),
        (Some(_), more) => Err(unknown(format!("{id:?} fits {} messages of yours", more + 1)).into()),
        (None, _) => Err(unknown(format!("there is no message {id:?} of yours")).into()),
    }
}

fn unknown(message: String) -> Failure {
    Failure::new(Exit::Unknown, "unknown_message", message).hint("see `ai2ai outbox --all` and `ai2ai dead`")
}

fn too_short(id: &str) -> Failure {
    unknown(format!("{id:?} is too short for an id; {SHORTEST} characters are needed"))
}
