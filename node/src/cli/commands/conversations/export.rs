//! `export`: the agreement of a confirmed conversation, or its event for a calendar, as a file.

use std::path::{Path, PathBuf};

use ai2ai_api::command::Command;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::views::{AgreementView, MeetingView, View as _};
use serde_json::Value;

use crate::cli::context::Context;
use crate::cli::item::cancellation_line;
use crate::cli::output::{CommandError, CommandResult, write_new};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The conversation's id, or its first four characters or more
    id: String,
    /// Write to FILE, which must not be there yet
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// As an event for a calendar (.ics), instead of the agreement
    #[arg(long)]
    ics: bool,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let command = if args.ics { Command::ExportMeeting { id: args.id } } else { Command::Export { id: args.id } };
    let mut lines = context.ask(&command).await?;
    let line = lines.pop().ok_or_else(|| Failure::internal("the node answered with nothing"))?;
    let text = if args.ics {
        MeetingView::of_line(line.clone()).map(|view| view.text)
    } else {
        AgreementView::of_line(line.clone()).map(|view| view.text)
    };
    let text = text.map_err(Failure::internal)?;
    match args.output {
        Some(file) => {
            write_new(&file, text.as_bytes())?;
            warn_if_cancelled(context, &line, args.ics);
            written(context, &line, &file, args.ics)?;
        }
        None if context.output.json => context.output.object(&line)?,
        None => {
            warn_if_cancelled(context, &line, args.ics);
            context.output.bytes(text.as_bytes())?;
        }
    }
    Ok(Exit::Done)
}

/// Says on standard error that the agreement was called off.
fn warn_if_cancelled(context: &Context, line: &Value, is_event: bool) {
    let agreement = (!is_event).then(|| AgreementView::of_line(line.clone()).ok()).flatten();
    for by in agreement.iter().flat_map(|view| &view.cancelled) {
        context.output.note(format_args!("It is called off, and the file says so. {}", cancellation_line(by)));
    }
}

fn written(context: &mut Context, line: &Value, file: &Path, is_event: bool) -> Result<(), CommandError> {
    if context.output.json {
        return Ok(context.output.object(line)?);
    }
    if is_event {
        context.output.note("Written. Open it with your calendar.");
    } else {
        context.output.note(format_args!("Written. Check it anywhere with: ai2ai verify {}", file.display()));
    }
    Ok(())
}
