//! One laptop: a home, and the `ai2ai` that is run in it.

mod inside;
mod life;
mod look;
mod trouble;

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};

use crate::answer::Answer;
use crate::binary::ai2ai;
use crate::namespace::Namespace;
use crate::ports::free_port;

/// PIN that the owner of every laptop types.
pub const PIN: &str = "294 771";

/// A laptop.
pub struct Laptop {
    name: String,
    agent: String,
    machine: Option<Arc<Namespace>>,
    home: PathBuf,
    identity: OnceLock<Identity>,
    node: Option<Child>,
    /// Further arguments of `up`.
    up_with: Vec<String>,
    /// Further variables in the environment of `ai2ai`.
    environment: Vec<(&'static str, PathBuf)>,
}

/// Identity of the laptop, as `init` said it.
#[derive(Debug)]
struct Identity {
    did: String,
    peer: String,
}

impl Laptop {
    /// A home that does not exist yet, on a machine of its own, or on this very one.
    pub(crate) fn new(name: &str, machine: Option<Arc<Namespace>>, home: PathBuf) -> Self {
        Self {
            name: name.to_owned(),
            agent: format!("{name}-assistant"),
            machine,
            home,
            identity: OnceLock::new(),
            node: None,
            up_with: Vec::new(),
            environment: Vec::new(),
        }
    }

    /// The same laptop with its home in another place, where there is none yet.
    #[must_use]
    pub fn at_home_in(self, home: PathBuf) -> Self {
        Self::new(&self.name, self.machine.clone(), home)
    }

    /// One that needs no lab: on this machine, where it listens on loopback only, and looks for nobody.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn on_loopback(name: &str, folder: &Path) -> Self {
        let listen = format!("/ip4/127.0.0.1/tcp/{}", free_port());
        let mut laptop = Self::new(name, None, folder.join(name));
        laptop.up_with = ["--no-mdns", "--listen", &listen].map(str::to_owned).into();
        laptop
    }

    /// Another home on the same machine.
    #[must_use]
    pub fn other_home(&self, name: &str) -> Self {
        Self::new(name, self.machine.clone(), self.home.with_file_name(name))
    }

    /// The home folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The person's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The agent's name.
    #[must_use]
    pub fn agent(&self) -> &str {
        &self.agent
    }

    /// The machine.
    ///
    /// # Panics
    /// When it is no machine of a lab.
    #[must_use]
    pub fn machine(&self) -> &Namespace {
        self.machine.as_ref().expect("a machine of a lab")
    }

    pub(crate) fn shared_machine(&self) -> Arc<Namespace> {
        Arc::clone(self.machine.as_ref().expect("a machine of a lab"))
    }

    /// The file with the owner's PIN, outside the home.
    ///
    /// # Panics
    /// When it can't be written.
    #[must_use]
    pub fn pin_file(&self) -> PathBuf {
        self.file_with("pin", PIN)
    }

    /// A file beside the home, with this text, that only its owner can read.
    ///
    /// # Panics
    /// When it can't be written.
    #[must_use]
    pub fn file_with(&self, extension: &str, text: &str) -> PathBuf {
        let path = self.home.with_extension(extension);
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .expect("a file beside the home");
        file.write_all(text.as_bytes()).expect("a file beside the home");
        path
    }

    /// Makes the identity, with a PIN.
    ///
    /// # Panics
    /// When it can't be made.
    pub fn init(&self) {
        self.became(self.owner(&["init", "--human", &self.name, "--agent", &self.agent]));
    }

    /// Makes the identity, without a PIN, of somebody who lets others send as fast as they can.
    ///
    /// # Panics
    /// When it can't be made.
    pub fn init_without_pin(&self) {
        let arguments = ["init", "--human", &self.name, "--agent", &self.agent, "--no-pin"];
        self.became(self.answer(&mut self.command(&arguments), &arguments));
        self.sets(
            "[limits]\nmessages_per_minute = 1000000\nbytes_per_minute = 68719476736\nitems_per_contact = 10000000\n",
        );
    }

