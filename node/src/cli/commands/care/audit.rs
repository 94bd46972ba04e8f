//! `audit`: the record of decisions, and the check of its chain.

use std::io;

use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::text::{clean, when};
use ai2ai_api::views::{AuditVerdictView, AuditView, View as _};

use crate::cli::context::Context;
use crate::cli::output::{CommandResult, Output};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    what: Option<AuditCommand>,
}

#[derive(Debug, clap::Subcommand)]
enum AuditCommand {
    /// Check that no entry was changed, taken out or moved
    #[command(after_help = "Examples:\n  ai2ai audit verify\n  ai2ai audit verify --head 41-sha256:9f86…")]
    Verify {
        /// A head that you kept: finds out too whether the end was cut off, or everything written anew
        #[arg(long, value_name = "HEAD")]
        head: Option<String>,
    },
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    match args.what {
        None => list(context).await,
        Some(AuditCommand::Verify { head }) => verify(context, head).await,
    }
}

async fn list(context: &mut Context) -> CommandResult {
    let lines = context.ask(requests::Audit {}).await?;
    let head = lines.lines().last().and_then(|line| line["head"].as_str()).map(clean);
    let headings = ["entry", "when", "what", "factor", "outcome", "about"];
    context.output.rows(lines, &headings, "Nothing was decided yet.", |view: AuditView| {
        let about = view.item.map(|item| item.to_string()).or_else(|| view.who.map(|did| did.to_string()));
        vec![
            view.number.to_string(),
            when(view.at),
            clean(view.what.as_str()),
            clean(view.factor.as_str()),
            clean(view.outcome.as_str()),
            about.unwrap_or_else(|| "-".to_owned()),
        ]
    })?;
    if let Some(head) = head.filter(|_| !context.output.json) {
        context.output.line(format_args!("head {head}"))?;
        context.output.note(
            "Keep the head somewhere else: `ai2ai audit verify --head HEAD` finds whatever is changed before it.",
        );
    }
    Ok(Exit::Done)
}

async fn verify(context: &mut Context, head: Option<String>) -> CommandResult {
    let view = context.reply(requests::AuditVerify { head }).await?;
    let exit = if view.valid { Exit::Done } else { Exit::Invalid };
    if context.output.json {
        context.output.object(&view.line())?;
    } else {
        verdict(&mut context.output, view)?;
    }
    Ok(exit)
}

fn verdict(output: &mut Output, view: AuditVerdictView) -> io::Result<()> {
    if let Some(problem) = &view.problem {
        return output.line(format_args!("\x1b[1;31mbroken\x1b[0m: {}", clean(problem)));
    }
    let from = if view.first > 1 { format!(", from entry {} on", view.first) } else { String::new() };
    output.line(format_args!(
        "\x1b[1;32mwhole\x1b[0m: {} entries{from}, each linked to the one before it",
        view.entries
    ))?;
    if view.older > 0 {
        output.line(format_args!(
            "{} of them are from before there was a chain, and sealed by the entry after them",
            view.older
        ))?;
    }
    if view.kept_is_gone {
        output.line("the entry of your head went with time, so nothing can be said of it")?;
    }
    view.head.map_or(Ok(()), |head| output.line(format_args!("head {}", clean(&head))))
}
