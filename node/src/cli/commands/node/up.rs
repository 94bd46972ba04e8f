//! `up`: runs the node in the foreground.

use std::time::Duration;

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::event_name::EventName;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::text::{clean, time_of_day};
use ai2ai_api::views::{EventView, IdentityView, View as _};
use ai2ai_home::config::{Config, LISTEN_ADDRESSES};
use ai2ai_home::identity::{Identity, no_identity};
use ai2ai_home::lock::HomeLock;
use ai2ai_home::ports;
use libp2p::Multiaddr;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::broadcast::error::RecvError;

use crate::cli::context::Context;
use crate::cli::output::{CommandError, CommandResult, Output};
use crate::node::Node;

/// Worker threads of the runtime, at most: more would not make it faster.
pub(in crate::cli) const WORKERS: usize = 4;
/// Blocking threads of the runtime, at most: for computation and the disk. Each costs memory of its own.
pub(in crate::cli) const BLOCKING: usize = 8;

/// Time for the reply to reach its client before the node restarts.
const REPLY_TIME: Duration = Duration::from_millis(300);

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Listen here instead of where config.toml says; give it several times for several
    #[arg(long, value_name = "ADDR")]
    listen: Vec<Multiaddr>,
    /// Ask this domain or multiaddress too at the start; give it several times for several
    #[arg(long, value_name = "NAME")]
    bootstrap: Vec<String>,
    /// Serve others too: relay for those behind routers
    #[arg(long)]
    volunteer: bool,
    /// Neither look for nodes on the local network nor be found there
    #[arg(long)]
    no_mdns: bool,
    /// Go on here, though another node of this identity has taken over: that one stops when it sees this one
    #[arg(long)]
    take_over: bool,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let mut ends = EndSignals::watch()?;
    let paths = context.paths()?;
    if !Identity::exists(&paths) {
        return Err(no_identity(&paths).into());
    }
    // Checked first, so that a node that runs here already is not taken for a stranger on its ports.
    drop(HomeLock::take(&paths)?);
    if args.take_over {
        Node::take_over(&paths)?;
    }
    let config = settings(context, args, Config::load(&paths)?)?;
    let mut node = tokio::select! {
        node = Node::start(&paths, &config) => node?,
        () = ends.next() => return Ok(Exit::Interrupted),
    };
    let ended = loop {
        match print_events(context, &mut node, &mut ends).await {
            Ok(UpEnd::Restart) => {
                // The client that changed the keys gets its reply first.
                tokio::time::sleep(REPLY_TIME).await;
                node.stop().await;
                node = Node::start(&paths, &config).await?;
            }
            Ok(UpEnd::End) => break Ok(()),
            Err(stop) => break Err(stop),
        }
    };
    let interrupted = tokio::select! {
        () = node.stop() => false,
        () = ends.next() => true,
    };
    match ended {
        Err(CommandError::Failed(failure)) => Err(failure.into()),
        Ok(()) | Err(CommandError::BrokenPipe) => Ok(if interrupted { Exit::Interrupted } else { Exit::Done }),
    }
}

/// Merges the arguments over the settings file. A port of the file that is taken is replaced; one that was typed is not.
fn settings(context: &mut Context, args: Args, mut config: Config) -> Result<Config, Failure> {
    config.mdns &= !args.no_mdns;
    config.volunteer |= args.volunteer;
    config.bootstrap.extend(args.bootstrap);
    if args.listen.len() > LISTEN_ADDRESSES {
        let message = format!("--listen is given more than {LISTEN_ADDRESSES} times");
        return Err(Failure::new(Exit::Usage, ErrorCode::Usage, message));
    }
    if args.listen.is_empty() {
        let (usable, taken) = ports::without_taken(&config.listen);
        for address in taken {
            context.output.note(format_args!("{address} is taken: another port is used until the next start"));
        }
        config.listen = usable;
    } else {
        config.listen = args.listen;
    }
    Ok(config)
}

/// Reason why the node ends.
enum UpEnd {
    /// It starts again with other keys.
    Restart,
    End,
}

/// Prints events until the node is to end. When the reader goes away, the node runs on in silence.
async fn print_events(context: &mut Context, node: &mut Node, ends: &mut EndSignals) -> Result<UpEnd, CommandError> {
    let anew = node.anew();
    let mut reading = keeps_reading(greet(&mut context.output, node))?;
    loop {
        tokio::select! {
            () = anew.notified() => return Ok(UpEnd::Restart),
            event = node.events.recv() => match event {
                Ok(event) if reading => reading = keeps_reading(print(&mut context.output, &event))?,
                Ok(_) => {}
                Err(RecvError::Lagged(missed)) => tracing::warn!(missed, "events came faster than they were printed"),
                Err(RecvError::Closed) => return Err(Failure::internal("the node stopped by itself").into()),
            },
            () = ends.next() => return Ok(UpEnd::End),
        }
    }
}

fn keeps_reading(printed: std::io::Result<()>) -> Result<bool, CommandError> {
    match printed.map_err(CommandError::from) {
        Ok(()) => Ok(true),
        Err(CommandError::BrokenPipe) => Ok(false),
        Err(failed) => Err(failed),
    }
}

fn greet(output: &mut Output, node: &Node) -> std::io::Result<()> {
    let sender = &node.me.sender;
    let peer = &node.me.peer;
    let agent = sender.agent.to_string();
    let human = sender.human.to_string();
    if output.json {
        return output.object(&IdentityView { did: sender.did, agent, human, peer: peer.clone() }.line());
    }
    output.line(format_args!("{human} and {agent} are up. Ctrl-C ends the node."))?;
    output.line(format_args!("did   {}", sender.did))?;
    output.line(format_args!("peer  {peer}"))?;
    output.next_when(", in another terminal", "ai2ai nearby");
    Ok(())
}

fn print(output: &mut Output, event: &EventView) -> std::io::Result<()> {
    if output.json {
        return output.object(&event.line());
    }
    output.line(format_args!(
        "{}  {:<12} {}",
        time_of_day(event.at),
        clean(event.event.as_str()),
        clean(&event.detail)
    ))?;
    if event.event == EventName::Pending {
        output.next("ai2ai pending");
    }
    Ok(())
}

/// Signals that end the node: `SIGINT` (Ctrl-C), and `SIGTERM` (`kill`, service managers).
struct EndSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl EndSignals {
    fn watch() -> Result<Self, Failure> {
        let watch =
            |kind| signal(kind).map_err(|error| Failure::internal(format!("signals cannot be watched: {error}")));
        Ok(Self { interrupt: watch(SignalKind::interrupt())?, terminate: watch(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
