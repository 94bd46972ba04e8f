//! `carry out`, `carry in`: messages carried by hand as a file, for nodes that never connect.

use std::path::{Path, PathBuf, absolute};

use ai2ai_api::command::Carry;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::text::clean;
use ai2ai_api::views::{CarriedInView, CarriedOutView};

use crate::cli::context::Context;
use crate::cli::output::{CommandResult, write_new};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    way: BundleWay,
}

#[derive(Debug, clap::Subcommand)]
enum BundleWay {
    /// Write what waits for someone as a file of sealed envelopes. It stays in the outbox until their receipts come
    Out {
        /// A contact's name, agent name or did
        who: String,
        /// Write to FILE, which must not be there yet
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Take in a file that was brought here. The receipts go by wire, or with your next `carry out` to its sender
    In {
        /// The file
        file: PathBuf,
    },
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    match args.way {
        BundleWay::Out { who, output } => out(context, who, output.as_deref()).await,
        BundleWay::In { file } => take(context, &file).await,
    }
}

async fn out(context: &mut Context, who: String, output: Option<&Path>) -> CommandResult {
    let answered = context.ask(requests::Carry { what: Carry::Out { who } }).await?;
    let lines = answered.lines().to_vec();
    let view: CarriedOutView = answered.narrow().read()?;
    let text = view.text.as_deref().unwrap_or_default();
    if let Some(file) = output.filter(|_| view.text.is_some()) {
        write_new(file, text.as_bytes())?;
    }
    if context.output.json {
        lines.iter().try_for_each(|line| context.output.object(line))?;
    } else if output.is_none() {
        context.output.bytes(text.as_bytes())?;
    }
    let to = clean(&view.to);
    if view.text.is_none() {
        context.output.note(format_args!("Nothing waits for {to}, so nothing was written."));
        return Ok(Exit::Done);
    }
    let in_it = format!("{} messages and {} receipts for {to}", view.messages, view.receipts);
    match view.more {
        0 => context.output.note(format_args!("{in_it}. On their machine: ai2ai carry in FILE")),
        more => context
            .output
            .note(format_args!("{in_it}; {more} more had no room: they can go once the receipts for these are back.")),
    }
    Ok(Exit::Done)
}

async fn take(context: &mut Context, file: &Path) -> CommandResult {
    let file = absolute(file).map_err(|error| Failure::file("find", file, &error))?;
    let lines = context.ask(requests::Carry { what: Carry::In { file } }).await?;
    context.output.answer(lines.narrow::<CarriedInView>(), |output, view| {
        output.line(format_args!(
            "{} taken in, {} held as a stranger's, {} refused, {} to come again.",
            view.accepted, view.held, view.refused, view.again
        ))?;
        if !view.codes.is_empty() {
            output.line(format_args!("Why: {}", clean(&view.codes.join(", "))))?;
        }
        if view.again > 0 {
            output.note("Keep the file, and carry it in again later.");
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}
