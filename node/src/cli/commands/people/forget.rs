//! `forget`: removes a contact, or erases conversations.

use std::io;

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::text::clean;
use ai2ai_api::views::ForgottenView;
use ai2ai_api::views::reply::{Answered, ForgottenReply};

use crate::cli::context::Context;
use crate::cli::output::{CommandResult, Output};
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
    let answered: Answered<ForgottenView> = match (args.who, args.conversation) {
        (_, Some(id)) => {
            let view = context.reply(requests::Conversation { id }).await?;
            let state = view.state;
            let messages = view.messages.len();
            let what = format!("The conversation with {} ({state}, {messages} messages)", clean(&view.with));
            confirm(context, args.yes, &what)?;
            context.ask(requests::ForgetConversation { id: view.id.to_string(), ask_them, unresolved }).await?
        }
        (who, None) => {
            let who = who.unwrap_or_default();
            if erases {
                confirm(context, args.yes, &format!("{}, and every conversation with them", clean(&who)))?;
            }
            let answered =
                context.ask(requests::Forget { who, everything: args.everything, ask_them, unresolved }).await?;
            if !erases {
                return context.output.answer_whole(answered, no_contact_any_more).map(|()| Exit::Done);
            }
            answered.narrow()
        }
    };
    context.output.answer(answered, |output, view| {
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
fn no_contact_any_more(output: &mut Output, reply: ForgottenReply) -> io::Result<()> {
    let name = match &reply {
        ForgottenReply::Contact(view) => &view.name,
        ForgottenReply::Erased(view) => &view.with,
    };
    output.line(format_args!("{} is no contact any more.", clean(name)))
}

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
