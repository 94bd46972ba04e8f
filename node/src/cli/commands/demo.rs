//! `demo` and `completions`.

use std::io;

use ai2ai_api::exit::Exit;
use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Ending;
use super::desk::Desk;
use super::words::Cli;
use crate::demo::{self, DemoOptions, Scenario};

#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// What to play instead of the dinner
    scenario: Option<Scenario>,
    /// Decide for one of the two yourself
    #[arg(long, short)]
    interactive: bool,
    /// Leave the homes where they are, and say where
    #[arg(long)]
    keep: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct CompletionsArgs {
    /// For which shell
    shell: Shell,
}

pub(super) async fn demo(desk: &mut Desk, args: &DemoArgs) -> Ending {
    let options =
        DemoOptions { scenario: args.scenario, interactive: args.interactive, keep: args.keep, json: desk.paper.json };
    demo::run(options).await?;
    Ok(Exit::Done)
}

pub(super) fn completions(desk: &mut Desk, args: &CompletionsArgs) -> Ending {
    let mut script = io::Cursor::new(Vec::new());
    clap_complete::generate(args.shell, &mut Cli::command(), "ai2ai", &mut script);
    desk.paper.bytes(script.get_ref())?;
    Ok(Exit::Done)
}
