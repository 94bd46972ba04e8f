//! Conversations and their agreements: read, written to a file, checked.

mod conversation;
mod export;
mod list;
mod search;
mod verify;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ConversationCommand {
    /// All conversations, latest first
    #[command(after_help = "Example:\n  ai2ai conversations")]
    Conversations(list::Args),
    /// Messages, agreements and contacts with these words, newest first
    #[command(after_help = "Example:\n  ai2ai search dinner giulia")]
    Search(search::Args),
    /// One conversation, whole
    #[command(after_help = "Example:\n  ai2ai conversation 018f4b1e --follow")]
    Conversation(conversation::Args),
    /// Write the agreement of a confirmed conversation: one file that proves it
    #[command(after_help = "Example:\n  ai2ai export 018f4b1e -o dinner.json")]
    Export(export::Args),
    /// Check an agreement file. Needs no node, no identity and no network
    #[command(after_help = "Example:\n  ai2ai verify dinner.json")]
    Verify(verify::Args),
}

/// Runs a command of this group.
pub(in crate::cli) async fn run(context: &mut Context, command: ConversationCommand) -> CommandResult {
    match command {
        ConversationCommand::Conversations(args) => list::run(context, args).await,
        ConversationCommand::Search(args) => search::run(context, args).await,
        ConversationCommand::Conversation(args) => conversation::run(context, args).await,
        ConversationCommand::Export(args) => export::run(context, args).await,
        ConversationCommand::Verify(args) => verify::run(context, &args),
    }
}
