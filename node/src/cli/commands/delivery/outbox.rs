//! `outbox` and `dead`: messages on their way, and messages that could not be delivered.

use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::text::{brief, clean, when};
use ai2ai_api::views::{OutboxView, SentView};

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

/// Characters of an error that a row shows.
const ERROR_SHOWN: usize = 60;
/// Characters of what a message is about that a row shows.
const ABOUT_SHOWN: usize = 30;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct OutboxArgs {
    /// Also the latest that got there: delivered, read, answered
    #[arg(long)]
    all: bool,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DeadArgs {
    #[command(subcommand)]
    what: Option<DeadCommand>,
}

#[derive(Debug, clap::Subcommand)]
enum DeadCommand {
    /// Send one again: what they surely don't have is said anew, what they may have is asked after under its own id
    Retry {
        /// The message's id, or its first four characters or more
        id: String,
    },
}

pub(in crate::cli) async fn outbox(context: &mut Context, args: OutboxArgs) -> CommandResult {
    let lines = context.ask(requests::Outbox { all: args.all }).await?;
    let headings = ["message", "to", "about", "state", "tries", "next try", "last error"];
    context.output.rows(lines, &headings, "Everything is delivered.", row)?;
    Ok(Exit::Done)
}

pub(in crate::cli) async fn dead(context: &mut Context, args: DeadArgs) -> CommandResult {
    if let Some(DeadCommand::Retry { id }) = args.what {
        return retry(context, id).await;
    }
    let lines = context.ask(requests::Dead {}).await?;
    let headings = ["message", "to", "about", "state", "tries", "next try", "why"];
    context.output.rows(lines, &headings, "Nothing is undeliverable.", row)?;
    Ok(Exit::Done)
}

async fn retry(context: &mut Context, id: String) -> CommandResult {
    let lines = context.ask_with_pin(|pin| requests::DeadRetry { id: id.clone(), pin }).await?;
    context.output.answer(lines, |output, view: SentView| {
        let id = view.id.map_or_else(String::new, |id| id.to_string());
        match view.delivery.as_deref() {
            Some("sent") => output.line(format_args!(
                "It may have arrived, so their node is asked what became of {id}. If it never came, `ai2ai dead` lists it \
                 again, and can say it anew."
            ))?,
            _ => output.line(format_args!("It is said anew, as {id}, and queued."))?,
        }
        output.line(format_args!("Conversation {}", view.conversation))
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

/// The delivery state in words that promise no more than is known.
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
