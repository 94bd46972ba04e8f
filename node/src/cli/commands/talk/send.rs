//! `send`, `ask`, `meet`, `propose`, `reply`: what is said.

use ai2ai_api::command::Command;
use ai2ai_api::exit::Exit;
use ai2ai_api::views::SentView;
use ai2ai_protocol::canonical::{Object, read_object};
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::limits::ENVELOPE_BYTES;
use ai2ai_protocol::time::Timestamp;
use serde_json::Value;

use super::Ending;
use super::desk::Desk;

#[derive(Debug, clap::Args)]
pub(super) struct SendArgs {
    /// A contact's name, agent name or did
    who: String,
    /// What to say
    text: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct AskArgs {
    /// A contact's name, agent name or did
    who: String,
    /// What to ask
    question: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct MeetArgs {
    /// A contact's name, agent name or did
    who: String,
    /// What it is about
    #[arg(long)]
    subject: String,
    /// When: with an offset or Z, such as 2026-02-10T19:00+01:00; give it several times to propose a choice
    #[arg(long = "time", required = true, value_name = "TIME", value_parser = time)]
    times: Vec<String>,
    /// How long, in minutes
    #[arg(long, value_name = "N")]
    minutes: Option<u32>,
    /// Where
    #[arg(long)]
    place: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct ProposeArgs {
    /// A contact's name, agent name or did
    who: String,
    /// What it is about, such as schedule.call
    intent: String,
    /// A JSON object; with a member `terms` it is a definite offer
    #[arg(long, value_name = "JSON", value_parser = object)]
    payload: Object,
}

#[derive(Debug, clap::Args)]
pub(super) struct ReplyArgs {
    /// The conversation's id, or its first four characters or more
    conversation: String,
    /// What to say
    text: Option<String>,
    /// Definite terms of your own, a JSON object
    #[arg(long, value_name = "JSON", value_parser = object, conflicts_with_all = ["choose", "accept", "times"])]
    terms: Option<Object>,
    /// Times of your own; give it several times
    #[arg(long = "time", value_name = "TIME", value_parser = time, conflicts_with_all = ["choose", "accept"])]
    times: Vec<String>,
    /// Offer the Nth of the times that they propose as definite terms
    #[arg(long, value_name = "N", conflicts_with = "accept")]
    choose: Option<usize>,
    /// Confirm the terms that they put on the table
    #[arg(long)]
    accept: bool,
    /// Only if this message is still the last of theirs
    #[arg(long, value_name = "MESSAGE")]
    after: Option<MessageId>,
}

/// A moment that everyone reads alike, as it was typed.
fn time(text: &str) -> Result<String, String> {
    text.parse::<Timestamp>().map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// A JSON object that every reader reads alike.
pub(super) fn object(text: &str) -> Result<Object, String> {
    read_object(text.as_bytes(), ENVELOPE_BYTES).map_err(|error| error.to_string())
}

pub(super) async fn send(desk: &mut Desk, args: SendArgs) -> Ending {
    let lines = desk.ask(&Command::Send { who: args.who, text: args.text }).await?;
    sent(desk, lines)
}

pub(super) async fn ask(desk: &mut Desk, args: AskArgs) -> Ending {
    let lines = desk.ask(&Command::Ask { who: args.who, question: args.question }).await?;
    sent(desk, lines)
}

pub(super) async fn meet(desk: &mut Desk, args: MeetArgs) -> Ending {
    let command = |pin| Command::Meet {
        who: args.who.clone(),
        subject: args.subject.clone(),
        times: args.times.clone(),
        minutes: args.minutes,
        place: args.place.clone(),
        pin,
    };
    let lines = desk.ask_with_pin(command).await?;
    sent(desk, lines)
}

pub(super) async fn propose(desk: &mut Desk, args: ProposeArgs) -> Ending {
    let command = |pin| Command::Propose {
        who: args.who.clone(),
        intent: args.intent.clone(),
        payload: args.payload.clone(),
        pin,
    };
    let lines = desk.ask_with_pin(command).await?;
    sent(desk, lines)
}

pub(super) async fn reply(desk: &mut Desk, args: ReplyArgs) -> Ending {
    let command = |pin| Command::Reply {
        conversation: args.conversation.clone(),
        text: args.text.clone(),
        terms: args.terms.clone(),
        times: args.times.clone(),
        choose: args.choose,
        accept: args.accept,
        after: args.after,
        pin,
    };
    let lines = desk.ask_with_pin(command).await?;
    sent(desk, lines)
}

fn sent(desk: &mut Desk, lines: Vec<Value>) -> Ending {
    desk.paper.answer(lines, |paper, view: SentView| {
        if let Some(item) = view.item {
            paper.line(format_args!("Waits for your human to approve it: item {item}"))?;
        } else {
            let delivery = view.delivery.unwrap_or_else(|| "queued".to_owned());
            paper.line(format_args!("It is {delivery}; the conversation is {}.", view.state))?;
        }
        paper.line(format_args!("Conversation {}", view.conversation))?;
        match view.item {
            Some(item) => paper.next(format_args!("ai2ai show {item}")),
            None => {
                let look = format!("ai2ai conversation {}", view.conversation);
                paper.next_when(", once they have answered", look);
            }
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}
