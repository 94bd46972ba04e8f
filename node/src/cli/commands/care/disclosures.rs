//! `told`: what was told to whom, when, and by whose word.

use std::io;

use ai2ai_api::command::Command;
use ai2ai_api::exit::Exit;
use ai2ai_api::text::{clean, when};
use ai2ai_api::views::ToldView;

use super::Ending;
use super::desk::Desk;
use super::paper::Paper;
use super::show::{indented, mark};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A contact's name, agent name or did; everybody, where nobody is named
    who: Option<String>,
}

pub(super) async fn run(desk: &mut Desk, args: Args) -> Ending {
    let lines = desk.ask(&Command::Told { who: args.who }).await?;
    if lines.is_empty() {
        desk.paper.note("Nothing was told to anybody yet.");
    }
    desk.paper.answer(lines, entry)?;
    Ok(Exit::Done)
}

fn entry(paper: &mut Paper, view: ToldView) -> io::Result<()> {
    let name = clean(&view.name);
    match (&view.kind, &view.intent) {
        (Some(kind), Some(intent)) => {
            let reached = view.delivery.as_deref().unwrap_or("how far is not known").replace('_', " ");
            let (intent, by) = (clean(intent), by_whom(&view));
            paper.line(format_args!(
                "{}  to {name}: {kind}, {intent} ({}; by {by})",
                when(view.at),
                clean(&reached)
            ))?;
        }
        (None, _) | (_, None) => {
            paper.line(format_args!("{}  to {name}, as to anybody who can reach you: your card", when(view.at)))?;
        }
    }
    indented(&view.content, mark("us")).try_for_each(|line| paper.line(line))
}

/// Whose word it was, for a person.
fn by_whom(view: &ToldView) -> String {
    match (view.approval.as_str(), view.factor.as_deref()) {
        ("settings", _) => "your settings".to_owned(),
        (_, Some("pin")) => "you, with the PIN".to_owned(),
        (_, Some("no_pin")) => "you, without a PIN".to_owned(),
        (_, Some("typed")) => "you, as you typed it".to_owned(),
        ("mandate", Some(mandate)) => format!("your {}", clean(mandate)),
        ("mandate", None) => "a mandate of yours".to_owned(),
        (_, Some(factor)) => format!("you, by {}", clean(factor)),
        (_, None) => "you".to_owned(),
    }
}