    /// Adds to the settings, before the node is started.
    ///
    /// # Panics
    /// When there is no identity yet, or the file can't be written.
    pub fn sets(&self, toml: &str) {
        let mut settings = OpenOptions::new().append(true).open(self.home.join("config.toml")).expect("settings");
        settings.write_all(format!("\n{toml}").as_bytes()).expect("settings are written");
    }

    fn became(&self, made: Answer) {
        let made = made.done();
        assert_eq!(made.text("agent"), self.agent);
        assert!(made.text("did").starts_with("did:key:z6Mk"));
        let identity = Identity { did: made.text("did"), peer: made.text("peer") };
        self.identity.set(identity).expect("an identity is made once");
    }

    /// The owner's `did`.
    ///
    /// # Panics
    /// Before `init`.
    #[must_use]
    pub fn did(&self) -> &str {
        &self.identity.get().expect("an identity").did
    }

    /// The node's peer id.
    ///
    /// # Panics
    /// Before `init`.
    #[must_use]
    pub fn peer(&self) -> &str {
        &self.identity.get().expect("an identity").peer
    }

    /// `ai2ai --home … --json --no-input ARGUMENTS`, in an environment where nothing else is set.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let settings = self.environment.iter().map(|(name, value)| format!("{name}={}", value.display()));
        let mut command = match &self.machine {
            Some(machine) => machine.command(Path::new("/usr/bin/env")),
            None => Command::new("/usr/bin/env"),
        };
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
            .env("HOME", self.home.with_extension("elsewhere"))
            .env("RUST_BACKTRACE", "1")
            .args(settings)
            .arg(ai2ai())
            .arg("--home")
            .arg(&self.home)
            .args(["--json", "--no-input"])
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    fn answer(&self, command: &mut Command, arguments: &[&str]) -> Answer {
        let output = command.output().expect("ai2ai runs");
        let typed = format!("{}$ ai2ai {}", self.name, arguments.join(" "));
        Answer::read(typed, output.status.code().unwrap_or(-1), &output.stdout, &output.stderr)
    }

    /// Runs a command as the owner, whose PIN comes from a file.
    ///
    /// # Panics
    /// When it can't be run.
    #[must_use]
    pub fn owner(&self, arguments: &[&str]) -> Answer {
        self.answer(self.command(arguments).arg("--pin-file").arg(self.pin_file()), arguments)
    }

    /// Runs a command as an owner who has no PIN.
    ///
    /// # Panics
    /// When it can't be run.
    #[must_use]
    pub fn owner_without_pin(&self, arguments: &[&str]) -> Answer {
        self.answer(&mut self.command(arguments), arguments)
    }

    /// Runs a command as somebody who guesses the owner's PIN.
    ///
    /// # Panics
    /// When it can't be run.
    #[must_use]
    pub fn guesser(&self, arguments: &[&str]) -> Answer {
        let guess = self.file_with("guess", "000000");
        self.answer(self.command(arguments).arg("--pin-file").arg(guess), arguments)
    }

    /// Runs a command with the agent's token, and even with the owner's PIN file at hand.
    ///
    /// # Panics
    /// When it can't be run.
    #[must_use]
    pub fn agent_runs(&self, arguments: &[&str]) -> Answer {
        let mut command = self.command(arguments);
        command.env("AI2AI_TOKEN_FILE", self.home.join("agent.token")).arg("--pin-file").arg(self.pin_file());
        self.answer(&mut command, arguments)
    }

    fn log_path(&self) -> PathBuf {
        self.home.with_extension("log")
    }

    fn log_file(&self) -> File {
        OpenOptions::new().create(true).append(true).open(self.log_path()).expect("a log file beside the home")
    }
}

impl Drop for Laptop {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.tells_how_it_is();
        }
        if let Some(mut node) = self.node.take() {
            let ended = node.kill().and_then(|()| node.wait());
            if let Err(error) = ended {
                eprintln!("{}'s node could not be ended: {error}", self.name);
            }
        }
    }
}
