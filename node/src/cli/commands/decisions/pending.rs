//! `pending` and `show`: the items that wait for the owner, and one of them whole.

use ai2ai_api::clock::now;
use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::text::{brief, clean, when};
use ai2ai_api::views::reply::Answered;
use ai2ai_api::views::{CANCELLED, ItemView, PendingView};
use serde_json::Value;

use crate::cli::context::Context;
use crate::cli::item::item_lines;
use crate::cli::output::CommandResult;

/// Characters of a summary that a row shows.
const SUMMARY_SHOWN: usize = 60;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct PendingArgs {
    /// List what is snoozed, and more than a few of one person's, too
    #[arg(long)]
    all: bool,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ShowArgs {
    /// The item's id, or its first four characters or more
    id: String,
}

/// The listed items, and the number of those that are snoozed or folded behind others.
fn visible(answered: Answered<Vec<PendingView>>, all: bool) -> (Answered<Vec<PendingView>>, usize) {
    let lines = answered.into_lines();
    let count = lines.len();
    let hidden = |line: &Value| !line["snoozed_until"].is_null() || line["folded"] == true;
    let shown: Vec<Value> = lines.into_iter().filter(|line| all || !hidden(line)).collect();
    let rest = count - shown.len();
    (Answered::new(shown), rest)
}

pub(in crate::cli) async fn pending(context: &mut Context, args: PendingArgs) -> CommandResult {
    let lines = context.ask(requests::Pending {}).await?;
    let (lines, rest) = visible(lines, args.all || context.output.json);
    if rest > 0 {
        context.output.note(format_args!(
            "{rest} more are snoozed or wait behind others of the same person: ai2ai pending --all"
        ));
    }
    let headings = ["item", "kind", "who", "about", "until"];
    let next = lines.lines().first().and_then(|line| line["id"].as_str()).map(|id| format!("ai2ai show {}", clean(id)));
    context.output.rows(lines, &headings, "Nothing waits for you.", |view: PendingView| {
        vec![
            view.id.to_string(),
            clean(&view.kind).replace('_', " "),
            brief(&view.who, SUMMARY_SHOWN),
            brief(&view.summary, SUMMARY_SHOWN),
            when(view.expires_at),
        ]
    })?;
    if let Some(command) = next {
        context.output.next(command);
    }
    Ok(Exit::Done)
}

pub(in crate::cli) async fn show(context: &mut Context, args: ShowArgs) -> CommandResult {
    let lines = context.ask(requests::Show { id: args.id }).await?;
    context.output.answer(lines, |output, view: ItemView| {
        for line in item_lines(&view, now()) {
            output.line(line)?;
        }
        if view.kind == CANCELLED {
            output.next_when(", to take this notice away", format_args!("ai2ai reject {}", view.id));
            return Ok(());
        }
        let choose = if view.sends.is_none() && !view.choices.is_empty() { " --choose 1" } else { "" };
        output.next(format_args!("ai2ai approve {}{choose}", view.id));
        output.note(format_args!("Or:   ai2ai reject {}", view.id));
        Ok(())
    })?;
    Ok(Exit::Done)
}
