//! Each command of the doors, done.

mod decide;
mod look;
mod owner;
mod say;
mod table;

use std::sync::Arc;
use std::time::Duration;

use ai2ai_protocol::card::Card;
use serde_json::Value;

use super::directory::Directories;
use super::follow;
use super::neighbours::Neighbours;
use super::once::Key;
use super::original::{self, Taken};
use super::reach::Reach;
use crate::doors::{Answer, Command, Role};
use crate::exit::Failure;

pub(super) use decide::as_shown;

/// One command, and what is known at the moment it came.
#[derive(Clone)]
pub(super) struct Asked {
    /// The courier's hands.
    pub reach: Reach,
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

pub(super) type Lines = Result<Vec<Value>, Failure>;

impl Asked {
    /// Does the command.
    pub(super) async fn answer(self, command: Command) -> Answer {
        if let Command::Follow { id } = command {
            return match follow::follow(self.reach, id, self.role).await {
                Ok(stream) => Answer::Stream(stream),
                Err(failure) => Answer::Failed(failure),
            };
        }
        match self.lines(command).await {
            Ok(lines) => Answer::Lines(lines),
            Err(failure) => Answer::Failed(failure),
        }
    }

    /// The lines of a command; those about agents of the protocol's original are done in a room of their own.
    async fn lines(&self, command: Command) -> Lines {
        let command = match Box::pin(original::take(self, command)).await {
            Taken::Done(lines) => return lines,
            Taken::Native(command) => command,
        };
        let also = original::also(&command);
        let mut lines = self.native_lines(command).await?;
        if let Some(list) = also {
            lines.extend(original::listed(&self.reach, list).await?);
        }
        Ok(lines)
    }

    pub(super) async fn look_at<F>(&self, look: F) -> Lines
    where
        F: FnOnce(&ai2ai_store::Read) -> super::turn::Step<Vec<Value>> + Send + 'static,
    {
        self.reach.storage.look(look).await
    }
}

/// Our own card, for whoever asks for it.
pub(super) fn own_card(reach: &Reach) -> Option<Card> {
    reach.own.borrow().card.clone()
}
