//! `completions`: the completions of a shell.

use std::io;

use ai2ai_api::exit::Exit;
use clap_complete::Shell;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// For which shell
    shell: Shell,
}

pub(in crate::cli) fn run(context: &mut Context, args: &Args, mut program: clap::Command) -> CommandResult {
    let mut script = io::Cursor::new(Vec::new());
    clap_complete::generate(args.shell, &mut program, "ai2ai", &mut script);
    context.output.bytes(script.get_ref())?;
    Ok(Exit::Done)
}
