//! A conversation as it goes on: whole at first, and again after each change.

use std::sync::Arc;

use ai2ai_protocol::id::ConversationId;
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

use super::reach::Reach;
use super::show;
use crate::clock::now;
use crate::doors::{Role, STREAM_LINES};
use crate::exit::Failure;
use crate::views::View;

/// Follows a conversation until whoever asked goes away.
///
/// # Errors
/// When there is no such conversation.
pub(super) async fn follow(reach: Reach, id: String, role: Role) -> Result<mpsc::Receiver<Value>, Failure> {
    let mut events = reach.watchers.subscribe();
    let id = reach.storage.look(move |tx| Ok(show::conversation(tx, &id)?.id)).await?;
    let (lines, stream) = mpsc::channel(STREAM_LINES);
    lines.try_send(view(&reach, id, role).await?).map_err(Failure::internal)?;
    tokio::spawn(async move {
        loop {
            match events.recv().await {
                Ok(event) if event.conversation != Some(id) => continue,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            }
            let Ok(line) = view(&reach, id, role).await else { break };
            if lines.send(line).await.is_err() {
                break;
            }
        }
    });
    Ok(stream)
}

async fn view(reach: &Reach, id: ConversationId, role: Role) -> Result<Value, Failure> {
    let me = Arc::clone(&reach.me);
    let look = move |tx: &ai2ai_store::Read| {
        let row = show::conversation(tx, &id.to_string())?;
        Ok(show::conversation_view(tx, &me, &row, now(), role == Role::Agent)?.line())
    };
    reach.storage.look(look).await
}
