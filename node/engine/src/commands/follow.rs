//! Following of a conversation: whole at first, and again after each change.

use std::sync::Arc;

use ai2ai_api::clock::now;
use ai2ai_api::command::Role;
use ai2ai_api::door::STREAM_LINES;
use ai2ai_api::exit::Failure;
use ai2ai_api::requests;
use ai2ai_api::views::{EventView, View};
use ai2ai_core::lookup;
use ai2ai_core::read_receipts::opened;
use ai2ai_core::view::conversation;
use ai2ai_protocol::id::ConversationId;
use ai2ai_store::wire::Wire;
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};

use crate::call::{Call, Handler, Lines};
use crate::context::{self, Context};

impl Handler for requests::Follow {
    /// Gives the conversation as it is now, to whoever waits for no more.
    async fn handle(self, call: &Call) -> Lines {
        Ok(vec![look(&call.context, self.id, call.role).await?])
    }
}

/// Follows a conversation until whoever asked goes away, or the node stops.
///
/// # Errors
/// When there is no such conversation.
pub(crate) async fn follow(context: Context, id: String, role: Role) -> Result<mpsc::Receiver<Value>, Failure> {
    let events = context.watchers.subscribe();
    let id = context.storage.look(move |tx| Ok(lookup::conversation::find(tx, &id)?.id)).await?;
    let (lines, stream) = mpsc::channel(STREAM_LINES);
    lines.try_send(look(&context, id.to_string(), role).await?).map_err(Failure::internal)?;
    context.tasks.clone().spawn_until_stopped(pass_on(context, events, id, role, lines));
    Ok(stream)
}

/// Passes the conversation on after each change of it. A reader who is gone is noticed at once, not at the next change.
async fn pass_on(
    context: Context,
    mut events: broadcast::Receiver<EventView>,
    id: ConversationId,
    role: Role,
    lines: mpsc::Sender<Value>,
) {
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            () = lines.closed() => return,
        };
        match event {
            Ok(event) if event.conversation != Some(id) => continue,
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
        let Ok(line) = look(&context, id.to_string(), role).await else { return };
        if lines.send(line).await.is_err() {
            return;
        }
    }
}

/// Looks at a conversation, whole. Messages that are looked at for the first time are read from then on.
///
/// # Errors
/// When there is no such conversation.
pub(crate) async fn look(context: &Context, id: String, role: Role) -> Result<Value, Failure> {
    let me = Arc::clone(&context.me);
    let look = context.storage.look(move |tx| match lookup::conversation::find_any(tx, &id)? {
        Wire::Native(row) => {
            let line = conversation::view(tx, &me, &row, now(), role == Role::Agent)?.line();
            Ok((line, opened(tx, &row, role)?))
        }
        Wire::Legacy(talk) => {
            let us = me.sender.human.as_str();
            Ok((ai2ai_legacy::view::conversation_view(tx, us, &talk, now())?.line(), None))
        }
    });
    let (line, opened) = look.await?;
    context::note_read(context, opened).await;
    Ok(line)
}
