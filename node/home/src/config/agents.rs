//! The agents that the node runs itself: a program of the owner's, the built-in assistant, and what they may take.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;

/// Words of a command.
const HOOK_WORDS: usize = 64;
/// Seconds that a hook may be given.
const SECONDS: std::ops::RangeInclusive<u64> = 1..=600;
/// MiB of memory that a hook may be given.
const MEMORY_MIB: std::ops::RangeInclusive<u64> = 16..=65_536;

/// The local HTTP API: the agent's door for programs that speak HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiConfig {
    /// Address to listen on: of this machine alone.
    pub listen: SocketAddr,
}

/// A server that is told what happens.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// URL that events are posted to.
    pub url: String,
    /// A file with the secret that signs it.
    pub secret_file: PathBuf,
    /// Sends the whole conversation, and not its id alone.
    #[serde(default)]
    pub whole: bool,
}

impl WebhookConfig {
    /// Checks that the settings make sense: what is told goes over TLS, or stays on this machine.
    ///
    /// # Errors
    /// A sentence that names the setting and says what is wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        let url = Url::parse(&self.url).map_err(|error| format!("`[webhook] url`: {error}"))?;
        match url.scheme() {
            "https" => Ok(()),
            "http" if is_here(&url) => Ok(()),
            _ => Err("`[webhook] url` begins with https://, or leads to this machine".to_owned()),
        }
    }
}

/// A program that is told what happens, and may draft.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookConfig {
    /// The program and its arguments, as they are: no shell reads them.
    pub command: Vec<String>,
    /// Time limit of one run, in seconds.
    #[serde(default = "usual_seconds")]
    pub seconds: u64,
    /// Memory limit, in MiB.
    #[serde(default = "usual_memory")]
    pub memory_mib: u64,
}

fn usual_seconds() -> u64 {
    20
}

fn usual_memory() -> u64 {
    1_024
}

impl HookConfig {
    /// Time limit of one run.
    #[must_use]
    pub fn within(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// Memory limit, in bytes.
    #[must_use]
    pub fn memory(&self) -> u64 {
        self.memory_mib * 1024 * 1024
    }

    /// Checks that the settings make sense.
    ///
    /// # Errors
    /// A sentence that names the setting and says what is wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        let words = self.command.len();
        if words == 0 || words > HOOK_WORDS || self.command[0].is_empty() {
            return Err(format!("`[hook] command` is a list of 1 to {HOOK_WORDS} words, the program first"));
        }
        if self.command.iter().any(|word| word.contains('\0')) {
            return Err("`[hook] command` has a word that no program can be given".to_owned());
        }
        if !SECONDS.contains(&self.seconds) {
            return Err(format!("`[hook] seconds` is {} to {}", SECONDS.start(), SECONDS.end()));
        }
        if !MEMORY_MIB.contains(&self.memory_mib) {
            return Err(format!("`[hook] memory_mib` is {} to {}", MEMORY_MIB.start(), MEMORY_MIB.end()));
        }
        Ok(())
    }
}

/// The built-in assistant: by rules, or by a model behind an OpenAI-compatible server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssistantConfig {
    /// Goes by rules and the calendar, without a model.
    #[serde(default)]
    pub rules: bool,
    /// URL of the server, such as `http://127.0.0.1:11434/v1`.
    pub endpoint: Option<String>,
    /// The model's name there.
    pub model: Option<String>,
    /// A file with the key that the server wants.
    pub key_file: Option<PathBuf>,
    /// Time limit of one reply, in seconds.
    #[serde(default = "usual_answer")]
    pub seconds: u64,
    /// Requests to the model in an hour, at most.
    #[serde(default = "usual_calls")]
    pub calls_per_hour: u32,
}

fn usual_answer() -> u64 {
    90
}

fn usual_calls() -> u32 {
    60
}

impl AssistantConfig {
    /// Time limit of one reply.
    #[must_use]
    pub fn within(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// URL of its model; absent when it goes by rules.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        let endpoint = self.endpoint.as_deref()?.trim_end_matches('/');
        Some(if endpoint.ends_with(COMPLETIONS) { endpoint.to_owned() } else { format!("{endpoint}{COMPLETIONS}") })
    }

    /// Checks that the settings make sense.
    ///
    /// # Errors
    /// A sentence that names the setting and says what is wrong.
    pub(super) fn check(&self, has_calendar: bool) -> Result<(), String> {
        if !SECONDS.contains(&self.seconds) {
            return Err(format!("`[assistant] seconds` is {} to {}", SECONDS.start(), SECONDS.end()));
        }
        match (self.rules, &self.endpoint, &self.model) {
            (true, None, None) if has_calendar => Ok(()),
            (true, None, None) => Err("`[assistant] rules` needs `[calendar] file` or `urls`".to_owned()),
            (false, Some(endpoint), Some(_)) => self.check_endpoint(endpoint),
            _ => Err("`[assistant]` has either `rules = true`, or `endpoint` and `model`".to_owned()),
        }
    }

    /// A key goes out over TLS, or stays on this machine.
    fn check_endpoint(&self, endpoint: &str) -> Result<(), String> {
        let url = Url::parse(endpoint).map_err(|error| format!("`[assistant] endpoint`: {error}"))?;
        match url.scheme() {
            "https" => Ok(()),
            "http" if self.key_file.is_none() || is_here(&url) => Ok(()),
            "http" => Err("`[assistant] key_file`: a key is sent over https, or to this machine".to_owned()),
            _ => Err("`[assistant] endpoint` begins with https:// or http://".to_owned()),
        }
    }
}

/// The path that every such server has.
const COMPLETIONS: &str = "/chat/completions";

/// Tells whether a URL leads to this machine, whatever a DNS says.
fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
