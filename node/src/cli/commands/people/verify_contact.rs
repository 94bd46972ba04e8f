//! `verify-contact`: the same twelve words on both screens.

use ai2ai_api::command::Command;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::text::{clean, when};
use ai2ai_api::views::{View as _, WordsView};

use super::Ending;
use super::decide::{is_yes, typed};
use super::desk::Desk;
use super::pin::can_ask;

/// Words on one line.
const A_LINE: usize = 4;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A contact's name, agent name or did
    who: String,
    /// You have compared the words with them, and they match
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(desk: &mut Desk, args: Args) -> Ending {
    let ask = |matches| Command::VerifyContact { who: args.who.clone(), matches };
    let mut view: WordsView = desk.one(&ask(args.yes)).await?;
    if !desk.paper.json {
        show(desk, &view)?;
    }
    if !args.yes && !desk.paper.json && can_ask(desk) {
        if !is_yes(&typed("Do they read out the same words? [y/N] ")?) {
            let message = format!("{} is not marked as verified", clean(&view.name));
            let hint =
                "If the words differ, somebody is between you: ai2ai block, and add them anew from another network.";
            return Err(Failure::new(Exit::Refused, "not_verified", message).hint(hint).into());
        }
        // By the key: a name could mean somebody else by now.
        view = desk.one(&Command::VerifyContact { who: view.did.to_string(), matches: true }).await?;
    }
    if desk.paper.json {
        desk.paper.object(&view.line())?;
        return Ok(Exit::Done);
    }
    match view.compared_at {
        Some(at) => {
            desk.paper.line(format_args!("{} is verified in person, since {}.", clean(&view.name), when(at)))?
        }
        None => desk.paper.note("If they read out the same ones: ai2ai verify-contact WHO --yes"),
    }
    Ok(Exit::Done)
}

fn show(desk: &mut Desk, view: &WordsView) -> Result<(), super::paper::Stop> {
    desk.paper.note(format_args!("On {}'s screen the same words must stand, in this order:", clean(&view.name)));
    for line in view.words.chunks(A_LINE) {
        desk.paper.line(format_args!("    {}", line.join(" ")))?;
    }
    Ok(())
}
