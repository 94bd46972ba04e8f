//! `send`, `ask`, `meet`, `propose`, `reply`: messages to a contact.

use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::views::SentView;
use ai2ai_api::views::reply::Answered;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::id::MessageId;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;
use crate::cli::values::{json_object, time};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SendArgs {
    /// A contact's name, agent name or did
    who: String,
    /// What to say
    text: String,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct AskArgs {
    /// A contact's name, agent name or did
    who: String,
    /// What to ask
    question: String,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct MeetArgs {
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
pub(in crate::cli) struct ProposeArgs {
    /// A contact's name, agent name or did
    who: String,
    /// What it is about, such as schedule.call
    intent: String,
    /// A JSON object; with a member `terms` it is a definite offer
    #[arg(long, value_name = "JSON", value_parser = json_object)]
    payload: Object,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ReplyArgs {
    /// The conversation's id, or its first four characters or more
    conversation: String,
    /// What to say
    text: Option<String>,
    /// Definite terms of your own, a JSON object
    #[arg(long, value_name = "JSON", value_parser = json_object, conflicts_with_all = ["choose", "accept", "times"])]
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

pub(in crate::cli) async fn send(context: &mut Context, args: SendArgs) -> CommandResult {
    let lines = context.ask(requests::Send { who: args.who, text: args.text }).await?;
    print_sent(context, lines)
}

pub(in crate::cli) async fn ask(context: &mut Context, args: AskArgs) -> CommandResult {
    let lines = context.ask(requests::Ask { who: args.who, question: args.question }).await?;
    print_sent(context, lines)
}

pub(in crate::cli) async fn meet(context: &mut Context, args: MeetArgs) -> CommandResult {
    let command = |pin| requests::Meet {
        who: args.who.clone(),
        subject: args.subject.clone(),
        times: args.times.clone(),
        minutes: args.minutes,
        place: args.place.clone(),
        pin,
    };
    let lines = context.ask_with_pin(command).await?;
    print_sent(context, lines)
}

pub(in crate::cli) async fn propose(context: &mut Context, args: ProposeArgs) -> CommandResult {
    let command = |pin| requests::Propose {
        who: args.who.clone(),
        intent: args.intent.clone(),
        payload: args.payload.clone(),
        pin,
    };
    let lines = context.ask_with_pin(command).await?;
    print_sent(context, lines)
}

pub(in crate::cli) async fn reply(context: &mut Context, args: ReplyArgs) -> CommandResult {
    let command = |pin| requests::Reply {
        conversation: args.conversation.clone(),
        text: args.text.clone(),
        terms: args.terms.clone(),
        times: args.times.clone(),
        choose: args.choose,
        accept: args.accept,
        after: args.after,
        pin,
    };
    let lines = context.ask_with_pin(command).await?;
    print_sent(context, lines)
}

fn print_sent(context: &mut Context, lines: Answered<SentView>) -> CommandResult {
    context.output.answer(lines, |output, view| {
        if let Some(item) = view.item {
            output.line(format_args!("Waits for your human to approve it: item {item}"))?;
        } else {
            let delivery = view.delivery.unwrap_or_else(|| "queued".to_owned());
            output.line(format_args!("It is {delivery}; the conversation is {}.", view.state))?;
        }
        output.line(format_args!("Conversation {}", view.conversation))?;
        match view.item {
            Some(item) => output.next(format_args!("ai2ai show {item}")),
            None => {
                let look = format!("ai2ai conversation {}", view.conversation);
                output.next_when(", once they have answered", look);
            }
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}
