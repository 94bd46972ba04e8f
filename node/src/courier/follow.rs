//! A conversation as it goes on: whole at first, and again after each change.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

use super::reach::Reach;
use super::reading::opened;
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
    lines.try_send(look(&reach, id.to_string(), role).await?).map_err(Failure::internal)?;
    tokio::spawn(async move {
        loop {
            match events.recv().await {
                Ok(event) if event.conversation != Some(id) => continue,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            }
            let Ok(line) = look(&reach, id.to_string(), role).await else { break };
            if lines.send(line).await.is_err() {
                break;
            }
        }
    });
    Ok(stream)
}

/// A conversation, whole. What is looked at for the first time is read from then on.
///
/// # Errors
/// When there is no such conversation.
pub(super) async fn look(reach: &Reach, id: String, role: Role) -> Result<Value, Failure> {
    let me = Arc::clone(&reach.me);
    let look = reach.storage.look(move |tx| {
        let row = show::conversation(tx, &id)?;
        let line = show::conversation_view(tx, &me, &row, now(), role == Role::Agent)?.line();
        Ok((line, opened(tx, &row, role)?))
    });
    let (line, opened) = look.await?;
    reach.note_read(opened).await;
    Ok(line)
}
