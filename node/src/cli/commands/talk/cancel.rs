//! `cancel`: calls off what was agreed.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::text::clean;
use ai2ai_api::views::{ConversationView, SentView};
use ai2ai_protocol::conversation::Phase;

use crate::cli::context::Context;
use crate::cli::item::{indented, mark};
use crate::cli::output::CommandResult;
use crate::cli::prompt::{ask_line, is_yes};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The conversation's id, or its first four characters or more
    conversation: String,
    /// Why; they read it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let view = context.reply(requests::Conversation { id: args.conversation }).await?;
    let is_on = view.state == Phase::Confirmed && view.cancelled.is_empty() && view.pending_act.is_none();
    // The node itself refuses what can't be called off, and an agent only drafts: the person is asked about neither.
    if is_on && !args.yes && context.can_ask() && !context.has_token() {
        confirm(context, &view)?;
    }
    let conversation = view.id.to_string();
    let with = clean(&view.with);
    let command = |pin| requests::Cancel { conversation: conversation.clone(), reason: args.reason.clone(), pin };
    let lines = context.ask_with_pin(command).await?;
    context.output.answer(lines, |output, view: SentView| {
        let Some(item) = view.item else {
            let delivery = view.delivery.as_deref().unwrap_or("queued");
            output.line(format_args!("You call it off. That is {}; it counts once {with} has it.", clean(delivery)))?;
            output.line(format_args!("Conversation {}", view.conversation))?;
            output.next_when(", in a moment", format_args!("ai2ai conversation {}", view.conversation));
            return Ok(());
        };
        output.line(format_args!("Waits for your human to approve it: item {item}"))?;
        output.line(format_args!("Conversation {}", view.conversation))?;
        output.next(format_args!("ai2ai show {item}"));
        Ok(())
    })?;
    Ok(Exit::Done)
}

/// Asks before calling off: it can't be taken back, so only a yes, typed now or given as a flag, counts.
fn confirm(context: &Context, view: &ConversationView) -> Result<(), Failure> {
    context.output.note(format_args!("You agreed with {}:", clean(&view.with)));
    for line in view.terms.iter().flat_map(|terms| indented(terms, mark("us"))) {
        context.output.note(line);
    }
    context.output.note("Calling it off can't be taken back. What was agreed can still be proved.");
    if is_yes(&ask_line("Call it off? [y/N] ")?) {
        return Ok(());
    }
    Err(Failure::new(Exit::Refused, ErrorCode::NotCancelled, "nothing was called off: it stands as it was agreed"))
}
