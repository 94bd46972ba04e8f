//! `backup`: everything as one sealed file, with or without a running node.

use std::path::{Path, PathBuf, absolute};

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::pin::Pin;
use ai2ai_api::requests;
use ai2ai_api::text::clean;
use ai2ai_api::views::BackupView;
use ai2ai_api::views::reply::Answered;
use ai2ai_home::backup::{Passphrase, write};
use ai2ai_home::identity::{Identity, no_identity};
use ai2ai_home::lock::HomeLock;
use ai2ai_home::paths::Paths;
use ai2ai_store::audit::{self, AuditRow};
use ai2ai_store::{Store, StoreError};

use crate::cli::context::Context;
use crate::cli::output::CommandResult;
use crate::cli::pin;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The file to write, which must not be there yet
    file: PathBuf,
    /// Read the passphrase from the first line of FILE (`-`: standard input) instead of asking
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let paths = context.paths()?;
    if !Identity::exists(&paths) {
        return Err(no_identity(&paths).into());
    }
    let file = absolute(&args.file).map_err(|error| Failure::file("find", &args.file, &error))?;
    let typed = pin::choose_passphrase(context, args.passphrase_file.as_deref())?;
    let lines = match context.ask(requests::Backup { file: file.clone(), passphrase: typed.clone() }).await {
        // A token names a door; without a node there is none.
        Err(failure) if failure.exit == Exit::NotRunning && !context.has_token() => {
            Answered::from(&without_node(&paths, typed, &file)?)
        }
        answer => answer?,
    };
    context.output.answer(lines, |output, view| {
        output.line(format_args!(
            "{} holds everything: {} rows, {} bytes.",
            clean(&view.file),
            view.rows,
            view.bytes
        ))?;
        output.note("It opens with the passphrase only. Your PIN is as it was.");
        Ok(())
    })?;
    Ok(Exit::Done)
}

/// Makes the backup in this process. While the lock is held no node starts, so the database can be opened here.
fn without_node(paths: &Paths, typed: Pin, file: &Path) -> Result<BackupView, Failure> {
    let passphrase = Passphrase::new(typed)?;
    let _alone = HomeLock::take(paths)?;
    let failed = |error: String| Failure::new(Exit::Failed, ErrorCode::Database, error);
    let store = if paths.database.exists() {
        Store::open(&paths.database).map_err(|error| failed(error.to_string()))?
    } else {
        Store::in_memory()
    };
    let view = store.read().map_err(|error| failed(error.to_string()))?;
    let made = write(paths, &view, &passphrase, file, now())?;
    drop(view);
    if let Err(error) = note(&store) {
        tracing::warn!(%error, "the backup is not in the audit");
    }
    Ok(BackupView::of(made))
}

fn note(store: &Store) -> Result<(), StoreError> {
    let row = AuditRow {
        at: now(),
        what: AuditAction::Backup.to_string(),
        who: None,
        item: None,
        factor: AuditFactor::None.to_string(),
        outcome: AuditOutcome::Done.to_string(),
        message: None,
    };
    store.write(|tx| audit::append(tx, &row)).map(drop)
}
