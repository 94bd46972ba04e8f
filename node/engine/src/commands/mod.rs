//! Each command of the doors, done.

pub mod audit;
pub mod backup;
pub mod bundle;
pub mod contacts;
pub mod decide;
pub mod doctor;
pub mod follow;
pub mod forget;
pub mod keys;
pub mod outbox;
pub mod owner;
pub mod ping;
pub mod read;
pub mod send;
pub mod status;
pub mod table;
pub mod trust;

use std::sync::Arc;
use std::time::Duration;

use ai2ai_api::command::{Command, Role};
use ai2ai_api::door::Answer;
use ai2ai_api::exit::Failure;
use ai2ai_api::requests;
use ai2ai_core::outbound::idempotency::Key;
use ai2ai_core::txn::Step;
use ai2ai_protocol::card::Card;
use serde_json::Value;

use crate::context::Context;
use crate::lookup::directory::Directories;
use crate::state::neighbours::Neighbours;

/// One command, and what is known at the moment it came.
#[derive(Clone)]
pub(crate) struct Call {
    /// The context of the engine.
    pub context: Context,
    /// Who was met.
    pub neighbours: Arc<Neighbours>,
    /// Where others can be searched for.
    pub directories: Arc<Directories>,
    /// Through which door.
    pub role: Role,
    /// How long the node has been up.
    pub uptime: Duration,
    /// The key under which it is done once.
    pub once: Option<Key>,
}

pub(crate) type Lines = Result<Vec<Value>, Failure>;

/// Does the command.
pub(crate) async fn answer(call: Call, command: Command) -> Answer {
    if let Command::Follow(requests::Follow { id }) = command {
        return match follow::follow(call.context, id, call.role).await {
            Ok(stream) => Answer::Stream(stream),
            Err(failure) => Answer::Failed(failure),
        };
    }
    match lines(&call, command).await {
        Ok(lines) => Answer::Lines(lines),
        Err(failure) => Answer::Failed(failure),
    }
}

/// The lines of a command.
pub(crate) async fn lines(call: &Call, command: Command) -> Lines {
    table::lines(call, command).await
}

pub(crate) async fn look_at<F>(call: &Call, look: F) -> Lines
where
    F: FnOnce(&ai2ai_store::Read) -> Step<Vec<Value>> + Send + 'static,
{
    call.context.storage.look(look).await
}

/// Our own card, for whoever asks for it.
pub(crate) fn own_card(context: &Context) -> Option<Card> {
    context.own.borrow().card.clone()
}
