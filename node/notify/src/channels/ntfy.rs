//! A topic of an ntfy server, told by its JSON form, so that no text is a header.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_home::config::notify as config;
use ai2ai_home::paths::Paths;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde_json::json;
use zeroize::Zeroizing;

use crate::secrets::secret;
use crate::text::{OwnerNotice, TITLE, cut};
use ai2ai_http::client::{HttpClient, WITHIN};
use ai2ai_http::persistently;
use ai2ai_http::retry::TryResult;

/// Characters of a message: a longer one than 4,096 bytes would become a file to download.
const TEXT_CHARS: usize = 1_000;
/// As ntfy counts: 3 is usual, 4 is high.
const USUAL: u8 = 3;
const HIGH: u8 = 4;

/// A topic.
#[derive(Debug)]
pub(crate) struct NtfyChannel {
    http: HttpClient,
    server: String,
    topic: Zeroizing<String>,
    headers: HeaderMap,
}

impl NtfyChannel {
    pub(crate) fn open(config: &config::Ntfy, paths: &Paths, http: HttpClient) -> Result<Self, Failure> {
        let topic = secret(paths, &config.topic_file)?;
        if !topic.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) || topic.len() > 64 {
            let message = format!("{} holds no topic of ntfy", config.topic_file.display());
            return Err(Failure::new(Exit::Failed, ErrorCode::BadConfig, message)
                .hint("A topic has up to 64 letters, digits, _ and -. Whoever knows it can read it: make it long."));
        }
        let mut headers = HeaderMap::new();
        if let Some(file) = &config.token_file {
            let token = secret(paths, file)?;
            let mut value = HeaderValue::from_str(&Zeroizing::new(format!("Bearer {}", &*token))).map_err(|_| {
                Failure::new(Exit::Failed, ErrorCode::BadConfig, format!("{} holds no token", file.display()))
            })?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(Self { http, server: config.server.clone(), topic, headers })
    }

    pub(crate) async fn tell(&self, notice: &OwnerNotice) -> TryResult {
        let priority = if notice.is_second { HIGH } else { USUAL };
        let message = cut(&notice.text(), TEXT_CHARS);
        let body = json!({"topic": *self.topic, "title": TITLE, "message": message, "priority": priority});
        let body = body.to_string().into_bytes();
        persistently!(self.once(&body).await)
    }

    async fn once(&self, body: &[u8]) -> TryResult {
        self.http.post(&self.server, self.headers.clone(), body.to_vec(), WITHIN).await?.told()
    }
}
