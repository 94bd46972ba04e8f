//! `conversation`: one conversation, whole, and followed as it goes on.

use std::io;

use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::text::{clean, when};
use ai2ai_api::views::reply::Answered;
use ai2ai_api::views::{ConversationView, MessageView};
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::id::MessageId;

use crate::cli::context::Context;
use crate::cli::item::{cancellation_line, indented, mark};
use crate::cli::output::{CommandResult, Output};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The conversation's id, or its first four characters or more
    id: String,
    /// Go on printing as it goes on, until Ctrl-C
    #[arg(long)]
    follow: bool,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let mut seen = Seen::default();
    if !args.follow {
        let lines = context.ask(requests::Conversation { id: args.id }).await?;
        context.output.answer(lines, |output, view| {
            seen.print(output, &view)?;
            suggest_next(output, &view);
            Ok(())
        })?;
        return Ok(Exit::Done);
    }
    let mut lines = context.follow(requests::Follow { id: args.id }).await?;
    while let Some(line) = lines.next().await? {
        context
            .output
            .answer(Answered::<ConversationView>::new(vec![line]), |output, view| seen.print(output, &view))?;
    }
    Ok(Exit::Done)
}

/// Parts of a conversation that are on the screen already.
#[derive(Debug, Default)]
struct Seen {
    begun: bool,
    messages: Vec<MessageId>,
    end: Vec<String>,
}

impl Seen {
    /// Prints new messages, and the state of the conversation when it changed.
    fn print(&mut self, output: &mut Output, view: &ConversationView) -> io::Result<()> {
        if !self.begun {
            output.line(format_args!(
                "\x1b[1m{} with {}\x1b[0m  [{}]",
                clean(&view.intent),
                clean(&view.with),
                view.id
            ))?;
            self.begun = true;
        }
        for message in &view.messages {
            if !self.messages.contains(&message.id) {
                self.messages.push(message.id);
                print_message(output, message)?;
            }
        }
        let end = state_lines(view);
        if end != self.end {
            for line in &end {
                output.line(line)?;
            }
            self.end = end;
        }
        Ok(())
    }
}

fn print_message(output: &mut Output, message: &MessageView) -> io::Result<()> {
    let who = if message.side == "us" { format!("{} (you)", clean(&message.who)) } else { clean(&message.who) };
    let delivery =
        message.delivery.as_deref().map_or_else(String::new, |state| format!(", {}", clean(state).replace('_', " ")));
    output.line(format_args!("{}  {who}: {}{delivery}", when(message.timestamp), message.kind))?;
    for line in indented(&message.payload, mark(&message.side)) {
        output.line(line)?;
    }
    Ok(())
}

fn state_lines(view: &ConversationView) -> Vec<String> {
    let off = if view.cancelled.is_empty() { "" } else { ", and called off" };
    let mut lines = vec![format!("It is \x1b[1m{}{off}\x1b[0m.", view.state)];
    lines.extend(view.cancelled.iter().map(cancellation_line));
    if let Some(why) = &view.not_cancelled {
        lines.push(format!("You tried to call it off, but {}. Tell them in another way.", clean(why)));
    }
    if let Some(terms) = &view.terms {
        let by = if view.terms_by.as_deref() == Some("us") { "you" } else { "they" };
        let agreed = if view.state == Phase::Confirmed { "Agreed" } else { "On the table" };
        lines.push(format!("{agreed}, as {by} put it:"));
        lines.extend(indented(terms, mark(view.terms_by.as_deref().unwrap_or("them"))));
    }
    if let Some(hash) = &view.terms_hash {
        lines.push(format!("Terms {hash}"));
    }
    if let Some(pending) = &view.pending_act {
        let state = pending.delivery.as_deref().unwrap_or("waiting");
        let act = if pending.act == "cancel" { "word that you call it off".to_owned() } else { clean(&pending.act) };
        lines.push(format!("Your {act} is not answered yet ({}).", clean(state)));
    }
    lines
}

/// Suggests the command to type next, by the state of the conversation.
fn suggest_next(output: &Output, view: &ConversationView) {
    let id = &view.id;
    match view.state {
        Phase::Confirmed => output.next(format_args!("ai2ai export {id} -o agreement-{id}.json")),
        Phase::Rejected | Phase::Expired => {}
        Phase::Proposed | Phase::Negotiating if view.pending_act.is_some() => {
            output.next_when(", in a moment", format_args!("ai2ai conversation {id}"));
        }
        Phase::Proposed | Phase::Negotiating if view.messages.last().is_some_and(|last| last.side == "them") => {
            output.next("ai2ai pending");
        }
        Phase::Proposed | Phase::Negotiating => {
            output.next_when(", once they have answered", format_args!("ai2ai conversation {id}"));
        }
    }
}
