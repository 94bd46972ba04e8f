//! A backup, made by the running node: of one unchanging view of its store, while everything goes on; and texts that are kept by name.

use std::path::PathBuf;

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_api::pin::Pin;
use ai2ai_api::views::{BackupView, View as _};
use ai2ai_core::audit;
use ai2ai_home::backup::{Passphrase, write};
use serde_json::Value;

use crate::commands::Call;
use crate::context;

/// Writes a backup into a file of the owner's choice.
pub(crate) async fn backup(call: &Call, file: PathBuf, typed: Pin) -> Result<Vec<Value>, Failure> {
    let passphrase = Passphrase::new(typed)?;
    let paths = call.context.vault.paths().clone();
    let made = call.context.storage.look(move |tx| Ok(write(&paths, tx, &passphrase, &file, now()))).await??;
    // A disk that is too full for the audit has a backup all the same.
    context::report(
        call.context
            .transact(|txn| {
                audit::record(txn, &AuditAction::Backup, None, None, &AuditFactor::Typed, &AuditOutcome::Done)
            })
            .await,
    );
    Ok(vec![BackupView::of(made).line()])
}
