//! Messages to contacts: said, asked, proposed, answered, called off.

mod cancel;
mod send;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TalkCommand {
    /// Send someone a message
    #[command(after_help = "Example:\n  ai2ai send Sam \"Running ten minutes late\"")]
    Send(send::SendArgs),
    /// Ask someone something
    #[command(after_help = "Example:\n  ai2ai ask Sam \"Do you eat fish?\"")]
    Ask(send::AskArgs),
    /// Propose a meeting: one time is a definite offer, several are a choice
    #[command(
        after_help = "Example:\n  ai2ai meet Sam --subject Dinner --time 2026-02-10T19:00+00:00 --time 2026-02-11T19:00+00:00 --minutes 90"
    )]
    Meet(send::MeetArgs),
    /// Propose anything else, with a payload of your own
    #[command(after_help = "Example:\n  ai2ai propose Sam schedule.call --payload '{\"subject\":\"Call\"}'")]
    Propose(send::ProposeArgs),
    /// Answer in a conversation
    #[command(after_help = "Examples:\n  ai2ai reply 018f4b1e \"Yes, I do\"\n  ai2ai reply 018f4b1e --choose 2")]
    Reply(send::ReplyArgs),
    /// Call off what you and somebody agreed on. It can't be taken back; what was agreed can still be proved
    #[command(after_help = "Examples:\n  ai2ai cancel 018f4b1e\n  ai2ai cancel 018f4b1e --reason \"I am ill\"")]
    Cancel(cancel::Args),
}

/// Runs a command of this group.
pub(in crate::cli) async fn run(context: &mut Context, command: TalkCommand) -> CommandResult {
    match command {
        TalkCommand::Send(args) => send::send(context, args).await,
        TalkCommand::Ask(args) => send::ask(context, args).await,
        TalkCommand::Meet(args) => send::meet(context, args).await,
        TalkCommand::Propose(args) => send::propose(context, args).await,
        TalkCommand::Reply(args) => send::reply(context, args).await,
        TalkCommand::Cancel(args) => cancel::run(context, args).await,
    }
}
