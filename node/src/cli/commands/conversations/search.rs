//! `search`: messages, agreements and contacts with the owner's words, newest first.

use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::text::{brief, clean, when};
use ai2ai_api::views::{HitKind, HitView};

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

/// Characters of a text that a row shows.
const TEXT_SHOWN: usize = 100;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The words; all of them have to be there, in any order
    #[arg(required = true)]
    text: Vec<String>,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let hits = context.ask(requests::Search { text: args.text.join(" ") }).await?;
    if hits.lines().len() == requests::HITS {
        let most = requests::HITS;
        context.output.note(format_args!("These are the newest {most}; another word finds fewer."));
    }
    let headings = ["when", "who", "what", "conversation", "text"];
    context.output.rows(hits, &headings, "Nothing has these words.", |view: HitView| {
        vec![
            when(view.at),
            clean(&view.with),
            what(&view).to_owned(),
            view.conversation.map(|id| id.to_string()).unwrap_or_default(),
            brief(&view.text, TEXT_SHOWN),
        ]
    })?;
    Ok(Exit::Done)
}

fn what(view: &HitView) -> &'static str {
    match (view.kind, view.side.as_deref()) {
        (HitKind::Contact, _) => "contact",
        (HitKind::Agreement, _) => "agreed",
        (HitKind::Message, Some("us")) => "you wrote",
        (HitKind::Message, _) => "they wrote",
    }
}
