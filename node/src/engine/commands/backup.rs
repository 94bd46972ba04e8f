//! A backup, made by the running node: of one unchanging view of its store, while everything goes on; and texts that are kept by name.

use serde_json::Value;
use std::path::PathBuf;

use crate::backup::{Passphrase, write};
use crate::clock::now;
use crate::core::audit;
use crate::engine::commands::Asked;
use crate::engine::context;
use crate::exit::Failure;
use crate::identity::Pin;
use crate::views::{BackupView, View as _};

/// Writes a backup into a file of the owner's choice.
pub(crate) async fn backup(asked: &Asked, file: PathBuf, typed: Pin) -> Result<Vec<Value>, Failure> {
    let passphrase = Passphrase::new(typed)?;
    let paths = asked.context.vault.paths().clone();
    let made = asked.context.storage.look(move |tx| Ok(write(&paths, tx, &passphrase, &file, now())?)).await?;
    // A disk that is too full for the audit has a backup all the same.
    context::report(asked.context.transact(|txn| audit::audit(txn, "backup", None, None, "typed", "done")).await);
    Ok(vec![BackupView::of(made).line()])
}
