//! Channels to the owner, each behind the same few functions.

mod command;
mod desktop;
mod ntfy;

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_home::config::notify::{self as config, ChannelName};
use ai2ai_home::paths::Paths;
use ai2ai_protocol::id::ItemId;

use crate::secrets::beside;
use crate::telegram::TelegramChannel;
use crate::text::OwnerNotice;
use ai2ai_http::client::HttpClient;
use ai2ai_http::retry::Fault;
use ai2ai_http::webhook::WebhookChannel;
use ntfy::NtfyChannel;

/// A way to the owner.
#[derive(Debug)]
pub struct Channel {
    name: ChannelName,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Telegram(Box<TelegramChannel>),
    Ntfy(NtfyChannel),
    Webhook(WebhookChannel),
    Desktop,
    Command(config::Command),
}

/// The channels that are set up, with their secrets read.
///
/// # Errors
/// A secret that is absent, open to others, or none.
pub fn open(settings: &config::Notify, paths: &Paths) -> Result<Vec<Channel>, Failure> {
    let mut ways = Vec::new();
    let http = HttpClient::new()?;
    if let Some(telegram) = &settings.telegram {
        ways.push((
            ChannelName::Telegram,
            Way::Telegram(Box::new(TelegramChannel::open(telegram, paths, http.clone())?)),
        ));
    }
    if let Some(ntfy) = &settings.ntfy {
        ways.push((ChannelName::Ntfy, Way::Ntfy(NtfyChannel::open(ntfy, paths, http.clone())?)));
    }
    if let Some(webhook) = &settings.webhook {
        ways.push((
            ChannelName::Webhook,
            Way::Webhook(WebhookChannel::open(webhook.url.clone(), &beside(paths, &webhook.secret_file), http)?),
        ));
    }
    if settings.desktop {
        ways.push((ChannelName::Desktop, Way::Desktop));
    }
    if let Some(command) = &settings.command {
        ways.push((ChannelName::Command, Way::Command(command.clone())));
    }
    Ok(ways.into_iter().map(|(name, way)| Channel { name, way }).collect())
}

impl Channel {
    /// Which it is.
    #[must_use]
    pub fn name(&self) -> ChannelName {
        self.name
    }

    /// Sends a test.
    ///
    /// # Errors
    /// What happened, in words.
    pub async fn test(&self) -> Result<(), String> {
        let test = OwnerNotice::test(now());
        let told = match &self.way {
            Way::Telegram(telegram) => telegram.say(&test.text()).await,
            Way::Ntfy(_) | Way::Webhook(_) | Way::Desktop | Way::Command(_) => self.tell(&test).await,
        };
        told.map_err(|fault| fault.to_string())
    }

    /// Tells the owner.
    pub(crate) async fn tell(&self, notice: &OwnerNotice) -> Result<(), Fault> {
        match &self.way {
            Way::Telegram(telegram) => telegram.tell(notice).await,
            Way::Ntfy(ntfy) => ntfy.tell(notice).await,
            Way::Webhook(webhook) => webhook.tell(&notice.id, &notice.event()).await,
            Way::Desktop => desktop::tell(notice).await,
            Way::Command(command) => command::tell(command, notice).await,
        }
    }

    /// What was told of an item holds no more, for this reason. Only where something could still be tapped has it to be said.
    pub(crate) async fn settle(&self, item: &ItemId, how: &str) -> Result<(), Fault> {
        match &self.way {
            Way::Telegram(telegram) => telegram.settle(item, how).await,
            Way::Ntfy(_) | Way::Webhook(_) | Way::Desktop | Way::Command(_) => Ok(()),
        }
    }

    /// The bot that listens for taps, if this is one.
    pub(crate) fn telegram(&self) -> Option<&TelegramChannel> {
        match &self.way {
            Way::Telegram(telegram) => Some(telegram),
            Way::Ntfy(_) | Way::Webhook(_) | Way::Desktop | Way::Command(_) => None,
        }
    }
}
