//! `conversations`: all conversations, latest first.

use ai2ai_api::door::LISTED;
use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::text::{brief, clean, when};
use ai2ai_api::views::ConversationLine;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

/// Characters of a subject that a row shows.
const SUBJECT_SHOWN: usize = 40;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Those that changed before this one did: the last of a list that was too long
    #[arg(long, value_name = "ID")]
    before: Option<String>,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let lines = context.ask(requests::Conversations { before: args.before }).await?;
    if let Some(last) = lines.lines().get(LISTED - 1).and_then(|line| line["id"].as_str()) {
        context
            .output
            .note(format_args!("These are {LISTED}; for those before them: ai2ai conversations --before {last}"));
    }
    let headings = ["conversation", "with", "about", "state", "last change"];
    context.output.rows(lines, &headings, "Nothing was said yet.", |view: ConversationLine| {
        let about = view.subject.as_deref().unwrap_or(&view.intent);
        vec![
            view.id.to_string(),
            clean(&view.with),
            brief(about, SUBJECT_SHOWN),
            if view.cancelled { format!("{}, called off", view.state) } else { view.state.to_string() },
            when(view.touched_at),
        ]
    })?;
    Ok(Exit::Done)
}
