//! `ai2ai cancel`: calls off what was agreed.

use ai2ai_api::command::Command;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::text::{clean, when};
use ai2ai_api::views::{CancelledView, ConversationView, SentView};
use ai2ai_protocol::conversation::Phase;

use super::Ending;
use super::decide::{is_yes, typed};
use super::desk::Desk;
use super::pin::can_ask;
use super::show::{indented, mark};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The conversation's id, or its first four characters or more
    conversation: String,
    /// Why; they read it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(super) async fn run(desk: &mut Desk, args: Args) -> Ending {
    let view: ConversationView = desk.one(&Command::Conversation { id: args.conversation }).await?;
    let is_on = view.state == Phase::Confirmed && view.cancelled.is_empty() && view.pending_act.is_none();
    // What can't be called off the node says itself, and an agent only drafts it: nobody is asked about either.
    if is_on && !args.yes && can_ask(desk) && !desk.has_token() {
        agreed(desk, &view)?;
    }
    let (conversation, with) = (view.id.to_string(), clean(&view.with));
    let command = |pin| Command::Cancel { conversation: conversation.clone(), reason: args.reason.clone(), pin };
    let lines = desk.ask_with_pin(command).await?;
    desk.paper.answer(lines, |paper, view: SentView| {
        let Some(item) = view.item else {
            let delivery = view.delivery.as_deref().unwrap_or("queued");
            paper.line(format_args!("You call it off. That is {}; it counts once {with} has it.", clean(delivery)))?;
            paper.line(format_args!("Conversation {}", view.conversation))?;
            paper.next_when(", in a moment", format_args!("ai2ai conversation {}", view.conversation));
            return Ok(());
        };
        paper.line(format_args!("Waits for your human to approve it: item {item}"))?;
        paper.line(format_args!("Conversation {}", view.conversation))?;
        paper.next(format_args!("ai2ai show {item}"));
        Ok(())
    })?;
    Ok(Exit::Done)
}

/// It can't be taken back: only a yes, typed now or given as a flag, is a yes.
fn agreed(desk: &Desk, view: &ConversationView) -> Result<(), Failure> {
    desk.paper.note(format_args!("You agreed with {}:", clean(&view.with)));
    for line in view.terms.iter().flat_map(|terms| indented(terms, mark("us"))) {
        desk.paper.note(line);
    }
    desk.paper.note("Calling it off can't be taken back. What was agreed can still be proved.");
    if is_yes(&typed("Call it off? [y/N] ")?) {
        return Ok(());
    }
    Err(Failure::new(Exit::Refused, "not_cancelled", "nothing was called off: it stands as it was agreed"))
}

/// Who has called it off, when and why, in a line.
pub(super) fn line_of(view: &CancelledView) -> String {
    let who = if view.by == "us" { "You".to_owned() } else { clean(&view.who) };
    let reason = view.reason.as_deref().map_or_else(String::new, |reason| format!(": {}", clean(reason)));
    format!("{who} called it off, {}{reason}", when(view.at))
}
