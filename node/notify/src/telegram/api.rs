//! The few methods of Telegram's Bot API that are used. The token stands in the address, so no address is ever told.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use ai2ai_http::client::{HttpClient, WITHIN};
use ai2ai_http::retry::{Fault, TryResult};

/// How long the API holds a question for updates until there is one.
pub(crate) const POLL: Duration = Duration::from_secs(50);
/// Updates of one answer.
const UPDATES: u32 = 50;
/// What the API says of a message that already is as it is to be.
const NOT_MODIFIED: &str = "message is not modified";

/// A bot.
pub(crate) struct Bot {
    http: HttpClient,
    base: Zeroizing<String>,
}

impl fmt::Debug for Bot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bot")
    }
}

/// The form of every answer.
#[derive(Deserialize)]
struct BotResponse {
    ok: bool,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    description: String,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Default, Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
}

/// Something that happened at Telegram. What this node does not know of it is left out.
#[derive(Debug, Deserialize)]
pub(crate) struct Update {
    pub(crate) update_id: i64,
    pub(crate) callback_query: Option<Callback>,
}

/// A tap.
#[derive(Debug, Deserialize)]
pub(crate) struct Callback {
    pub(crate) id: String,
    pub(crate) from: User,
    #[serde(default)]
    pub(crate) data: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct User {
    pub(crate) id: i64,
}

#[derive(Deserialize)]
struct TelegramMessage {
    message_id: i64,
}

/// A button: what stands on it, and its word.
pub(crate) type ButtonKey = (String, String);

impl Bot {
    pub(crate) fn new(http: HttpClient, api: &str, token: &str) -> Self {
        Self { http, base: Zeroizing::new(format!("{}/bot{token}", api.trim_end_matches('/'))) }
    }

    /// Sends a plain text: without `parse_mode`, nothing in it is markup. Gives the message's id.
    pub(crate) async fn send(&self, chat: i64, text: &str, keys: &[Vec<ButtonKey>], silent: bool) -> TryResult<i64> {
        let mut message = json!({
            "chat_id": chat, "text": text, "disable_notification": silent, "link_preview_options": {"is_disabled": true},
        });
        if !keys.is_empty() {
            message["reply_markup"] = json!({"inline_keyboard": keyboard(keys)});
        }
        self.call::<TelegramMessage>("sendMessage", &message, WITHIN).await.map(|message| message.message_id)
    }

    /// Replaces a text, and takes the buttons away.
    pub(crate) async fn edit(&self, chat: i64, message: i64, text: &str) -> TryResult {
        let edit = json!({
            "chat_id": chat, "message_id": message, "text": text, "link_preview_options": {"is_disabled": true},
        });
        match self.call::<Value>("editMessageText", &edit, WITHIN).await {
            Err(Fault::Never(why)) if why.contains(NOT_MODIFIED) => Ok(()),
            other => other.map(drop),
        }
    }

    /// Tells whoever tapped what came of it.
    pub(crate) async fn answer(&self, callback: &str, text: &str) -> TryResult {
        let answer = json!({"callback_query_id": callback, "text": text, "show_alert": false});
        self.call::<Value>("answerCallbackQuery", &answer, WITHIN).await.map(drop)
    }

    /// What happened from this update on. What is before it is thereby confirmed, and never comes again.
    pub(crate) async fn updates(&self, offset: i64) -> TryResult<Vec<Update>> {
        let question = json!({
            "offset": offset, "limit": UPDATES, "timeout": POLL.as_secs(), "allowed_updates": ["callback_query"],
        });
        self.call("getUpdates", &question, POLL + WITHIN).await
    }

    async fn call<T: DeserializeOwned>(&self, method: &str, body: &Value, within: Duration) -> TryResult<T> {
        let url = Zeroizing::new(format!("{}/{method}", *self.base));
        let answer = self.http.post(&url, HeaderMap::new(), body.to_string().into_bytes(), within).await?;
        let Ok(envelope) = serde_json::from_slice::<BotResponse>(&answer.body) else {
            return Err(Fault::later(format!(
                "Telegram answers {method} with {} and no JSON of its own",
                answer.status
            )));
        };
        if envelope.ok {
            let read = serde_json::from_value(envelope.result);
            return read.map_err(|_| Fault::later(format!("Telegram's answer to {method} is not what it should be")));
        }
        Err(refused(method, answer.status, &envelope))
    }
}

fn refused(method: &str, status: StatusCode, envelope: &BotResponse) -> Fault {
    let said: String = ai2ai_api::text::brief(&envelope.description, 200);
    let why = format!("Telegram refuses {method}: {} {said}", status.as_u16());
    let later = status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT);
    if later {
        return Fault::Later { why, after: envelope.parameters.retry_after.map(Duration::from_secs) };
    }
    Fault::Never(match status {
        StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND => format!("{why}. Is the bot's token right?"),
        StatusCode::FORBIDDEN => format!("{why}. Have you written to your bot first?"),
        _ => why,
    })
}

fn keyboard(rows: &[Vec<ButtonKey>]) -> Vec<Vec<Value>> {
    let key = |(label, word): &ButtonKey| json!({"text": label, "callback_data": word});
    rows.iter().map(|row| row.iter().map(key).collect()).collect()
}
