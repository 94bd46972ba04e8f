//! Settings of `config.toml`.

mod agents;
mod calendar;
mod http;
pub mod notify;
mod publish;
mod relay;
mod web;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::settings::{Limits, Privacy};
use ai2ai_discovery::by_hand;
use ai2ai_discovery::dns::domain::looks_like_domain;
use ai2ai_discovery::dns::{Dns, Servers};
use ai2ai_discovery::web::well_known::WellKnown;
use libp2p::Multiaddr;
use serde::Deserialize;

pub use agents::{ApiConfig, AssistantConfig, HookConfig, WebhookConfig};
pub use calendar::{CALENDARS, CalendarConfig};
pub use http::Http;
pub use publish::Publish;
pub use relay::Relay;
pub use web::WebConfig;

use crate::files::{SMALL_FILE_BYTES, private_dir, read_small, write_private};
use crate::paths::Paths;

/// Names to start from.
pub const BOOTSTRAP_NAMES: usize = 32;
/// Addresses to listen on.
pub const LISTEN_ADDRESSES: usize = 16;

/// The settings of `config.toml`. Flags win over them; a file that is absent means the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Addresses to listen on: at most [`LISTEN_ADDRESSES`].
    pub listen: Vec<Multiaddr>,
    /// Looks for nodes on the local network, and lets itself be found there.
    pub mdns: bool,
    /// Domains and multiaddresses that are asked at every start: at most [`BOOTSTRAP_NAMES`].
    pub bootstrap: Vec<String>,
    /// Places where it lets itself be found; see [`Config::publishes`].
    pub publish: Option<Vec<Publish>>,
    /// Settings of the DNS client.
    pub dns: DnsConfig,
    /// Settings of the client that asks web servers for a domain's card.
    pub https: HttpsConfig,
    /// The HTTP face, for agents of the protocol's original and for networks where only HTTPS passes.
    pub http: Http,
    /// The owner's calendar, for the agent's drafts.
    pub calendar: CalendarConfig,
    /// Addresses that others can dial and this machine does not know, such as those of a router that forwards a port: at most
    /// [`LISTEN_ADDRESSES`].
    pub announce: Vec<Multiaddr>,
    /// Serves others: relays for those behind routers.
    pub volunteer: bool,
    /// Bounds of what it relays for others.
    pub relay: Relay,
    /// Bounds of what others may ask of it.
    pub limits: Limits,
    /// Facts that others are told of its owner.
    pub privacy: Privacy,
    /// The owner's pages in a browser on this machine.
    pub web: WebConfig,
    /// A program that is told what happens, and may draft.
    pub hook: Option<HookConfig>,
    /// A server that is told what happens.
    pub webhook: Option<WebhookConfig>,
    /// The local HTTP API.
    pub api: Option<ApiConfig>,
    /// The built-in assistant.
    pub assistant: Option<AssistantConfig>,
    /// Notifications to the owner that something waits.
    pub notify: notify::Notify,
}

/// Settings of the DNS client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DnsConfig {
    /// The server to ask, as `ADDRESS:PORT`; the system's servers when absent.
    pub server: Option<SocketAddr>,
    /// A file with the DNSKEY records of a network's own root zone, as zone lines; those of the internet when absent.
    pub root_keys: Option<PathBuf>,
}

impl DnsConfig {
    /// The DNS as these settings have it.
    ///
    /// # Errors
    /// When the file with the root keys can't be read.
    pub fn open(&self) -> Result<Dns, Failure> {
        let keys = self.root_keys.as_deref().map(text_of).transpose()?;
        Ok(Dns::with_anchors(self.servers(), keys))
    }

    /// Server to ask.
    #[must_use]
    pub fn servers(&self) -> Servers {
        self.server.map_or(Servers::System, Servers::At)
    }
}

/// Settings of the client that asks web servers for a domain's card.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpsConfig {
    /// The port; 443 unless a test or an odd network has another.
    pub port: u16,
    /// A file with root certificates, in PEM, that are trusted beside the system's.
    pub roots: Option<PathBuf>,
    /// Allows web servers at addresses of this network or machine, as at home with a DNS of one's own.
    pub private: bool,
}

impl Default for HttpsConfig {
    fn default() -> Self {
        let WellKnown { port, private, roots: _ } = WellKnown::default();
        Self { port, roots: None, private }
    }
}

