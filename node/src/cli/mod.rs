//! The command line: a contract that scripts and agents depend on. A file per command, or per few that belong together.

mod audit;
mod backup;
mod cancel;
mod carry;
mod compare;
mod conformance;
mod connect;
mod conversations;
mod decide;
mod delivery;
mod desk;
mod dns_record;
mod doctor;
mod find;
mod forget;
mod globals;
mod inbox;
mod init;
mod invite;
mod keys;
mod mcp;
mod notify;
mod open;
mod paper;
mod people;
mod pin;
mod play;
mod restore;
mod show;
mod skill;
mod snooze;
mod status;
mod talk;
mod told;
mod trust;
mod up;
mod verify;
mod words;

use std::process::ExitCode;

use ai2ai_api::exit::{Exit, Failure};
use clap::Parser as _;
use clap::error::ErrorKind;

use desk::Desk;
use paper::Stop;
use words::{Cli, Words};

/// How a command ends.
type Ending = Result<Exit, Stop>;

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misspelt(&error).into(),
    };
    cli.globals.set_color();
    cli.globals.start_log();
    let mut desk = Desk::new(&cli.globals);
    let exit = match run(&mut desk, cli.command) {
        Ok(exit) => exit,
        Err(Stop::NobodyReads) => Exit::Done,
        Err(Stop::Failed(failure)) => desk.paper.failure(&failure),
    };
    exit.into()
}

/// Help and the version are no errors. With `--json`, what cannot be understood is told in JSON too.
fn misspelt(error: &clap::Error) -> Exit {
    let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if !asked_for && std::env::args_os().any(|arg| arg == "--json") {
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        let failure = Failure::new(Exit::Usage, "usage", message).hint("See: ai2ai help");
        return paper::Paper::new(true).failure(&failure);
    }
    match error.print() {
        Ok(()) => {}
        Err(unread) => tracing::debug!(%unread, "nobody reads"),
    }
    if asked_for { Exit::Done } else { Exit::Usage }
}

fn run(desk: &mut Desk, words: Words) -> Ending {
    let workers = if matches!(words, Words::Up(_)) { up::WORKERS } else { 0 };
    let runtime = match workers {
        0 => tokio::runtime::Builder::new_current_thread().enable_all().build(),
        most => {
            // The other cores are for the store and for what computes: tasks that wander between threads cost more than they gain.
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads((cores / 2).clamp(1, most))
                .max_blocking_threads(up::BLOCKING)
                .enable_all()
                .build()
        }
    };
    let runtime = runtime.map_err(|error| Failure::internal(format!("no tasks can be run: {error}")))?;
    let ending = runtime.block_on(dispatch(desk, words));
    // A thread that waits for a key is not waited for.
    runtime.shutdown_background();
    ending
}

async fn dispatch(desk: &mut Desk, words: Words) -> Ending {
    match words {
        Words::Init(args) => init::run(desk, args),
        Words::Up(args) => up::run(desk, args).await,
        Words::Status => status::status(desk).await,
        Words::Card(args) => status::card(desk, args).await,
        Words::DnsRecord(args) => dns_record::run(desk, args).await,
        Words::Audit(args) => audit::run(desk, args).await,
        Words::Told(args) => told::run(desk, args).await,
        Words::Doctor(args) => doctor::run(desk, args).await,
        Words::Nearby => people::nearby(desk).await,
        Words::Find(args) => find::find(desk, args).await,
        Words::Add(args) => people::add(desk, args).await,
        Words::Invite(args) => invite::invite(desk, args).await,
        Words::Join(args) => invite::join(desk, args).await,
        Words::VerifyContact(args) => compare::run(desk, args).await,
        Words::Contacts => people::contacts(desk).await,
        Words::Trust(args) => trust::trust(desk, args).await,
        Words::Mandates => trust::mandates(desk).await,
        Words::Revoke(args) => trust::revoke(desk, args).await,
        Words::Panic(args) => trust::panic(desk, args).await,
        Words::Block(args) => people::block(desk, args).await,
        Words::Unblock(args) => people::unblock(desk, args).await,
        Words::Forget(args) => forget::run(desk, args).await,
        Words::Ping(args) => people::ping(desk, args).await,
        Words::Send(args) => talk::send(desk, args).await,
        Words::Ask(args) => talk::ask(desk, args).await,
        Words::Meet(args) => talk::meet(desk, args).await,
        Words::Propose(args) => talk::propose(desk, args).await,
        Words::Reply(args) => talk::reply(desk, args).await,
        Words::Cancel(args) => cancel::run(desk, args).await,
        Words::Pending(args) => decide::pending(desk, args).await,
        Words::Show(args) => decide::show(desk, args).await,
        Words::Approve(args) => decide::approve(desk, args).await,
        Words::Reject(args) => decide::reject(desk, args).await,
        Words::Snooze(args) => snooze::run(desk, args).await,
        Words::Inbox => inbox::run(desk).await,
        Words::Open(args) => open::run(desk, args).await,
        Words::Conversations(args) => conversations::list(desk, args).await,
        Words::Conversation(args) => conversations::one(desk, args).await,
        Words::Export(args) => conversations::export(desk, args).await,
        Words::Verify(args) => verify::run(desk, &args),
        Words::Outbox(args) => delivery::outbox(desk, args).await,
        Words::Dead(args) => delivery::dead(desk, args).await,
        Words::Draft(args) => delivery::draft(desk, args).await,
        Words::Withdraw(args) => delivery::withdraw(desk, args).await,
        Words::Carry(args) => carry::run(desk, args).await,
        Words::Conformance(args) => conformance::run(desk, args).await,
        Words::Backup(args) => backup::run(desk, args).await,
        Words::Restore(args) => restore::run(desk, args),
        Words::Keys(args) => keys::keys(desk, args).await,
        Words::Pin(args) => keys::another_pin(desk, args).await,
        Words::Notify(args) => notify::run(desk, args).await,
        Words::Mcp(args) => mcp::run(desk, args).await,
        Words::Skill => skill::run(desk),
        Words::ConnectAgent(args) => connect::run(desk, args).await,
        Words::Demo(args) => play::demo(desk, &args).await,
        Words::Completions(args) => play::completions(desk, &args),
    }
}
