//! `mandates`, `revoke`, `panic`: what the agent may do by itself, and the ways to stop it.

use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::text::{clean, when};
use ai2ai_api::views::{MandateView, PanicView};

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RevokeArgs {
    /// The mandate's id, or its first four characters or more
    id: String,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct PanicArgs {
    /// Let mandates hold again
    #[arg(long)]
    over: bool,
}

pub(in crate::cli) async fn mandates(context: &mut Context) -> CommandResult {
    let lines = context.ask(requests::Mandates {}).await?;
    let none = "Your agent may do nothing by itself. See: ai2ai help trust";
    context.output.rows(
        lines,
        &["id", "with", "for", "limits", "until", "state", "used today"],
        none,
        |view: MandateView| {
            vec![
                view.id.to_string(),
                view.with.as_deref().map_or_else(|| "everybody trusted".to_owned(), clean),
                view.intents.join(", "),
                view.limits_in_words().trim_start_matches(", ").to_owned(),
                when(view.not_after),
                view.state.replace('_', " "),
                view.used_in_words(),
            ]
        },
    )?;
    Ok(Exit::Done)
}

pub(in crate::cli) async fn revoke(context: &mut Context, args: RevokeArgs) -> CommandResult {
    let lines = context.ask(requests::Revoke { id: args.id }).await?;
    context.output.answer(lines, |output, view: MandateView| {
        output.line(format_args!("The mandate {} holds no more. What was agreed under it stands.", view.id))
    })?;
    Ok(Exit::Done)
}

pub(in crate::cli) async fn panic(context: &mut Context, args: PanicArgs) -> CommandResult {
    let lines = if args.over {
        context.decide(|pin| requests::Panic { over: true, pin }).await?
    } else {
        context.ask(requests::Panic { over: false, pin: None }).await?
    };
    context.output.answer(lines, |output, view: PanicView| match view.since {
        Some(since) => {
            output.line(format_args!("Stopped since {}: your agent does nothing by itself any more.", when(since)))?;
            if view.on_the_way > 0 {
                let count = view.on_the_way;
                output.line(format_args!(
                    "{count} of what it has said is still on its way, and is not taken back by this."
                ))?;
                output.note("See: ai2ai outbox. What has surely never left can be taken back: ai2ai withdraw ID");
            }
            output.line("What it drafts waits for you. When you want mandates to hold again: ai2ai panic --over")
        }
        None => {
            let holds = if view.mandates == 1 { "mandate holds" } else { "mandates hold" };
            output.line(format_args!("{} {holds} again. See: ai2ai mandates", view.mandates))
        }
    })?;
    Ok(Exit::Done)
}
