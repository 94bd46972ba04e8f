//! `told`: the record of disclosures: to whom, when, and by whose decision.

use std::io;

use ai2ai_api::audit::AuditFactor;
use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::text::{clean, when};
use ai2ai_api::views::ToldView;

use crate::cli::context::Context;
use crate::cli::item::{indented, mark};
use crate::cli::output::{CommandResult, Output};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// A contact's name, agent name or did; everybody, where nobody is named
    who: Option<String>,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let answered = context.ask(requests::Told { who: args.who }).await?;
    if answered.lines().is_empty() {
        context.output.note("Nothing was told to anybody yet.");
    }
    context.output.answer(answered, entry)?;
    Ok(Exit::Done)
}

fn entry(output: &mut Output, view: ToldView) -> io::Result<()> {
    let name = clean(&view.name);
    match (&view.kind, &view.intent) {
        (Some(kind), Some(intent)) => {
            let reached = view.delivery.as_deref().unwrap_or("how far is not known").replace('_', " ");
            let intent = clean(intent);
            let by = by_whom(&view);
            output.line(format_args!(
                "{}  to {name}: {kind}, {intent} ({}; by {by})",
                when(view.at),
                clean(&reached)
            ))?;
        }
        (None, _) | (_, None) => {
            output.line(format_args!("{}  to {name}, as to anybody who can reach you: your card", when(view.at)))?;
        }
    }
    indented(&view.content, mark("us")).try_for_each(|line| output.line(line))
}

/// The basis of a disclosure, for a person.
fn by_whom(view: &ToldView) -> String {
    match (view.approval.as_str(), view.factor.as_ref()) {
        ("settings", _) => "your settings".to_owned(),
        (_, Some(AuditFactor::Pin)) => "you, with the PIN".to_owned(),
        (_, Some(AuditFactor::NoPin)) => "you, without a PIN".to_owned(),
        (_, Some(AuditFactor::Typed)) => "you, as you typed it".to_owned(),
        ("mandate", Some(mandate)) => format!("your {}", clean(mandate.as_str())),
        ("mandate", None) => "a mandate of yours".to_owned(),
        (_, Some(factor)) => format!("you, by {}", clean(factor.as_str())),
        (_, None) => "you".to_owned(),
    }
}
