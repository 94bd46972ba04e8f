//! Messages on their way: waiting, carried by hand, undeliverable, taken back.

mod bundle;
mod draft;
mod outbox;
mod withdraw;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum DeliveryCommand {
    /// What is on its way
    #[command(after_help = "Examples:\n  ai2ai outbox\n  ai2ai outbox --all")]
    Outbox(outbox::OutboxArgs),
    /// Take messages to someone as a file, or take in a file that was brought: for nodes that never connect
    #[command(after_help = "Examples:\n  ai2ai carry out Sam -o to-sam.ai2ai\n  ai2ai carry in to-me.ai2ai")]
    Carry(bundle::Args),
    /// What could not be delivered; `dead retry ID` sends it again, without it happening twice
    #[command(after_help = "Examples:\n  ai2ai dead\n  ai2ai dead retry 018f4b1e")]
    Dead(outbox::DeadArgs),
    /// What became of something that an agent drafted
    #[command(after_help = "Example:\n  ai2ai draft 018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40")]
    Draft(draft::Args),
    /// Take back a message that surely never left this machine, or an agent's draft
    #[command(after_help = "Example:\n  ai2ai withdraw 018f4b1e")]
    Withdraw(withdraw::Args),
}

/// Runs a command of this group.
pub(in crate::cli) async fn run(context: &mut Context, command: DeliveryCommand) -> CommandResult {
    match command {
        DeliveryCommand::Outbox(args) => outbox::outbox(context, args).await,
        DeliveryCommand::Carry(args) => bundle::run(context, args).await,
        DeliveryCommand::Dead(args) => outbox::dead(context, args).await,
        DeliveryCommand::Draft(args) => draft::run(context, args).await,
        DeliveryCommand::Withdraw(args) => withdraw::run(context, args).await,
    }
}
