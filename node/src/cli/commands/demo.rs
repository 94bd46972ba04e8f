//! `demo`: the demonstration, or another scenario.

use ai2ai_api::exit::Exit;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;
use ai2ai_demo::{DemoOptions, Scenario};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// What to play instead of the dinner
    scenario: Option<Scenario>,
    /// Decide for one of the two yourself
    #[arg(long, short)]
    interactive: bool,
    /// Leave the homes where they are, and say where
    #[arg(long)]
    keep: bool,
}

pub(in crate::cli) async fn run(context: &mut Context, args: &Args) -> CommandResult {
    let options = DemoOptions {
        scenario: args.scenario,
        interactive: args.interactive,
        keep: args.keep,
        json: context.output.json,
    };
    ai2ai_demo::run(options).await?;
    Ok(Exit::Done)
}
