//! `draft`: the state of a draft of an agent.

use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::text::clean;
use ai2ai_api::views::DraftView;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The item's whole id, as the answer to the draft had it
    item: String,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let lines = context.ask(requests::Draft { item: Some(args.item), conversation: None }).await?;
    context.output.answer(lines, |output, view: DraftView| {
        let state = view.conversation_state.map(|phase| format!("; its conversation is {phase}")).unwrap_or_default();
        output.line(format_args!("{}{state}", clean(&view.state).replace('_', " ")))
    })?;
    Ok(Exit::Done)
}
