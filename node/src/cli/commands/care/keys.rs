//! `keys`, `keys rotate` and `pin`: what the identity's keys are, another one for the agent, and another PIN.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ai2ai_api::clock::now;
use ai2ai_api::command::Command;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::pin::Pin;
use ai2ai_api::text::when;
use ai2ai_api::views::{KeysView, StatusView, View as _};
use ai2ai_home::identity::{self, Identity, change_pin, renew_agent_key};
use ai2ai_home::lock::HomeLock;
use ai2ai_home::paths::Paths;
use ai2ai_home::tokens;
use tokio::time::sleep;

use super::Ending;
use super::desk::Desk;
use super::pin;

/// How long a node that begins anew is waited for.
const ANEW_WITHIN: Duration = Duration::from_secs(5);
/// How often it is looked for meanwhile.
const LOOKS_EVERY: Duration = Duration::from_millis(50);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Clone, Copy, clap::Subcommand)]
enum What {
    /// Give your agent a new key, and make the old one void. You stay who you are: the same did, the same contacts
    Rotate {
        /// The old key was stolen: the tokens of the two doors are new ones, too
        #[arg(long)]
        stolen: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct PinArgs {
    /// Read the new PIN from FILE's first line
    #[arg(long, value_name = "FILE")]
    new_pin_file: Option<PathBuf>,
}

pub(super) async fn keys(desk: &mut Desk, args: Args) -> Ending {
    let view = match args.what {
        None => KeysView::from(&Identity::load(&desk.paths()?)?),
        Some(What::Rotate { stolen }) => rotate(desk, stolen).await?,
    };
    shown(desk, &view)
}

async fn rotate(desk: &Desk, stolen: bool) -> Result<KeysView, Failure> {
    let asked = desk.decide(|pin| Command::RotateKeys { stolen, pin }).await;
    if let Some(view) = answered(asked)? {
        until_anew(desk).await;
        desk.paper.note("Your node begins anew under the new key, and tells your contacts. Those who are away learn it when they are back.");
        return Ok(view);
    }
    let (paths, _alone) = alone(desk)?;
    let owner = identity::unlock(&paths, old_pin(desk, &paths)?.as_ref())?;
    renew_agent_key(&paths, &owner, now(), &mut rand::rng())?;
    if stolen {
        tokens::write_both(&paths, &mut rand::rng())?;
    }
    desk.paper.note("Your node is not running: your contacts are told when it is up. Start it soon: ai2ai up");
    Ok(KeysView::from(&Identity::load(&paths)?))
}

pub(super) async fn another_pin(desk: &mut Desk, args: PinArgs) -> Ending {
    let paths = desk.paths()?;
    let old = old_pin(desk, &paths)?;
    let new = pin::choose_another(desk, args.new_pin_file.as_deref())?;
    let asked = desk.ask(&Command::ChangePin { old: old.clone(), new: new.clone() }).await;
    let view = if let Some(view) = answered(asked)? {
        until_anew(desk).await;
        view
    } else {
        let (paths, _alone) = alone(desk)?;
        let owner = identity::unlock(&paths, old.as_ref()).map_err(Failure::from)?;
        change_pin(&paths, &owner, &new, &mut rand::rng())?;
        KeysView::from(&Identity::load(&paths)?)
    };
    desk.paper.note("The new PIN seals your key. Backups made before keep the one of their time.");
    shown(desk, &view)
}

/// The PIN that seals the key now, if one does.
fn old_pin(desk: &Desk, paths: &Paths) -> Result<Option<Pin>, Failure> {
    if identity::has_pin(paths)? { pin::ask(desk).map(Some) } else { Ok(None) }
}

/// Waits until the node has begun anew, as long as that makes sense: whatever is typed next would meet it on its way down.
async fn until_anew(desk: &Desk) {
    let asked = Instant::now();
    while asked.elapsed() < ANEW_WITHIN {
        let status: Result<StatusView, Failure> = desk.one(&Command::Status {}).await;
        if status.is_ok_and(|status| status.uptime_s <= asked.elapsed().as_secs()) {
            return;
        }
        sleep(LOOKS_EVERY).await;
    }
}

/// What the node answered; nothing when there is none.
fn answered(asked: Result<Vec<serde_json::Value>, Failure>) -> Result<Option<KeysView>, Failure> {
    match asked {
        Ok(mut lines) => lines.pop().map(KeysView::of_line).transpose().map_err(Failure::internal),
        Err(failure) if failure.exit == Exit::NotRunning => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// The home, in which no node starts meanwhile.
fn alone(desk: &Desk) -> Result<(Paths, HomeLock), Failure> {
    let paths = desk.paths()?;
    let lock = HomeLock::take(&paths)?;
    Ok((paths, lock))
}

fn shown(desk: &mut Desk, view: &KeysView) -> Ending {
    desk.paper.answer(vec![view.line()], |paper, view: KeysView| {
        let sealed = if view.has_pin { "sealed with a PIN" } else { "no PIN seals it: ai2ai pin" };
        paper.line(format_args!("you    {}  ({sealed})", view.did))?;
        paper.line(format_args!(
            "agent  {}  (delegation {}, until {})",
            view.agent_key,
            view.delegation,
            when(view.until)
        ))?;
        paper.line(format_args!("node   {}", view.peer))
    })?;
    Ok(Exit::Done)
}
