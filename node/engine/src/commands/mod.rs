//! Commands of the doors: the handler of each verb, and how a command comes to it.
//!
//! A verb is a line of the list in `ai2ai_api::command`. The match on it is made of that list: a verb without a `Handler` does
//! not compile.

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
pub mod ping;
pub mod read;
pub mod search;
pub mod send;
pub mod status;
pub mod trust;

use ai2ai_api::command::Command;
use ai2ai_api::door::Answer;
use ai2ai_api::{for_each_verb, requests};
use ai2ai_core::outbound::idempotency::Key;
use futures::future::BoxFuture;

use crate::call::{Call, Handler, Lines};
use crate::explain::explain;

/// Does the command.
pub(crate) async fn answer(call: Call, command: Command) -> Answer {
    if let Command::Follow(requests::Follow { id }) = command {
        return match follow::follow(call.context, id, call.role).await {
            Ok(stream) => Answer::Stream(stream),
            Err(failure) => Answer::Failed(failure),
        };
    }
    match handled(&call, command).await {
        Ok(lines) => Answer::Lines(lines),
        Err(failure) => Answer::Failed(failure),
    }
}

/// Makes, of the list of verbs, the match that gives each to its handler.
macro_rules! handlers {
    ($($name:literal $verb:ident: $access:ident => $reply:ty,)*) => {
        /// Each command has a place of its own while it is done: as one future, all together would be as large as their sum, on the
        /// stack of whoever waits for one.
        fn handled(call: &Call, command: Command) -> BoxFuture<'_, Lines> {
            match command { $(Command::$verb(request) => Box::pin(request.handle(call)),)* }
        }
    };
}

for_each_verb!(handlers);

/// Makes a draft, unless that was done under this key; then tells what came of it.
impl Handler for requests::Once {
    async fn handle(self, call: &Call) -> Lines {
        let once = Some(Key::of(&self.key, &self.draft).map_err(explain)?);
        handled(&Call { once, ..call.clone() }, *self.draft).await
    }
}
