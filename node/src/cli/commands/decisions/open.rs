//! `open`: a link that opens the inbox in a browser on this machine, once.

use std::process::{Command as Process, Stdio};

use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::views::View as _;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Only print the link, and start no browser
    #[arg(long)]
    print: bool,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let view = context.reply(requests::Open {}).await?;
    if context.output.json {
        context.output.object(&view.line())?;
        return Ok(Exit::Done);
    }
    context.output.line(&view.url)?;
    let started = !args.print && context.can_ask() && starts_browser(&view.url);
    context.output.note(if started {
        "Your browser opens it. The link works once, for a minute."
    } else {
        "Open this link in a browser on this machine. It works once, for a minute."
    });
    Ok(Exit::Done)
}

/// Starts a browser with the link. Gives false when none could be started.
fn starts_browser(url: &str) -> bool {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    Process::new(opener).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().is_ok()
}
