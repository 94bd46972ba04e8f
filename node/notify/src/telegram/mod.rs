//! A Telegram bot of the owner's own: it tells them what waits, and takes their taps.

pub(crate) mod api;
pub(crate) mod buttons;
mod listen;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_home::config::notify as config;
use ai2ai_home::paths::Paths;
use ai2ai_protocol::id::ItemId;

use self::api::{Bot, ButtonKey};
use self::buttons::{ButtonAct, Buttons, Put, Wish};
use crate::node::NodeClient;
use crate::secrets::secret;
use crate::text::{NoticeItem, OwnerNotice, Taps, cut, more};
use ai2ai_http::client::HttpClient;
use ai2ai_http::persistently;
use ai2ai_http::retry::{Fault, TryResult};

/// Under which name the buttons are kept.
const KEPT: &str = "notify_telegram";
/// Characters of a message's first line that are kept, to be told again with the decision.
const HEAD: usize = 300;
/// Proposed times that have a button.
const CHOICES: usize = 5;

/// The bot, and what is known of its messages.
pub(crate) struct TelegramChannel {
    bot: Bot,
    /// The owner. In a chat with a bot, the chat has the person's id.
    user: i64,
    may_approve: bool,
    state: Arc<Mutex<TelegramState>>,
}

#[derive(Default)]
struct TelegramState {
    buttons: Buttons,
    node: Option<NodeClient>,
}

impl fmt::Debug for TelegramChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Telegram")
    }
}

impl TelegramChannel {
    pub(crate) fn open(config: &config::Telegram, paths: &Paths, http: HttpClient) -> Result<Self, Failure> {
        let token = secret(paths, &config.token_file)?;
        // It becomes a part of an address.
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-');
        if !token.bytes().all(fits) || !token.contains(':') {
            let message = format!("{} holds no token of a Telegram bot", config.token_file.display());
            return Err(
                Failure::new(Exit::Failed, ErrorCode::BadConfig, message).hint("BotFather gives you one: 123456:ABC…")
            );
        }
        let bot = Bot::new(http, &config.api, &token);
        Ok(Self { bot, user: config.user, may_approve: config.approve, state: Arc::default() })
    }

    /// From now on what it knows is kept, and a tap can decide.
    pub(crate) async fn attach(&self, node: NodeClient) -> Result<(), Failure> {
        let kept = node.kept(KEPT).await?;
        let buttons = kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        *self.state() = TelegramState { buttons, node: Some(node) };
        Ok(())
    }

    /// A text without buttons.
    pub(crate) async fn say(&self, text: &str) -> TryResult {
        persistently!(self.bot.send(self.user, text, &[], false).await).map(drop)
    }

    /// A message for each item, of which the first makes a sound.
    pub(crate) async fn tell(&self, notice: &OwnerNotice) -> TryResult {
        for (place, entry) in notice.items.iter().enumerate() {
            self.show(entry, notice.is_second, place > 0).await?;
        }
        if !notice.more.is_empty() {
            self.say(&more(notice.more.len())).await?;
        }
        Ok(())
    }

    async fn show(&self, entry: &NoticeItem, is_second: bool, silent: bool) -> TryResult {
        self.settle(&entry.waiting.id, "This has a newer message.").await?;
        let keys = self.keys(entry);
        // What can be tapped is known before it can be.
        self.keep().await?;
        let text = if is_second { format!("Still unanswered:\n{}", entry.text()) } else { entry.text() };
        let message = persistently!(self.bot.send(self.user, &text, &keys, silent).await)?;
        self.state().buttons.showed(message, entry.waiting.id, cut(&entry.head, HEAD));
        self.keep().await
    }

    fn keys(&self, entry: &NoticeItem) -> Vec<Vec<ButtonKey>> {
        let mut state = self.state();
        let has_no_pin = state.node.as_ref().is_some_and(|node| !node.has_pin);
        let approves = self.may_approve && entry.taps == Taps::Decide && has_no_pin;
        let now = now();
        let mut key = |label: String, act| {
            let wish = Wish { item: entry.waiting.id, digest: entry.waiting.digest, act };
            (label, state.buttons.issue(wish, self.user, now, entry.expires_at))
        };
        if entry.taps == Taps::Note {
            return vec![vec![key("Noted".to_owned(), ButtonAct::Reject)]];
        }
        let mut rows = Vec::new();
        if approves && entry.choices > 0 {
            let places = 1..=entry.choices.min(CHOICES);
            rows.push(places.map(|place| key(format!("Take {place}"), ButtonAct::Choose(place))).collect());
        } else if approves {
            rows.push(vec![key("Approve".to_owned(), ButtonAct::Approve)]);
        }
        if entry.taps != Taps::PutOff {
            rows.push(vec![key("Reject".to_owned(), ButtonAct::Reject)]);
        }
        let later = Put::ALL.into_iter().filter_map(|put| Some((put.off(now, entry.expires_at)?.said, put)));
        let later: Vec<ButtonKey> = later.map(|(said, put)| key(said.to_owned(), ButtonAct::Snooze(put))).collect();
        rows.extend((!later.is_empty()).then_some(later));
        rows
    }

    /// Whatever was shown of this item says how it ended, and has no buttons any more; at once, or as soon as that can be.
    pub(crate) async fn settle(&self, item: &ItemId, how: &str) -> TryResult {
        if !self.state().buttons.settle(item, how) {
            return Ok(());
        }
        self.keep().await?;
        while let Some((message, text)) = self.owes() {
            let edited = persistently!(self.bot.edit(self.user, message, &text).await);
            self.said(message, edited).await?;
        }
        Ok(())
    }

    /// What could not be said in a message of something that ended is said now.
    async fn catch_up(&self) -> TryResult {
        while let Some((message, text)) = self.owes() {
            let edited = self.bot.edit(self.user, message, &text).await;
            self.said(message, edited).await?;
        }
        Ok(())
    }

    fn owes(&self) -> Option<(i64, String)> {
        self.state().buttons.owes()
    }

    async fn said(&self, message: i64, edited: TryResult) -> TryResult {
        match edited {
            // The owner has deleted it, or it is too old to be changed: its buttons do nothing.
            Err(Fault::Never(why)) => tracing::debug!(%why, "a message keeps its buttons"),
            other => other?,
        }
        self.state().buttons.says(message);
        self.keep().await
    }

    async fn keep(&self) -> TryResult {
        let Some(node) = self.state().node.clone() else { return Ok(()) };
        let state = Arc::clone(&self.state);
        // Two taps may be kept in any order: each keeps the buttons as they are then.
        let kept = node.keep(KEPT, move || serde_json::to_string(&locked(&state).buttons).unwrap_or_default());
        kept.await.map_err(|failure| Fault::later(failure.message))
    }

    fn state(&self) -> MutexGuard<'_, TelegramState> {
        locked(&self.state)
    }
}

fn locked(state: &Mutex<TelegramState>) -> MutexGuard<'_, TelegramState> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
