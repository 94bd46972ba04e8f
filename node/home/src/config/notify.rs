//! Notifications to the owner that something waits.

use std::path::{Path, PathBuf};

use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};

/// Words of a command that is run.
const COMMAND_WORDS: usize = 64;
/// The longest that a command may take, in seconds.
const COMMAND_SECONDS: u64 = 300;
/// The longest wait for an answer before the second channels are told, in minutes: a week.
const SECOND_MINUTES: u32 = 7 * 24 * 60;

/// Settings of notifications. Secrets stand in files of their own, which only the owner can read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notify {
    /// Amount of detail that is told.
    pub show: Show,
    /// Quiet hours, such as `22:00-07:00`. What comes meanwhile is told at their end.
    pub quiet: Option<Quiet>,
    /// The owner's time zone by its IANA name; the machine's when absent.
    pub timezone: Option<String>,
    /// Channels that are told only what the others brought no answer to.
    pub second: Vec<ChannelName>,
    /// After so many minutes without one.
    pub second_after_minutes: u32,
    /// A Telegram bot of the owner's own.
    pub telegram: Option<Telegram>,
    /// A topic of an ntfy server.
    pub ntfy: Option<Ntfy>,
    /// A web server of the owner's, told by Standard Webhooks.
    pub webhook: Option<Webhook>,
    /// Shows it on the desktop (`notify-send`).
    pub desktop: bool,
    /// A program that is run with the event as JSON on its standard input.
    pub command: Option<Command>,
}

impl Default for Notify {
    fn default() -> Self {
        Self {
            show: Show::default(),
            quiet: None,
            timezone: None,
            second: Vec::new(),
            second_after_minutes: 15,
            telegram: None,
            ntfy: None,
            webhook: None,
            desktop: false,
            command: None,
        }
    }
}

/// Amount of detail in a notification. It leaves this machine, and a phone shows it to whoever looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Show {
    /// Only that something waits.
    Nothing,
    /// From whom, and of which kind.
    #[default]
    Who,
    /// The incoming message, and what an approval would send.
    Everything,
}

/// A way to the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ChannelName {
    Telegram,
    Ntfy,
    Webhook,
    Desktop,
    Command,
}

impl ChannelName {
    /// As it stands in the settings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Telegram => "telegram",
            Self::Ntfy => "ntfy",
            Self::Webhook => "webhook",
            Self::Desktop => "desktop",
            Self::Command => "command",
        }
    }
}

/// A Telegram bot of the owner's own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telegram {
    /// The file with the bot's token, as BotFather gave it.
    pub token_file: PathBuf,
    /// The owner's id at Telegram: nobody else is told anything, and no one else's tap does anything.
    pub user: i64,
    /// Allows a tap to approve what its message shows whole. A tap can always reject.
    #[serde(default)]
    pub approve: bool,
    /// URL of the Bot API.
    #[serde(default = "telegram_api")]
    pub api: String,
}

fn telegram_api() -> String {
    "https://api.telegram.org".to_owned()
}

/// A topic of an ntfy server. Whoever knows the topic can read it: it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ntfy {
    /// The server.
    #[serde(default = "ntfy_server")]
    pub server: String,
    /// The file with the topic.
    pub topic_file: PathBuf,
    /// The file with an access token, where the server wants one.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
}

fn ntfy_server() -> String {
    "https://ntfy.sh".to_owned()
}

/// A web server that is told by Standard Webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// URL that is told.
    pub url: String,
    /// The file with the secret that signs (`whsec_…`).
    pub secret_file: PathBuf,
}

/// A program that is run for each notification.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// The program by its whole path, and its arguments as they stand: no shell reads them.
    pub run: Vec<String>,
    /// Time limit, in seconds.
    #[serde(default = "command_seconds")]
    pub seconds: u64,
}

fn command_seconds() -> u64 {
    10
}

/// Hours of a day, from the first until just before the last; over midnight where the last is the earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    /// Time of day at which they begin.
    pub from: Time,
    /// Time of day at which they end.
    pub until: Time,
}

impl<'de> Deserialize<'de> for Quiet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = |text: &str| Time::strptime("%H:%M", text.trim()).ok();
        let hours = text.split_once('-').and_then(|(from, until)| Some((time(from)?, time(until)?)));
        match hours {
            Some((from, until)) if from != until => Ok(Self { from, until }),
            Some(_) | None => Err(serde::de::Error::custom(format!("{text:?} is not like \"22:00-07:00\""))),
        }
    }
}

impl Notify {
    /// The channels that are set up, those of [`Notify::second`] among them.
    #[must_use]
    pub fn channels(&self) -> Vec<ChannelName> {
        [
            (self.telegram.is_some(), ChannelName::Telegram),
            (self.ntfy.is_some(), ChannelName::Ntfy),
            (self.webhook.is_some(), ChannelName::Webhook),
            (self.desktop, ChannelName::Desktop),
            (self.command.is_some(), ChannelName::Command),
        ]
        .into_iter()
        .filter_map(|(is_set, name)| is_set.then_some(name))
        .collect()
    }

