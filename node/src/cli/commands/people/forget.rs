//! `forget`: removes a contact, or erases conversations.

use ai2ai_api::command::Command;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::text::clean;
use ai2ai_api::views::{ConversationView, ForgottenView};

use super::contacts::print_contact;
use crate::cli::context::Context;
use crate::cli::output::CommandResult;
use crate::cli::prompt::{ask_line, is_yes};

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["who", "conversation"])))]
pub(in crate::cli) struct Args {
    /// A contact's name, agent name or did: they are no contact any more; what was said stays
    who: Option<String>,
    /// Erase this conversation instead, with its messages and its agreement: its id, or four characters or more of it
    #[arg(long, value_name = "ID")]
    conversation: Option<String>,
    /// Erase all that was ever said with them, too
    #[arg(long, requires = "who")]
    everything: bool,
    /// Ask them to forget it as well. Their owner decides
    #[arg(long)]
    ask_them: bool,
    /// Erase it although an act of yours is not answered yet, or something is still on its way
    #[arg(long)]
    unresolved: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let erases = args.everything || args.conversation.is_some();
    let ask_them = args.ask_them;
    let unresolved = args.unresolved;
    if !erases && (ask_them || unresolved) {
        let failure = Failure::new(Exit::Usage, ErrorCode::Usage, "--ask-them and --unresolved go with what is erased");
        return Err(failure.hint("Add --everything, or name a conversation: --conversation ID").into());
    }
    let command = match (args.who, args.conversation) {
        (_, Some(id)) => {
            let view: ConversationView = context.one(&Command::Conversation { id }).await?;
            let state = view.state;
            let messages = view.messages.len();
            let what = format!("The conversation with {} ({state}, {messages} messages)", clean(&view.with));
            confirm(context, args.yes, &what)?;
            Command::ForgetConversation { id: view.id.to_string(), ask_them, unresolved }
        }
        (who, None) => {
            let who = who.unwrap_or_default();
            if erases {
                confirm(context, args.yes, &format!("{}, and every conversation with them", clean(&who)))?;
            }
            Command::Forget { who, everything: args.everything, ask_them, unresolved }
        }
    };
    let lines = context.ask(&command).await?;
    if !erases {
        return print_contact(context, lines, |view| format!("{} is no contact any more.", clean(&view.name)));
    }
    context.output.answer(lines, |output, view: ForgottenView| {
        let with = clean(&view.with);
        output.line(format_args!(
            "Erased: {} conversations with {with}, {} messages.",
            view.conversations, view.messages
        ))?;
        match view.asked {
            Some(_) => {
                output.line(format_args!("{with} is asked to forget it too. Whether they do is theirs to decide."))
            }
            None => Ok(()),
        }
    })?;
    Ok(Exit::Done)
}

/// Asks before erasing: it cannot be undone, so only a yes, typed now or given as a flag, counts.
fn confirm(context: &Context, yes: bool, what: &str) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !context.can_ask() {
        return Err(
            Failure::new(Exit::Usage, ErrorCode::Usage, "nobody can be asked whether this is meant").hint("Add --yes.")
        );
    }
    context.output.note(format_args!("{what} will be erased here, with any agreement in it. It cannot be undone."));
    context.output.note("To keep an agreement, write it to a file first: ai2ai export ID");
    if is_yes(&ask_line("Erase it? [y/N] ")?) {
        return Ok(());
    }
    Err(Failure::new(Exit::Refused, ErrorCode::NotErased, "nothing was erased"))
}
