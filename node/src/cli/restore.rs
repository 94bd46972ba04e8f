//! `ai2ai restore`: a home made from a backup.

use std::path::PathBuf;

use super::Ending;
use super::desk::Desk;
use super::pin;
use super::text::{clean, when};
use crate::backup::{Passphrase, restore};
use crate::clock::now;
use crate::exit::Exit;
use crate::identity::Identity;
use crate::views::{RestoreView, View as _};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file that `ai2ai backup` wrote
    file: PathBuf,
    /// Read the passphrase from the first line of FILE (`-`: standard input) instead of asking
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

pub(super) fn run(desk: &mut Desk, args: Args) -> Ending {
    let paths = desk.paths()?;
    // Said before anything is asked.
    Identity::refuse_a_second(&paths)?;
    let passphrase = Passphrase::new(pin::ask_passphrase(desk, args.passphrase_file.as_deref())?)?;
    let restored = restore(&paths, &args.file, &passphrase, now())?;
    let view = RestoreView {
        did: restored.did,
        human: restored.human,
        agent: restored.agent,
        made_at: restored.made_at,
        rows: restored.rows,
    };
    if desk.paper.json {
        desk.paper.object(&view.line())?;
        return Ok(Exit::Done);
    }
    desk.paper.line(format_args!("{} is back, as of {}: {}", clean(&view.human), when(view.made_at), view.did))?;
    desk.paper.note("What came or was agreed after that moment is not in it: look at `ai2ai conversations` with care.");
    desk.paper
        .note("Don't run the old node again: when it sees this one, it stops. The two tokens are new: give agent.token to your agent.");
    desk.paper.note("Next: ai2ai up");
    Ok(Exit::Done)
}
