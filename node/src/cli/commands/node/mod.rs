//! The node itself: its identity, its run, its state.

mod init;
mod status;
pub(in crate::cli) mod up;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum NodeCommand {
    /// Make your identity: keys, a PIN that seals them, and the tokens of the two doors
    #[command(after_help = "Example:\n  ai2ai init --human \"Alex\" --agent alex-assistant")]
    Init(init::Args),
    /// Run your node until Ctrl-C
    #[command(after_help = "Example:\n  ai2ai up --listen /ip4/0.0.0.0/tcp/24817")]
    Up(up::Args),
    /// Is the node running, who am I, where am I reachable, what waits
    #[command(after_help = "Example:\n  ai2ai status --json")]
    Status,
}

/// Runs a command of this group.
pub(in crate::cli) async fn run(context: &mut Context, command: NodeCommand) -> CommandResult {
    match command {
        NodeCommand::Init(args) => init::run(context, args),
        NodeCommand::Up(args) => up::run(context, args).await,
        NodeCommand::Status => status::run(context).await,
    }
}
