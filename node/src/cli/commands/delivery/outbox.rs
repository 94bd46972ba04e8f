//! `outbox`, `dead`, `withdraw`: what is on its way, what never got there, and what is taken back.

use ai2ai_api::command::Command;
use ai2ai_api::exit::Exit;
use ai2ai_api::text::{brief, clean, when};
use ai2ai_api::views::{DraftView, OutboxView, SentView, WithdrawnView};

use super::Ending;
use super::desk::Desk;
use super::people::rows;

/// Characters of an error that a row shows.
const ERROR_SHOWN: usize = 60;
/// Characters of what a message is about that a row shows.
const ABOUT_SHOWN: usize = 30;

#[derive(Debug, clap::Args)]
pub(super) struct OutboxArgs {
    /// Also the latest that got there: delivered, read, answered
    #[arg(long)]
    all: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct DeadArgs {
    #[command(subcommand)]
    what: Option<DeadWords>,
}

#[derive(Debug, clap::Subcommand)]
enum DeadWords {
    /// Send one again: what they surely don't have is said anew, what they may have is asked after under its own id
    Retry {
        /// The message's id, or its first four characters or more
        id: String,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct WithdrawArgs {
    /// The id of the message, or of the item with an agent's draft; or its first four characters or more
    id: String,
}

pub(super) async fn outbox(desk: &mut Desk, args: OutboxArgs) -> Ending {
    let lines = desk.ask(&Command::Outbox { all: args.all }).await?;
    let headings = ["message", "to", "about", "state", "tries", "next try", "last error"];
    rows(desk, lines, &headings, "Everything is delivered.", row)?;
    Ok(Exit::Done)
}

pub(super) async fn dead(desk: &mut Desk, args: DeadArgs) -> Ending {
    if let Some(DeadWords::Retry { id }) = args.what {
        return retry(desk, id).await;
    }
    let lines = desk.ask(&Command::Dead {}).await?;
    let headings = ["message", "to", "about", "state", "tries", "next try", "why"];
    rows(desk, lines, &headings, "Nothing is undeliverable.", row)?;
    Ok(Exit::Done)
}

async fn retry(desk: &mut Desk, id: String) -> Ending {
    let lines = desk.ask_with_pin(|pin| Command::DeadRetry { id: id.clone(), pin }).await?;
    desk.paper.answer(lines, |paper, view: SentView| {
        let id = view.id.map_or_else(String::new, |id| id.to_string());
        match view.delivery.as_deref() {
            Some("sent") => paper.line(format_args!(
                "It may have arrived, so their node is asked what became of {id}. If it never came, `ai2ai dead` lists it \
                 again, and can say it anew."
            ))?,
            _ => paper.line(format_args!("It is said anew, as {id}, and queued."))?,
        }
        paper.line(format_args!("Conversation {}", view.conversation))
    })?;
    Ok(Exit::Done)
}

pub(super) async fn withdraw(desk: &mut Desk, args: WithdrawArgs) -> Ending {
    let lines = desk.ask(&Command::Withdraw { id: args.id }).await?;
    desk.paper.answer(lines, |paper, view: WithdrawnView| match &view.state {
        Some(state) => {
            paper.line(format_args!("Taken back: it never left this machine. The conversation is {}.", clean(state)))
        }
        None => paper.line("Taken back: it does not wait for approval any more."),
    })?;
    Ok(Exit::Done)
}

#[derive(Debug, clap::Args)]
pub(super) struct DraftArgs {
    /// The item's whole id, as the answer to the draft had it
    item: String,
}

pub(super) async fn draft(desk: &mut Desk, args: DraftArgs) -> Ending {
    let lines = desk.ask(&Command::Draft { item: Some(args.item), conversation: None }).await?;
    desk.paper.answer(lines, |paper, view: DraftView| {
        let state = view.conversation_state.map(|phase| format!("; its conversation is {phase}")).unwrap_or_default();
        paper.line(format_args!("{}{state}", clean(&view.state).replace('_', " ")))
    })?;
    Ok(Exit::Done)
}

fn row(view: OutboxView) -> Vec<String> {
    vec![
        view.id.to_string(),
        clean(&view.to),
        what(&view),
        in_words(&view),
        view.attempts.to_string(),
        view.next_attempt_at.map_or_else(|| "-".to_owned(), when),
        view.last_error.map_or_else(|| "-".to_owned(), |error| brief(&error, ERROR_SHOWN)),
    ]
}

fn what(view: &OutboxView) -> String {
    let kind = view.kind.map(|kind| kind.to_string()).unwrap_or_default();
    view.about.as_deref().map_or(kind, |about| brief(about, ABOUT_SHOWN))
}

/// How far it is, in words that promise no more than is known.
fn in_words(view: &OutboxView) -> String {
    match view.state.as_str() {
        "sent" => "sent (no answer yet)".to_owned(),
        "in_custody" => format!("in custody of {}", clean(&view.custody.join(", "))),
        "delivered" if view.held => "delivered (waits for their yes)".to_owned(),
        "dead" if view.last_error.as_deref() == Some("withdrawn") => "withdrawn".to_owned(),
        "dead" => "refused".to_owned(),
        state => clean(state),
    }
}
