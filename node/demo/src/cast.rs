//! A person on the stage: a home with keys and a calendar, a node in a process of its own, and the two doors into it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use ai2ai_agent::calendar::{CALENDAR_HORIZON, Calendar, TimeSlot};
use ai2ai_api::client::Client;
use ai2ai_api::clock::now;
use ai2ai_api::command::{Request, Role};
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::pin::Pin;
use ai2ai_api::requests;
use ai2ai_home::client;
use ai2ai_home::identity::Identity;
use ai2ai_home::paths::Paths;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::time::Timestamp;
use jiff::tz::TimeZone;
use rand::RngExt as _;
use tokio::process::{Child, Command as Process};
use tokio::time::{Instant, sleep};

use super::stage::{this_program, went_wrong, write_new};

/// Longest time until a started node answers.
const START_TIME: Duration = Duration::from_secs(20);
/// Interval between two looks.
pub(super) const SOON: Duration = Duration::from_millis(20);
/// Bytes of a node's log that are shown when it failed.
const LOG_SHOWN: usize = 2_000;

/// A person to be cast, and their calendar.
#[derive(Debug, Clone, Copy)]
pub(super) struct CastMember {
    /// Their name.
    pub(super) human: &'static str,
    /// Their agent's name.
    pub(super) agent: &'static str,
    /// Their calendar around this moment, in this zone.
    pub(super) diary: fn(Timestamp, &TimeZone) -> String,
}

/// A person with a running node. Dropping one kills the node.
#[derive(Debug)]
pub(super) struct Person {
    /// Their name.
    pub(super) name: &'static str,
    /// Their identity.
    pub(super) did: Did,
    /// Calendar that their agent reads.
    pub(super) calendar: Calendar,
    /// PIN of their owner key.
    pub(super) pin: Pin,
    pin_file: PathBuf,
    home: PathBuf,
    agent_name: &'static str,
    owner: Client,
    agent: Client,
    node: Child,
}

/// A home, made and waiting for its node.
#[derive(Debug)]
pub(super) struct Home {
    part: CastMember,
    dir: PathBuf,
    paths: Paths,
    did: Did,
    pin: Pin,
    pin_file: PathBuf,
    calendar: Calendar,
}

impl Home {
    /// Makes a home: an identity sealed with a random PIN, and a calendar. This takes about 0.1 s, most of it for the PIN.
    pub(super) fn make(part: CastMember, dir: PathBuf) -> Result<Self, Failure> {
        let paths = Paths::in_home(&dir)?;
        let pin_text = rand::rng().random_range(100_000..1_000_000).to_string();
        let pin = Pin::new(pin_text.clone()).map_err(Failure::internal)?;
        let human = part.human.parse().map_err(Failure::internal)?;
        let agent = part.agent.parse().map_err(Failure::internal)?;
        let identity = Identity::create(&paths, human, agent, Some(&pin), now(), &mut rand::rng())?;
        let pin_file = dir.join("pin");
        let diary = dir.join("calendar.ics");
        write_new(&pin_file, &format!("{pin_text}\n"))?;
        let zone = TimeZone::system();
        write_new(&diary, &(part.diary)(now(), &zone))?;
        let calendar =
            Calendar::open(&diary, &zone, TimeSlot::new(now(), CALENDAR_HORIZON)).map_err(Failure::internal)?;
        Ok(Self { part, dir, paths, did: identity.did, pin, pin_file, calendar })
    }
}

impl Person {
    /// Starts the node of a home, and waits until it answers.
    pub(super) async fn enter(home: Home) -> Result<Self, Failure> {
        let mut person = Self {
            name: home.part.human,
            did: home.did,
            agent_name: home.part.agent,
            calendar: home.calendar,
            pin: home.pin,
            pin_file: home.pin_file,
            owner: client::open(&home.paths, Role::Owner)?,
            agent: client::open(&home.paths, Role::Agent)?,
            node: start_node(&home.dir)?,
            home: home.dir,
        };
        person.wait_until_up().await?;
        Ok(person)
    }

    /// The number of the node's process.
    pub(super) fn process(&self) -> u32 {
        self.node.id().unwrap_or_default()
    }

    /// File with the PIN: in the demo it is no secret.
    pub(super) fn pin_file(&self) -> &Path {
        &self.pin_file
    }

    /// This program, at the owner's own command line.
    pub(super) fn command_line(&self) -> Result<Process, Failure> {
        this_program(&self.home)
    }

    /// Asks at the owner's door.
    pub(super) async fn owner<R: Request>(&self, request: R) -> Result<R::Reply, Failure> {
        self.owner.ask(request).await
    }

    /// Their agent's name.
    pub(super) fn agent_name(&self) -> &'static str {
        self.agent_name
    }

    /// Asks at the agent's door.
    pub(super) async fn agent<R: Request>(&self, request: R) -> Result<R::Reply, Failure> {
        self.agent.ask(request).await
    }

    /// Ends the node, and waits until it has ended.
    pub(super) async fn leave(mut self) {
        if let Err(error) = self.node.kill().await {
            tracing::warn!(person = self.name, %error, "the node could not be ended");
        }
    }

    async fn wait_until_up(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + START_TIME;
        loop {
            match self.owner(requests::Status {}).await {
                Ok(_) => return Ok(()),
                Err(failure) if failure.exit != Exit::NotRunning => return Err(failure),
                Err(_) => {}
            }
            let ended = self.node.try_wait().map_err(Failure::internal)?;
            if let Some(status) = ended {
                return Err(self.fell(&format!("ended with {status}")));
            }
            if Instant::now() > deadline {
                return Err(self.fell(&format!("did not answer within {} s", START_TIME.as_secs())));
            }
            sleep(SOON).await;
        }
    }

    fn fell(&self, how: &str) -> Failure {
        let log = fs::read_to_string(self.home.join(NODE_LOG)).unwrap_or_default();
        let from = log.len().saturating_sub(LOG_SHOWN);
        let from = (from..log.len()).find(|at| log.is_char_boundary(*at)).unwrap_or(log.len());
        let said = log.get(from..).unwrap_or_default().trim();
        went_wrong(format!("{}'s node {how}", self.name)).hint(if said.is_empty() { "It said nothing." } else { said })
    }
}

/// Log file of a node of the demo.
const NODE_LOG: &str = "node.log";

fn start_node(home: &Path) -> Result<Child, Failure> {
    let log = home.join(NODE_LOG);
    let open = || -> std::io::Result<(File, File)> {
        let file = File::create_new(&log)?;
        Ok((file.try_clone()?, file))
    };
    let (out, err) = open().map_err(|error| Failure::file("write", &log, &error))?;
    let mut up = this_program(home)?;
    up.args(["--no-input", "up"]).stdin(Stdio::null()).stdout(out).stderr(err).kill_on_drop(true);
    up.spawn().map_err(|error| went_wrong(format!("the node could not be started: {error}")))
}
