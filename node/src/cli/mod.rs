//! Command line: a contract that scripts and agents depend on.
//!
//! | room | what is in it |
//! |---|---|
//! | `args`, `global_args`, `values` | the arguments, the flags of every command, parsers of values |
//! | `commands` | a file for each verb: arguments, run, print |
//! | `context` | clients of the node, and questions that need the PIN |
//! | `output`, `item` | standard output and standard error; an item of the inbox as lines |
//! | `prompt`, `pin` | questions to the person; PINs and passphrases |
//! | `inbox`, `connect` | the full-screen inbox; settings of agents' programs |

mod args;
mod commands;
mod connect;
mod context;
mod global_args;
mod inbox;
mod item;
mod output;
mod pin;
mod prompt;
mod values;

use std::process::ExitCode;

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};

use args::{Cli, Commands};
use commands::node::{NodeCommand, up};
use commands::{agents, care, completions, conversations, decisions, delivery, demo, node, people, talk};
use context::Context;
use output::{CommandError, CommandResult, Output};

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage_error(&error).into(),
    };
    cli.global_args.set_color();
    cli.global_args.start_log();
    let mut context = Context::new(&cli.global_args);
    let exit = match run(&mut context, cli.command) {
        Ok(exit) => exit,
        Err(CommandError::BrokenPipe) => Exit::Done,
        Err(CommandError::Failed(failure)) => context.output.failure(&failure),
    };
    exit.into()
}

/// Prints an error of the arguments, with `--json` as JSON. Help and the version are no errors.
fn usage_error(error: &clap::Error) -> Exit {
    let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if !asked_for && std::env::args_os().any(|arg| arg == "--json") {
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        let failure = Failure::new(Exit::Usage, ErrorCode::Usage, message).hint("See: ai2ai help");
        return Output::new(true).failure(&failure);
    }
    match error.print() {
        Ok(()) => {}
        Err(unread) => tracing::debug!(%unread, "nobody reads"),
    }
    if asked_for { Exit::Done } else { Exit::Usage }
}

fn run(context: &mut Context, command: Commands) -> CommandResult {
    let workers = if matches!(command, Commands::Node(NodeCommand::Up(_))) { up::WORKERS } else { 0 };
    let runtime = match workers {
        0 => tokio::runtime::Builder::new_current_thread().enable_all().build(),
        most => {
            // The other cores are for the storage thread and for cryptography: tasks that move between threads cost more than they gain.
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads((cores / 2).clamp(1, most))
                .max_blocking_threads(up::BLOCKING)
                .enable_all()
                .build()
        }
    };
    let runtime = runtime.map_err(|error| Failure::internal(format!("no tasks can be run: {error}")))?;
    let ending = runtime.block_on(dispatch(context, command));
    // A thread that reads the keyboard would block the end.
    runtime.shutdown_background();
    ending
}

async fn dispatch(context: &mut Context, command: Commands) -> CommandResult {
    match command {
        Commands::Node(command) => node::run(context, command).await,
        Commands::People(command) => people::run(context, command).await,
        Commands::Talk(command) => talk::run(context, command).await,
        Commands::Decisions(command) => decisions::run(context, command).await,
        Commands::Conversations(command) => conversations::run(context, command).await,
        Commands::Delivery(command) => delivery::run(context, command).await,
        Commands::Care(command) => care::run(context, command).await,
        Commands::Agents(command) => agents::run(context, command).await,
        Commands::Demo(args) => demo::run(context, &args).await,
        Commands::Completions(args) => completions::run(context, &args, Cli::command()),
    }
}
