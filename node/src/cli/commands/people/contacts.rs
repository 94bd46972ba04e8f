//! `contacts`, `block`, `unblock`, `ping`: the people who were added.

use std::io;

use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::text::{clean, when};
use ai2ai_api::views::reply::Answered;
use ai2ai_api::views::{ContactView, PingView};

use crate::cli::context::Context;
use crate::cli::output::{CommandResult, Output};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct WhoArgs {
    /// A contact's name, agent name or did
    who: String,
}

pub(in crate::cli) async fn contacts(context: &mut Context) -> CommandResult {
    let lines = context.ask(requests::Contacts {}).await?;
    let none = "You have no contacts yet. See: ai2ai nearby";
    context.output.rows(
        lines,
        &["name", "trust", "verified", "agent", "connected", "last seen", "did"],
        none,
        |view: ContactView| {
            let trust = if view.blocked { "blocked" } else { view.trust.as_str() };
            vec![
                clean(&view.name),
                trust.to_owned(),
                if view.compared_at.is_some() { "in person" } else { "-" }.to_owned(),
                clean(&view.agent),
                view.path.as_deref().map_or_else(|| "-".to_owned(), clean),
                view.last_seen.map_or_else(|| "-".to_owned(), when),
                view.did.to_string(),
            ]
        },
    )?;
    Ok(Exit::Done)
}

pub(in crate::cli) async fn block(context: &mut Context, args: WhoArgs) -> CommandResult {
    let lines = context.ask(requests::Block { who: args.who }).await?;
    print_contact(context, lines, |view| format!("{} is blocked. They are not told.", clean(&view.name)))
}

pub(in crate::cli) async fn unblock(context: &mut Context, args: WhoArgs) -> CommandResult {
    let lines = context.ask(requests::Unblock { who: args.who }).await?;
    print_contact(context, lines, |view| format!("{} is let in again ({}).", clean(&view.name), view.trust.as_str()))
}

pub(in crate::cli) fn print_contact(
    context: &mut Context,
    lines: Answered<ContactView>,
    words: impl Fn(&ContactView) -> String,
) -> CommandResult {
    context.output.answer(lines, |output, view| output.line(words(&view)))?;
    Ok(Exit::Done)
}

pub(in crate::cli) async fn ping(context: &mut Context, args: WhoArgs) -> CommandResult {
    let lines = context.ask(requests::Ping { who: args.who }).await?;
    context.output.answer(lines, pong)?;
    Ok(Exit::Done)
}

fn pong(output: &mut Output, view: PingView) -> io::Result<()> {
    output.line(format_args!("{} answered in {:.1} ms over {}.", clean(&view.name), view.rtt_ms, clean(&view.path)))?;
    let intents: Vec<String> = view.intents.iter().map(|intent| clean(intent)).collect();
    output.line(format_args!(
        "They offer: {}",
        if intents.is_empty() { "nothing".to_owned() } else { intents.join(", ") }
    ))
}
