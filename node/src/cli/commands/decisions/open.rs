//! `ai2ai open`: a link that opens the inbox in a browser on this machine, once.

use std::process::{Command as Process, Stdio};

use ai2ai_api::command::Command;
use ai2ai_api::exit::Exit;
use ai2ai_api::views::{OpenView, View as _};

use super::Ending;
use super::desk::Desk;
use super::pin::can_ask;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only print the link, and start no browser
    #[arg(long)]
    print: bool,
}

pub(super) async fn run(desk: &mut Desk, args: Args) -> Ending {
    let view: OpenView = desk.one(&Command::Open {}).await?;
    if desk.paper.json {
        desk.paper.object(&view.line())?;
        return Ok(Exit::Done);
    }
    desk.paper.line(&view.url)?;
    let started = !args.print && can_ask(desk) && starts_browser(&view.url);
    desk.paper.note(if started {
        "Your browser opens it. The link works once, for a minute."
    } else {
        "Open this link in a browser on this machine. It works once, for a minute."
    });
    Ok(Exit::Done)
}

/// Asks the desktop to open the link; whether there was one to ask.
fn starts_browser(url: &str) -> bool {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    Process::new(opener).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().is_ok()
}
