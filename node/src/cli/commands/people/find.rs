//! `find`: a search in the directories of volunteers.

use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::text::clean;
use ai2ai_api::views::FoundView;
use ai2ai_protocol::name::Intent;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Words that all stand in their name, their agent's name, or what they can be asked
    text: Option<String>,
    /// The whole name of a person or an agent
    #[arg(long)]
    name: Option<String>,
    /// What they can be asked, such as schedule.meeting
    #[arg(long)]
    intent: Option<Intent>,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let Args { text, name, intent } = args;
    let lines = context.ask(requests::Find { text, name, intent }).await?;
    let headings = ["agent", "claims to be", "can be asked", "add by"];
    context.output.rows(lines, &headings, "Nobody like that is listed.", |view: FoundView| {
        let by = view.endpoint.as_deref().map_or_else(|| view.did.to_string(), clean);
        vec![clean(&view.agent), clean(&view.human), clean(&view.intents.join(", ")), by]
    })?;
    Ok(Exit::Done)
}
