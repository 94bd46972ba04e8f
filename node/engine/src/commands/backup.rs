//! A backup, made by the running node: of one unchanging view of its store, while everything goes on.

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::clock::now;
use ai2ai_api::requests;
use ai2ai_api::views::{BackupView, View as _};
use ai2ai_core::audit;
use ai2ai_home::backup::{Passphrase, write};

use crate::call::{Call, Handler, Lines};
use crate::context;

/// Writes a backup into a file of the owner's choice.
impl Handler for requests::Backup {
    async fn handle(self, call: &Call) -> Lines {
        let Self { file, passphrase } = self;
        let passphrase = Passphrase::new(passphrase)?;
        let paths = call.context.owner_key_file.paths().clone();
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
}