impl HttpsConfig {
    /// The HTTPS client of these settings.
    ///
    /// # Errors
    /// When the file with the root certificates can't be read.
    pub fn open(&self) -> Result<WellKnown, Failure> {
        let roots = self.roots.as_deref().map(text_of).transpose()?.unwrap_or_default();
        Ok(WellKnown { port: self.port, private: self.private, roots: roots.into_bytes() })
    }
}

fn text_of(file: &Path) -> Result<String, Failure> {
    let bytes = read_small(file, SMALL_FILE_BYTES)?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::new(Exit::Failed, ErrorCode::BadConfig, format!("{} is no text", file.display())))
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: listen_on(0),
            mdns: true,
            bootstrap: Vec::new(),
            publish: None,
            dns: DnsConfig::default(),
            https: HttpsConfig::default(),
            http: Http::default(),
            calendar: CalendarConfig::default(),
            announce: Vec::new(),
            volunteer: false,
            relay: Relay::default(),
            limits: Limits::default(),
            privacy: Privacy::default(),
            web: WebConfig::default(),
            hook: None,
            webhook: None,
            api: None,
            assistant: None,
            notify: notify::Notify::default(),
        }
    }
}

/// QUIC and TCP, on every IPv4 address of the machine; port 0 is any that is free.
fn listen_on(port: u16) -> Vec<Multiaddr> {
    listen_texts(port).iter().filter_map(|text| text.parse().ok()).collect()
}

fn listen_texts(port: u16) -> [String; 2] {
    [format!("/ip4/0.0.0.0/udp/{port}/quic-v1"), format!("/ip4/0.0.0.0/tcp/{port}")]
}

impl Config {
    /// Reads the settings; the defaults when there is no file.
    ///
    /// # Errors
    /// `bad_config`, with the line, for an unknown name or a value that makes no sense.
    pub fn load(paths: &Paths) -> Result<Self, Failure> {
        if !paths.config_file.try_exists().unwrap_or(true) {
            return Ok(Self::default());
        }
        let bytes = read_small(&paths.config_file, SMALL_FILE_BYTES)?;
        let bad = |why: String| {
            Failure::new(Exit::Failed, ErrorCode::BadConfig, format!("{}: {why}", paths.config_file.display()))
                .hint("Correct the file, or remove it to have the defaults.")
        };
        let text = std::str::from_utf8(&bytes).map_err(|error| bad(error.to_string()))?;
        let config: Self = toml::from_str(text).map_err(|error| bad(error.to_string()))?;
        for (name, addresses) in [("listen", &config.listen), ("announce", &config.announce)] {
            if addresses.len() > LISTEN_ADDRESSES {
                return Err(bad(format!("`{name}` has more than {LISTEN_ADDRESSES} addresses")));
            }
        }
        if config.bootstrap.len() > BOOTSTRAP_NAMES {
            return Err(bad(format!("`bootstrap` has more than {BOOTSTRAP_NAMES} names")));
        }
        config.limits.check().map_err(bad)?;
        config.relay.check().map_err(bad)?;
        config.hook.as_ref().map_or(Ok(()), HookConfig::check).map_err(bad)?;
        config.webhook.as_ref().map_or(Ok(()), WebhookConfig::check).map_err(bad)?;
        let has_calendar = config.calendar.is_there();
        config.assistant.as_ref().map_or(Ok(()), |assistant| assistant.check(has_calendar)).map_err(bad)?;
        config.http.check().map_err(bad)?;
        config.notify.check().map_err(bad)?;
        let is_neither = |name: &&String| !looks_like_domain(name) && by_hand::read(name, now()).is_err();
        match config.bootstrap.iter().find(is_neither) {
            Some(name) => Err(bad(format!("`bootstrap`: {name:?} is neither a domain nor a multiaddress"))),
            None => Ok(config),
        }
    }

    /// Writes a first settings file with this port, unless there is one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_first(paths: &Paths, port: u16) -> Result<(), Failure> {
        let file = &paths.config_file;
        match file.try_exists() {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Failure::file("look at", file, &error)),
        }
        if let Some(dir) = file.parent() {
            private_dir(dir)?;
        }
        write_private(file, first_text(port).as_bytes())
    }
}

