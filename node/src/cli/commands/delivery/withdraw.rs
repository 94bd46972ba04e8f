//! `withdraw`: takes back a message that surely never left, or a draft of an agent.

use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::text::clean;
use ai2ai_api::views::WithdrawnView;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The id of the message, or of the item with an agent's draft; or its first four characters or more
    id: String,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let lines = context.ask(requests::Withdraw { id: args.id }).await?;
    context.output.answer(lines, |output, view: WithdrawnView| match &view.state {
        Some(state) => {
            output.line(format_args!("Taken back: it never left this machine. The conversation is {}.", clean(state)))
        }
        None => output.line("Taken back: it does not wait for approval any more."),
    })?;
    Ok(Exit::Done)
}
