//! `card`: the card of this node, as others see it.

use std::path::{Path, PathBuf};

use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::text::{lay_out, when};
use ai2ai_api::views::CardView;
use ai2ai_protocol::card::Card;
use serde_json::Value;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Write it to FILE as others are to read it, such as a web server's .well-known/ai2ai.json
    #[arg(short, long = "output", value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let answered = context.ask(requests::Card {}).await?;
    if let Some(file) = args.output {
        return publish(context, &answered.read()?, &file);
    }
    context
        .output
        .answer(answered, |output, view| lay_out(&view.card).iter().try_for_each(|text| output.line(text)))?;
    Ok(Exit::Done)
}

/// Replaces the file by the card in one step: a reader sees the old one or the new one, never half of one.
fn publish(context: &Context, view: &CardView, file: &Path) -> CommandResult {
    let card = Value::from(view.card.clone()).to_string();
    let card = Card::read(card.as_bytes()).map_err(|refusal| Failure::internal(format!("our own card: {refusal}")))?;
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(".new");
    let unfinished = PathBuf::from(unfinished);
    let written = std::fs::write(&unfinished, card.bytes()).and_then(|()| std::fs::rename(&unfinished, file));
    written.map_err(|error| Failure::file("write", file, &error))?;
    context
        .output
        .note(format_args!("Good until {}: write it anew before, such as once a day.", when(card.expires_at())));
    Ok(Exit::Done)
}
