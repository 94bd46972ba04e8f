//! `ai2ai doctor`: what works, what does not, and what to do about it.

use std::io;

use ai2ai_api::clock::now;
use ai2ai_api::command::Command;
use ai2ai_api::doctor::{FAIL, OK, WARN, line};
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::text::clean;
use ai2ai_api::views::{DoctorView, View as _};
use ai2ai_home::checkup::of_home;

use super::Ending;
use super::desk::Desk;
use super::paper::Paper;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Try the way to this person, and their way to you
    #[arg(long, value_name = "WHO")]
    peer: Option<String>,
}

pub(super) async fn run(desk: &mut Desk, args: Args) -> Ending {
    if args.peer.is_some() {
        return with_peer(desk, args.peer).await;
    }
    let paths = desk.paths()?;
    let node = desk.ask(&Command::Doctor { peer: None }).await;
    if let Err(failure) = &node
        && failure.exit == Exit::Refused
    {
        return Err(failure.clone().into());
    }
    let mut checks = of_home(&paths, node.is_ok(), now());
    match node {
        Ok(lines) => {
            checks.push(line("node", OK, "it is running", None));
            for view in lines {
                checks.push(DoctorView::of_line(view).map_err(Failure::internal)?);
            }
        }
        Err(failure) if failure.code == "no_identity" => {}
        Err(failure) if failure.exit == Exit::NotRunning => {
            checks.push(line("node", WARN, failure.message, failure.hint))
        }
        Err(failure) => checks.push(line("node", FAIL, failure.message, failure.hint)),
    }
    tell(desk, &checks)
}

async fn with_peer(desk: &mut Desk, peer: Option<String>) -> Ending {
    let lines = desk.ask(&Command::Doctor { peer }).await?;
    let checks: Result<Vec<DoctorView>, _> = lines.into_iter().map(DoctorView::of_line).collect();
    tell(desk, &checks.map_err(Failure::internal)?)
}

fn tell(desk: &mut Desk, checks: &[DoctorView]) -> Ending {
    for check in checks {
        print(&mut desk.paper, check)?;
    }
    let sick = checks.iter().any(|check| check.status == FAIL);
    Ok(if sick { Exit::Failed } else { Exit::Done })
}

fn print(paper: &mut Paper, check: &DoctorView) -> io::Result<()> {
    if paper.json {
        return paper.object(&check.line());
    }
    let color = match check.status.as_str() {
        OK => "\x1b[32m",
        WARN => "\x1b[33m",
        _ => "\x1b[31m",
    };
    let (status, name, detail) = (clean(&check.status), clean(&check.check), clean(&check.detail));
    paper.line(format_args!("{color}{status:<4}\x1b[0m  {name:<14} {detail}"))?;
    match &check.fix {
        Some(fix) => paper.line(format_args!("                     -> {}", clean(fix))),
        None => Ok(()),
    }
}
