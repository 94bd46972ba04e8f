//! A model behind an OpenAI-compatible server (`POST …/chat/completions`): asked within bounds, and believed in nothing.

use std::time::Duration;

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_discovery::web;
use ai2ai_home::config::AssistantConfig;
use ai2ai_home::files::read_secret;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::answer::schema;
use super::prompt::PromptMessage;

/// Bytes of a server's answer.
const ANSWER_BYTES: usize = 256 * 1024;
/// Tokens that a model may answer with.
const ANSWER_TOKENS: u32 = 800;
/// How often one question is put, when the server is busy or silent.
const TRIES: u32 = 3;
/// The pause before the second try; it doubles.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause, whatever the server asks for.
const PAUSE_MOST: Duration = Duration::from_secs(30);

/// A model, and how it is reached.
pub(super) struct Model {
    client: Client,
    url: String,
    model: String,
    key: Option<HeaderValue>,
    /// Whether the server has not yet refused to be given a schema.
    takes_schema: bool,
}

/// Why there is no answer. None of these repeats the server's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ModelError {
    /// The budget is spent.
    #[error("the model was asked often enough {0}")]
    Spent(&'static str),
    /// No answer in time, or no connection.
    #[error("the model's server can't be reached, or took too long")]
    Silent,
    /// It wants to be asked later, or failed.
    #[error("the model's server answered with {0}")]
    Busy(u16),
    /// It refuses.
    #[error("the model's server refuses with {0}; see `[assistant]` in config.toml")]
    Refused(u16),
    /// More than [`ANSWER_BYTES`].
    #[error("the model's server answered with more than {ANSWER_BYTES} bytes")]
    TooLarge,
    /// Not what such a server answers.
    #[error("the model's server does not answer as an OpenAI-compatible server does")]
    Garbled,
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<ModelChoice>,
}

#[derive(Deserialize)]
struct ModelChoice {
    message: ChatMessage,
}

#[derive(Deserialize)]
struct ChatMessage {
    content: Option<String>,
}

/// What became of one try.
enum Try {
    Said(String),
    Again(ModelError, Option<Duration>),
    WithoutSchema,
}

impl Model {
    /// The model that the settings name, if they name one.
    ///
    /// # Errors
    /// When the file with the key can't be read.
    pub(super) fn open(config: &AssistantConfig) -> Result<Option<Self>, Failure> {
        let Some(url) = config.url() else { return Ok(None) };
        let Some(model) = config.model.clone() else { return Ok(None) };
        let key = config.key_file.as_deref().map(read_secret).transpose()?;
        let key = key.map(|bytes| authorization(&bytes)).transpose()?;
        let client = Client::builder()
            .http1_only()
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .timeout(config.within())
            .build()
            .map_err(Failure::internal)?;
        Ok(Some(Self { client, url, model, key, takes_schema: true }))
    }

    /// Asks, and gives what the model said. Each try is counted by `count` first.
    pub(super) async fn ask(
        &mut self,
        told: &[PromptMessage],
        mut count: impl FnMut() -> Result<(), ModelError>,
    ) -> Result<String, ModelError> {
        let mut tries = 0;
        let mut pause = PAUSE;
        loop {
            count()?;
            match self.once(told).await? {
                Try::Said(text) => return Ok(text),
                Try::WithoutSchema => self.takes_schema = false,
                Try::Again(trouble, wanted) => {
                    tries += 1;
                    if tries == TRIES {
                        return Err(trouble);
                    }
                    tokio::time::sleep(wanted.unwrap_or(pause).min(PAUSE_MOST)).await;
                    pause *= 2;
                }
            }
        }
    }

    async fn once(&self, told: &[PromptMessage]) -> Result<Try, ModelError> {
        let mut request = self.client.post(&self.url).header(CONTENT_TYPE, "application/json").body(self.body(told));
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, key.clone());
        }
        let Ok(answer) = request.send().await else { return Ok(Try::Again(ModelError::Silent, None)) };
        let status = answer.status();
        if status == StatusCode::OK {
            return read(answer).await;
        }
        if self.takes_schema && matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY) {
            return Ok(Try::WithoutSchema);
        }
        let passes = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
        if passes || status.is_server_error() {
            let wanted = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            return Ok(Try::Again(ModelError::Busy(status.as_u16()), wanted.map(Duration::from_secs)));
        }
        Err(ModelError::Refused(status.as_u16()))
    }

    fn body(&self, told: &[PromptMessage]) -> String {
        let mut body = json!({
            "model": self.model, "messages": told, "max_tokens": ANSWER_TOKENS, "temperature": 0.2, "stream": false,
        });
        if self.takes_schema {
            let schema = json!({ "name": "reply", "strict": true, "schema": schema() });
            body["response_format"] = json!({ "type": "json_schema", "json_schema": schema });
        }
        body.to_string()
    }
}

fn authorization(bytes: &[u8]) -> Result<HeaderValue, Failure> {
    let bad = || Failure::new(Exit::Failed, ErrorCode::BadConfig, "`[assistant] key_file` holds no key");
    let key = std::str::from_utf8(bytes).map_err(|_| bad())?.trim();
    let line = Zeroizing::new(format!("Bearer {key}"));
    let mut value = HeaderValue::from_str(&line).map_err(|_| bad())?;
    value.set_sensitive(true);
    if key.is_empty() { Err(bad()) } else { Ok(value) }
}

async fn read(answer: Response) -> Result<Try, ModelError> {
    let Ok(bytes) = web::body(answer, ANSWER_BYTES).await else { return Ok(Try::Again(ModelError::Silent, None)) };
    let bytes = bytes.ok_or(ModelError::TooLarge)?;
    let completion: Completion = serde_json::from_slice(&bytes).map_err(|_| ModelError::Garbled)?;
    let first = completion.choices.into_iter().next().ok_or(ModelError::Garbled)?;
    // A call of a tool has no content: there are no tools, and so nothing that it could mean.
    Ok(Try::Said(first.message.content.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_line_and_never_shown() {
        assert!(authorization(b"sk-1\n").is_ok_and(|key| key == "Bearer sk-1" && !format!("{key:?}").contains("sk-1")));
        for bad in [&b""[..], b"\n", b"a\nb", b"\xff"] {
            assert!(authorization(bad).is_err(), "{bad:?}");
        }
    }
}
