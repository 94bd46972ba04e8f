//! A backup, made by the running node: of one unchanging view of its store, while everything goes on; and texts that are kept by name.

use std::path::PathBuf;

use ai2ai_store::meta;
use serde_json::Value;

use super::commands::Asked;
use super::turn::{Step, Turn};
use crate::backup::{Passphrase, write};
use crate::clock::now;
use crate::exit::Failure;
use crate::identity::Pin;
use crate::views::{BackupView, View as _};

/// Writes a backup into a file of the owner's choice.
pub(super) async fn backup(asked: &Asked, file: PathBuf, typed: Pin) -> Result<Vec<Value>, Failure> {
    let passphrase = Passphrase::new(typed)?;
    let paths = asked.reach.vault.paths().clone();
    let made = asked.reach.storage.look(move |tx| Ok(write(&paths, tx, &passphrase, &file, now())?)).await?;
    // A disk that is too full for the audit has a backup all the same.
    super::report(asked.reach.turn(|turn| turn.audit("backup", None, None, "typed", "done")).await);
    Ok(vec![BackupView::of(made).line()])
}

impl Turn<'_, '_> {
    /// Keeps a text of the node's under this name, over a restart.
    pub fn keep_text(&mut self, name: &str, text: &str) -> Step<()> {
        Ok(meta::put(self.tx, name, text)?)
    }
}
