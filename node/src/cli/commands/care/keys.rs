//! `keys`, `keys rotate` and `pin`: the identity's keys, a new key for the agent, and a new PIN.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ai2ai_api::clock::now;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::pin::Pin;
use ai2ai_api::requests;
use ai2ai_api::text::when;
use ai2ai_api::views::reply::Answered;
use ai2ai_api::views::{KeysView, StatusView};
use ai2ai_home::identity::{self, Identity, renew_agent_key};
use ai2ai_home::lock::HomeLock;
use ai2ai_home::paths::Paths;
use ai2ai_home::tokens;
use tokio::time::sleep;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;
use crate::cli::pin;

/// Longest wait for a node that restarts.
const RESTART_TIME: Duration = Duration::from_secs(5);
/// Interval between two looks for it.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    what: Option<KeysCommand>,
}

#[derive(Debug, Clone, Copy, clap::Subcommand)]
enum KeysCommand {
    /// Give your agent a new key, and make the old one void. You stay who you are: the same did, the same contacts
    Rotate {
        /// The old key was stolen: the tokens of the two doors are new ones, too
        #[arg(long)]
        stolen: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct PinArgs {
    /// Read the new PIN from FILE's first line
    #[arg(long, value_name = "FILE")]
    new_pin_file: Option<PathBuf>,
}

pub(in crate::cli) async fn keys(context: &mut Context, args: Args) -> CommandResult {
    let view = match args.what {
        None => KeysView::from(&Identity::load(&context.paths()?)?),
        Some(KeysCommand::Rotate { stolen }) => rotate(context, stolen).await?,
    };
    print(context, &view)
}

async fn rotate(context: &Context, stolen: bool) -> Result<KeysView, Failure> {
    let asked = context.decide(|pin| requests::RotateKeys { stolen, pin }).await;
    if let Some(view) = view_of_running(asked)? {
        wait_for_restart(context).await;
        context.output.note("Your node begins anew under the new key, and tells your contacts. Those who are away learn it when they are back.");
        return Ok(view);
    }
    let (paths, _lock) = locked_home(context)?;
    let owner = identity::unlock(&paths, old_pin(context, &paths)?.as_ref())?;
    renew_agent_key(&paths, &owner, now(), &mut rand::rng())?;
    if stolen {
        tokens::write_both(&paths, &mut rand::rng())?;
    }
    context.output.note("Your node is not running: your contacts are told when it is up. Start it soon: ai2ai up");
    Ok(KeysView::from(&Identity::load(&paths)?))
}

pub(in crate::cli) async fn change_pin(context: &mut Context, args: PinArgs) -> CommandResult {
    let paths = context.paths()?;
    let old = old_pin(context, &paths)?;
    let new = pin::choose_another(context, args.new_pin_file.as_deref())?;
    let asked = context.ask(requests::ChangePin { old: old.clone(), new: new.clone() }).await;
    let view = if let Some(view) = view_of_running(asked)? {
        wait_for_restart(context).await;
        view
    } else {
        let (paths, _lock) = locked_home(context)?;
        let owner = identity::unlock(&paths, old.as_ref()).map_err(Failure::from)?;
        identity::change_pin(&paths, &owner, &new, &mut rand::rng())?;
        KeysView::from(&Identity::load(&paths)?)
    };
    context.output.note("The new PIN seals your key. Backups made before keep the one of their time.");
    print(context, &view)
}

/// The PIN that seals the key now, if one does.
fn old_pin(context: &Context, paths: &Paths) -> Result<Option<Pin>, Failure> {
    if identity::has_pin(paths)? { pin::ask(context).map(Some) } else { Ok(None) }
}

/// Waits until the node has restarted, for [`RESTART_TIME`] at most: the next command would else meet it while it stops.
async fn wait_for_restart(context: &Context) {
    let asked = Instant::now();
    while asked.elapsed() < RESTART_TIME {
        let status: Result<StatusView, Failure> = context.reply(requests::Status {}).await;
        if status.is_ok_and(|status| status.uptime_s <= asked.elapsed().as_secs()) {
            return;
        }
        sleep(POLL_INTERVAL).await;
    }
}

/// The node's reply; `None` when no node runs.
fn view_of_running(asked: Result<Answered<KeysView>, Failure>) -> Result<Option<KeysView>, Failure> {
    match asked {
        Ok(answered) => answered.read().map(Some),
        Err(failure) if failure.exit == Exit::NotRunning => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// The paths of the home, with its lock: no node starts while it is held.
fn locked_home(context: &Context) -> Result<(Paths, HomeLock), Failure> {
    let paths = context.paths()?;
    let lock = HomeLock::take(&paths)?;
    Ok((paths, lock))
}

fn print(context: &mut Context, view: &KeysView) -> CommandResult {
    context.output.answer(Answered::from(view), |output, view| {
        let sealed = if view.has_pin { "sealed with a PIN" } else { "no PIN seals it: ai2ai pin" };
        output.line(format_args!("you    {}  ({sealed})", view.did))?;
        output.line(format_args!(
            "agent  {}  (delegation {}, until {})",
            view.agent_key,
            view.delegation,
            when(view.until)
        ))?;
        output.line(format_args!("node   {}", view.peer))
    })?;
    Ok(Exit::Done)
}