fn first_text(port: u16) -> String {
    let [quic, tcp] = listen_texts(port);
    format!(
        "# AI2AI: how this node listens and looks for others. Flags of `ai2ai up` win over this file.\n\n\
         # Where it listens. The port was picked once, so that the address stays the same;\n\
         # while another program has it, any free one is used. Port 0 is always any free one.\n\
         listen = [\n    \"{quic}\",\n    \"{tcp}\",\n]\n\n\
         # Whether it looks for nodes on the local network, and can be found there.\n\
         mdns = true\n\n\
         # How much others may ask of this node, and what they are told of you: see \"Limits\" in the README.\n\
         # [limits]\n\
         # messages_per_minute = {}\n\n\
         # [privacy]\n\
         # tell_when_read = {}\n\
         # tell_when_unanswered = {}\n",
        Limits::default().messages_per_minute,
        Privacy::default().tell_when_read,
        Privacy::default().tell_when_unanswered,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Result<Config, Failure> {
        let dir = tempfile::tempdir().expect("a directory");
        let paths = Paths::in_home(dir.path()).expect("paths");
        std::fs::write(&paths.config_file, text).expect("written");
        Config::load(&paths)
    }

    #[test]
    fn no_file_means_the_defaults_and_the_first_file_reads_back() {
        let dir = tempfile::tempdir().expect("a directory");
        let paths = Paths::in_home(&dir.path().join("home")).expect("paths");
        assert_eq!(Config::load(&paths).expect("defaults"), Config::default());
        Config::write_first(&paths, 24_000).expect("written");
        assert_eq!(Config::load(&paths).expect("read"), Config { listen: listen_on(24_000), ..Config::default() });
        Config::write_first(&paths, 25_000).expect("left alone");
        assert_eq!(Config::load(&paths).expect("read").listen, listen_on(24_000));
        assert_eq!(Config::default().listen.len(), 2);
    }

    #[test]
    fn a_setting_that_makes_no_sense_is_named() {
        for (text, named) in [
            ("mdsn = true", "mdsn"),
            ("mdns = \"yes\"", "mdns"),
            ("listen = [\"0.0.0.0:7\"]", "listen"),
            ("approve = \"always\"", "approve"),
            ("bootstrap = [\"not a name\"]", "not a name"),
            ("[dns]\nserver = \"example\"", "server"),
            ("listen = [", "line 1"),
            ("[limits]\nmessages_per_minute = 0", "messages_per_minute"),
            ("[limits]\nmessages_per_minute = -1", "line 2"),
            ("[limits]\nmessages_per_second = 5", "messages_per_second"),
            ("[privacy]\ntell_when_read = 1", "line 2"),
            ("[relay]\nbytes = 1000", "262144"),
            ("[web]\nlisten = \"0.0.0.0\"", "listen"),
            ("[relay]\nguests = 0", "guests"),
            ("[assistant]\nrules = true", "calendar"),
            ("[assistant]\nmodel = \"x\"", "endpoint"),
            ("[assistant]\nmodel = \"x\"\nendpoint = \"file:///etc\"", "https"),
            ("[assistant]\nmodel = \"x\"\nendpoint = \"http://1.2.3.4/v1\"\nkey_file = \"k\"", "key_file"),
            ("[webhook]\nurl = \"http://1.2.3.4/\"\nsecret_file = \"s\"", "https"),
            ("[hook]\ncommand = []", "command"),
            ("[http]\npublic = \"https://alex.example\"", "http.listen"),
            ("[http]\nlisten = \"127.0.0.1:0\"\npublic = \"http://alex.example\"", "https://"),
            ("[http]\nlisten = \"127.0.0.1:0\"\npublic = \"https://192.0.2.1\"", "domain name"),
            ("[http]\nlisten = \"127.0.0.1:0\"\npublic = \"https://alex.example/ai2ai\"", "no path"),
            ("[hook]\ncommand = \"rm -rf ~\"", "line 2"),
            ("[hook]\ncommand = [\"x\"]\nseconds = 0", "seconds"),
            (&format!("listen = [{}]", "\"/ip4/0.0.0.0/tcp/0\",".repeat(17)), "16 addresses"),
        ] {
            let failure = config(text).expect_err(text);
            assert_eq!(failure.code, ErrorCode::BadConfig);
            assert!(failure.message.contains(named), "{failure}");
        }
    }
}