    /// The owner's time zone.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn zone(&self) -> Result<TimeZone, String> {
        match &self.timezone {
            None => Ok(TimeZone::system()),
            Some(name) => TimeZone::get(name).map_err(|_| format!("`notify.timezone`: there is no time zone {name:?}")),
        }
    }

    /// Checks what the form alone does not say.
    ///
    /// # Errors
    /// A sentence that names the setting and says what is wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        self.zone()?;
        let there = self.channels();
        if let Some(absent) = self.second.iter().find(|name| !there.contains(name)) {
            return Err(format!("`notify.second` names {}, which is not set up", absent.as_str()));
        }
        if !there.is_empty() && there.iter().all(|name| self.second.contains(name)) {
            return Err("`notify.second` names every channel: one has to be told first".to_owned());
        }
        if !(1..=SECOND_MINUTES).contains(&self.second_after_minutes) {
            return Err(format!("`notify.second_after_minutes` is from 1 to {SECOND_MINUTES}"));
        }
        if let Some(command) = &self.command {
            check_command(command)?;
        }
        let places = [
            ("telegram.api", self.telegram.as_ref().map(|telegram| &telegram.api)),
            ("ntfy.server", self.ntfy.as_ref().map(|ntfy| &ntfy.server)),
            ("webhook.url", self.webhook.as_ref().map(|webhook| &webhook.url)),
        ];
        for (name, url) in places {
            if let Some(url) = url {
                check_url(url).map_err(|why| format!("`notify.{name}`: {why}"))?;
            }
        }
        Ok(())
    }
}

fn check_command(command: &Command) -> Result<(), String> {
    let program = command.run.first().ok_or("`notify.command.run` is empty")?;
    if !Path::new(program).is_absolute() {
        return Err(format!("`notify.command.run`: {program:?} is not the whole path of a program"));
    }
    if command.run.len() > COMMAND_WORDS || !(1..=COMMAND_SECONDS).contains(&command.seconds) {
        return Err(format!("`notify.command` has at most {COMMAND_WORDS} words and {COMMAND_SECONDS} seconds"));
    }
    Ok(())
}

/// Checks that what is told stays private: by TLS, or on this machine.
fn check_url(text: &str) -> Result<(), String> {
    let url = reqwest::Url::parse(text).map_err(|error| format!("{text:?} is no address: {error}"))?;
    let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" => Ok(()),
        "http" if here => Ok(()),
        _ => Err(format!("{text:?} is neither https:// nor on this machine")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Notify, String> {
        let notify: Notify = toml::from_str(text).map_err(|error| error.to_string())?;
        notify.check().map(|()| notify)
    }

    #[test]
    fn a_whole_table_is_read_and_nothing_is_told_by_default() {
        assert_eq!(read("").expect("the defaults").channels(), []);
        let whole = read(
            "show = \"everything\"\nquiet = \"22:00-07:00\"\ntimezone = \"Europe/London\"\nsecond = [\"ntfy\"]\n\
             second_after_minutes = 5\ndesktop = true\n[telegram]\ntoken_file = \"telegram.token\"\nuser = 7\n\
             [ntfy]\ntopic_file = \"topic\"\n[webhook]\nurl = \"https://alex.example/ai2ai\"\nsecret_file = \"hook\"\n\
             [command]\nrun = [\"/usr/bin/true\", \"--loud\"]\n",
        )
        .expect("good");
        assert_eq!(whole.channels().len(), 5);
        assert!(!whole.telegram.expect("a bot").approve, "a tap approves only where the owner said so");
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (text, named) in [
            ("show = \"all\"", "show"),
            ("quiet = \"22-7\"", "22:00-07:00"),
            ("quiet = \"22:00-22:00\"", "22:00-07:00"),
            ("timezone = \"Mars/Olympus\"", "Mars/Olympus"),
            ("second = [\"ntfy\"]", "ntfy"),
            ("second = [\"desktop\"]\ndesktop = true", "every channel"),
            ("second_after_minutes = 0", "second_after_minutes"),
            ("[telegram]\ntoken = \"123:abc\"\nuser = 7", "token"),
            ("[command]\nrun = [\"sh -c evil\"]", "whole path"),
            ("[command]\nrun = []", "run"),
            ("[webhook]\nurl = \"http://alex.example/\"\nsecret_file = \"x\"", "https"),
            ("[webhook]\nurl = \"http://127.0.0.1.evil.example/\"\nsecret_file = \"x\"", "https"),
            ("[ntfy]\nserver = \"file:///etc/passwd\"\ntopic_file = \"x\"", "https"),
        ] {
            let refused = read(text).expect_err(text);
            assert!(refused.contains(named), "{text}: {refused}");
        }
    }
}
