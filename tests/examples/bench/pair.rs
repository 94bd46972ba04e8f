//! Two nodes in fresh homes, who have added each other.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use ai2ai_api::client::Client;
use ai2ai_api::command::Role;
use ai2ai_api::requests;
use ai2ai_home::client;
use ai2ai_home::paths::Paths;

/// How long a node may take to come to listen, and two to be connected.
const PATIENCE: Duration = Duration::from_secs(20);
/// A benchmark asks more of a contact's node than people do.
const LIMITS: &str = "mdns = false\n\n[limits]\nmessages_per_minute = 1_000_000\nbytes_per_minute = 68_719_476_736\n\
                      items_per_contact = 1_000_000\n";

/// A node, and the way to its owner's door.
pub(crate) struct Node {
    child: Child,
    /// The owner's door.
    pub(crate) door: Client,
    /// Who it is.
    pub(crate) did: String,
    /// The home's folder.
    pub(crate) home: PathBuf,
    address: String,
}

/// The node that sends, and the node that receives.
pub(crate) struct Pair {
    /// Who sends.
    pub(crate) from: Node,
    /// Who receives.
    pub(crate) to: Node,
}

impl Pair {
    /// Starts both, and makes them contacts.
    pub(crate) async fn start(folder: &Path, transport: &str) -> Result<Self, String> {
        let from = Node::start(folder, "alex", transport)?;
        let to = Node::start(folder, "sam", transport)?;
        from.waits_until_up().await?;
        to.waits_until_up().await?;
        for (who, whom) in [(&from, &to), (&to, &from)] {
            let add = requests::Add { who: whom.address.clone(), name: None };
            who.door.ask(add).await.map_err(|failure| failure.to_string())?;
        }
        Ok(Self { from, to })
    }

    /// The resident memory of each, in bytes.
    pub(crate) fn memory(&self) -> Result<[u64; 2], String> {
        Ok([self.from.memory()?, self.to.memory()?])
    }

    /// The CPU time that each has used so far.
    pub(crate) fn cpu(&self) -> Result<[Duration; 2], String> {
        Ok([cpu_of(self.from.child.id())?, cpu_of(self.to.child.id())?])
    }
}

impl Node {
    fn start(folder: &Path, name: &str, transport: &str) -> Result<Self, String> {
        let home = folder.join(name);
        let program = program();
        let agent = format!("{name}-assistant");
        let init = Command::new(&program)
            .arg("--home")
            .arg(&home)
            .args(["--json", "--no-input", "init", "--human", name, "--agent", &agent, "--no-pin"])
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let identity: serde_json::Value =
            serde_json::from_slice(&init.stdout).map_err(|_| String::from_utf8_lossy(&init.stderr).into_owned())?;
        let text = |name: &str| identity[name].as_str().unwrap_or_default().to_owned();
        fs::write(home.join("config.toml"), LIMITS).map_err(|error| error.to_string())?;
        let listen = address(transport)?;
        let errors = fs::File::create(home.join("errors")).map_err(|error| error.to_string())?;
        let child = Command::new(&program)
            .arg("--home")
            .arg(&home)
            .args(["--json", "--no-input", "up", "--listen", &listen])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .map_err(|error| error.to_string())?;
        let paths = Paths::in_home(&home).map_err(|failure| failure.to_string())?;
        let door = client::open(&paths, Role::Owner).map_err(|failure| failure.to_string())?;
        let address = format!("{listen}/p2p/{}", text("peer"));
        Ok(Self { child, door, did: text("did"), home, address })
    }

    async fn waits_until_up(&self) -> Result<(), String> {
        let start = Instant::now();
        loop {
            match self.door.ask(requests::Card {}).await {
                Ok(_) => return Ok(()),
                Err(failure) if start.elapsed() > PATIENCE => {
                    let errors = fs::read_to_string(self.home.join("errors")).unwrap_or_default();
                    return Err(format!("a node did not come up: {failure}\n{errors}"));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// What the node says as it happens; once.
    pub(crate) fn events(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    fn memory(&self) -> Result<u64, String> {
        let status = read(&format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().map_err(|_| "no VmRSS".to_owned())?;
        Ok(kib * 1024)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait().map(drop)) {
            eprintln!("a node could not be ended: {error}");
        }
    }
}

/// The program that is measured.
fn program() -> PathBuf {
    std::env::var_os("AI2AI_BIN").map_or_else(|| PathBuf::from("target/release/ai2ai"), PathBuf::from)
}

/// A loopback address with a port that is free now.
fn address(transport: &str) -> Result<String, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let port = listener.local_addr().map_err(|error| error.to_string())?.port();
    Ok(match transport {
        "quic" => format!("/ip4/127.0.0.1/udp/{port}/quic-v1"),
        _ => format!("/ip4/127.0.0.1/tcp/{port}"),
    })
}

/// The CPU time of a process, user and system: fields 14 and 15 of its `stat`, in ticks of 10 ms.
pub(crate) fn cpu_of(process: u32) -> Result<Duration, String> {
    const TICK: Duration = Duration::from_millis(10);
    let stat = read(&format!("/proc/{process}/stat"))?;
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
    let ticks: u32 = fields.skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
    Ok(TICK * ticks)
}

fn read(file: &str) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))
}
