//! `restore`: a home made from a backup.

use std::path::PathBuf;

use ai2ai_api::clock::now;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::text::{clean, when};
use ai2ai_api::views::{RestoreView, View as _};
use ai2ai_core::people::takeover;
use ai2ai_engine::explain::explain;
use ai2ai_home::backup::{Passphrase, restore};
use ai2ai_home::identity::Identity;
use ai2ai_store::Store;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;
use crate::cli::pin;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The file that `ai2ai backup` wrote
    file: PathBuf,
    /// Read the passphrase from the first line of FILE (`-`: standard input) instead of asking
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

pub(in crate::cli) fn run(context: &mut Context, args: Args) -> CommandResult {
    let paths = context.paths()?;
    // Refuses before the passphrase is asked for.
    Identity::refuse_a_second(&paths)?;
    let passphrase = Passphrase::new(pin::ask_passphrase(context, args.passphrase_file.as_deref())?)?;
    let restored = restore(&paths, &args.file, &passphrase, now(), take_over)?;
    let view = RestoreView {
        did: restored.did,
        human: restored.human,
        agent: restored.agent,
        made_at: restored.made_at,
        rows: restored.rows,
    };
    if context.output.json {
        context.output.object(&view.line())?;
        return Ok(Exit::Done);
    }
    context.output.line(format_args!("{} is back, as of {}: {}", clean(&view.human), when(view.made_at), view.did))?;
    context
        .output
        .note("What came or was agreed after that moment is not in it: look at `ai2ai conversations` with care.");
    context.output
        .note("Don't run the old node again: when it sees this one, it stops. The two tokens are new: give agent.token to your agent.");
    context.output.note("Next: ai2ai up");
    Ok(Exit::Done)
}

/// Makes the restored node take over from any other that runs under this identity.
fn take_over(store: &Store) -> Result<(), Failure> {
    takeover::take_over(store, now()).map_err(explain)
}

#[cfg(test)]
mod tests {
    use ai2ai_store::kv;

    use super::*;

    #[test]
    fn cards_of_a_restored_node_are_newer_than_all_that_were_signed_before() {
        let store = Store::in_memory();
        let begun = u64::try_from(now().as_millis() / 1_000).expect("a clock after 1970");
        take_over(&store).expect("taken over");
        let next = store.write(|tx| kv::next_sequence(tx, "card")).expect("a number");
        assert!(next > begun, "{next} is no newer than {begun}");
    }
}
