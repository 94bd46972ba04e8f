//! Items that wait for the owner: listed, shown, decided, put off.

mod approve;
mod open;
mod pending;
mod snooze;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::inbox;
use crate::cli::output::CommandResult;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum DecisionCommand {
    /// What waits for your decision
    #[command(after_help = "Examples:\n  ai2ai pending\n  ai2ai pending --all")]
    Pending(pending::PendingArgs),
    /// Show one thing that waits: what came in, exactly what an approval would send, what happens next
    #[command(after_help = "Example:\n  ai2ai show 018f4b1e")]
    Show(pending::ShowArgs),
    /// Say yes to one thing that waits. It is shown first, and your PIN is asked for
    #[command(
        after_help = "Examples:\n  ai2ai approve 018f4b1e\n  ai2ai approve 018f4b1e --choose 2\n  ai2ai --pin-file pin approve 018f4b1e --digest sha256:…"
    )]
    Approve(approve::ApproveArgs),
    /// Say no to one thing that waits
    #[command(after_help = "Example:\n  ai2ai reject 018f4b1e --reply \"Not this week\"")]
    Reject(approve::RejectArgs),
    /// Put one thing that waits out of sight for a while. It can still be decided
    #[command(
        after_help = "Examples:\n  ai2ai snooze 018f4b1e --for 2h\n  ai2ai snooze 018f4b1e --until 2026-02-10T09:00Z"
    )]
    Snooze(snooze::Args),
    /// What waits for your decision, full-screen
    #[command(after_help = "Example:\n  ai2ai inbox")]
    Inbox,
    /// Open your inbox in a browser on this machine
    #[command(after_help = "Examples:\n  ai2ai open\n  ai2ai open --print")]
    Open(open::Args),
}

/// Runs a command of this group.
pub(in crate::cli) async fn run(context: &mut Context, command: DecisionCommand) -> CommandResult {
    match command {
        DecisionCommand::Pending(args) => pending::pending(context, args).await,
        DecisionCommand::Show(args) => pending::show(context, args).await,
        DecisionCommand::Approve(args) => approve::approve(context, args).await,
        DecisionCommand::Reject(args) => approve::reject(context, args).await,
        DecisionCommand::Snooze(args) => snooze::run(context, args).await,
        DecisionCommand::Inbox => inbox::run(context).await,
        DecisionCommand::Open(args) => open::run(context, args).await,
    }
}
