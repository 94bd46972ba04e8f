//! `verify-contact`: twelve words to compare on both screens.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::text::{clean, when};
use ai2ai_api::views::{View as _, WordsView};

use crate::cli::context::Context;
use crate::cli::output::{CommandError, CommandResult};
use crate::cli::prompt::{ask_line, is_yes};

/// Words on one line.
const WORDS_A_LINE: usize = 4;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// A contact's name, agent name or did
    who: String,
    /// You have compared the words with them, and they match
    #[arg(long)]
    yes: bool,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let ask = |matches| requests::VerifyContact { who: args.who.clone(), matches };
    let mut view = context.reply(ask(args.yes)).await?;
    if !context.output.json {
        show(context, &view)?;
    }
    if !args.yes && !context.output.json && context.can_ask() {
        if !is_yes(&ask_line("Do they read out the same words? [y/N] ")?) {
            let message = format!("{} is not marked as verified", clean(&view.name));
            let hint =
                "If the words differ, somebody is between you: ai2ai block, and add them anew from another network.";
            return Err(Failure::new(Exit::Refused, ErrorCode::NotVerified, message).hint(hint).into());
        }
        // Names the contact by the key: a name could mean somebody else by now.
        view = context.reply(requests::VerifyContact { who: view.did.to_string(), matches: true }).await?;
    }
    if context.output.json {
        context.output.object(&view.line())?;
        return Ok(Exit::Done);
    }
    match view.compared_at {
        Some(at) => {
            context.output.line(format_args!("{} is verified in person, since {}.", clean(&view.name), when(at)))?
        }
        None => context.output.note("If they read out the same ones: ai2ai verify-contact WHO --yes"),
    }
    Ok(Exit::Done)
}

fn show(context: &mut Context, view: &WordsView) -> Result<(), CommandError> {
    context.output.note(format_args!("On {}'s screen the same words must stand, in this order:", clean(&view.name)));
    for line in view.words.chunks(WORDS_A_LINE) {
        context.output.line(format_args!("    {}", line.join(" ")))?;
    }
    Ok(())
}
