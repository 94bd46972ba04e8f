//! `doctor`: checks of the home and the node, each with its verdict and advice.

use std::io;

use ai2ai_api::clock::now;
use ai2ai_api::doctor::{FAIL, OK, WARN, line};
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::text::clean;
use ai2ai_api::views::{DoctorView, View as _};
use ai2ai_home::checkup::of_home;

use crate::cli::context::Context;
use crate::cli::output::{CommandResult, Output};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Try the way to this person, and their way to you
    #[arg(long, value_name = "WHO")]
    peer: Option<String>,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    if args.peer.is_some() {
        return with_peer(context, args.peer).await;
    }
    let paths = context.paths()?;
    let node = context.reply(requests::Doctor { peer: None }).await;
    if let Err(failure) = &node
        && failure.exit == Exit::Refused
    {
        return Err(failure.clone().into());
    }
    let mut checks = of_home(&paths, node.is_ok(), now());
    match node {
        Ok(of_node) => {
            checks.push(line("node", OK, "it is running", None));
            checks.extend(of_node);
        }
        Err(failure) if failure.code == ErrorCode::NoIdentity => {}
        Err(failure) if failure.exit == Exit::NotRunning => {
            checks.push(line("node", WARN, failure.message, failure.hint))
        }
        Err(failure) => checks.push(line("node", FAIL, failure.message, failure.hint)),
    }
    print_all(context, &checks)
}

async fn with_peer(context: &mut Context, peer: Option<String>) -> CommandResult {
    let checks = context.reply(requests::Doctor { peer }).await?;
    print_all(context, &checks)
}

fn print_all(context: &mut Context, checks: &[DoctorView]) -> CommandResult {
    for check in checks {
        print(&mut context.output, check)?;
    }
    let has_failed = checks.iter().any(|check| check.status == FAIL);
    Ok(if has_failed { Exit::Failed } else { Exit::Done })
}

fn print(output: &mut Output, check: &DoctorView) -> io::Result<()> {
    if output.json {
        return output.object(&check.line());
    }
    let color = match check.status.as_str() {
        OK => "\x1b[32m",
        WARN => "\x1b[33m",
        _ => "\x1b[31m",
    };
    let status = clean(&check.status);
    let name = clean(&check.check);
    let detail = clean(&check.detail);
    output.line(format_args!("{color}{status:<4}\x1b[0m  {name:<14} {detail}"))?;
    match &check.fix {
        Some(fix) => output.line(format_args!("                     -> {}", clean(fix))),
        None => Ok(()),
    }
}
