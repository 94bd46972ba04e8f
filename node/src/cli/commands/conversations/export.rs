//! `export`: the agreement of a confirmed conversation, or its event for a calendar, as a file.

use std::path::{Path, PathBuf};

use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::views::reply::Answered;
use ai2ai_api::views::{CancelledView, View};

use crate::cli::context::Context;
use crate::cli::item::cancellation_line;
use crate::cli::output::{CommandResult, write_new};

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
    let id = args.id;
    if args.ics {
        let answered = context.ask(requests::ExportMeeting { id }).await?;
        let next = |_: &Path| "Open it with your calendar.".to_owned();
        return export(context, answered, args.output, |view| (view.text, Vec::new()), next);
    }
    let answered = context.ask(requests::Export { id }).await?;
    let next = |file: &Path| format!("Check it anywhere with: ai2ai verify {}", file.display());
    export(context, answered, args.output, |view| (view.text, view.cancelled), next)
}

/// Writes the text of a reply to the file, or prints it. `parts` are the text, and who called the agreement off.
fn export<V: View>(
    context: &mut Context,
    answered: Answered<V>,
    output: Option<PathBuf>,
    parts: impl Fn(V) -> (String, Vec<CancelledView>),
    next: impl Fn(&Path) -> String,
) -> CommandResult {
    let lines = answered.lines().to_vec();
    let (text, cancelled) = parts(answered.read()?);
    if let Some(file) = &output {
        write_new(file, text.as_bytes())?;
    }
    if output.is_some() || !context.output.json {
        for by in &cancelled {
            context.output.note(format_args!("It is called off, and the file says so. {}", cancellation_line(by)));
        }
    }
    match output {
        _ if context.output.json => lines.iter().try_for_each(|line| context.output.object(line))?,
        Some(file) => context.output.note(format_args!("Written. {}", next(&file))),
        None => context.output.bytes(text.as_bytes())?,
    }
    Ok(Exit::Done)
}
