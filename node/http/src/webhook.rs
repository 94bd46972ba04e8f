//! Webhook: a web server of the owner's, told by the Standard Webhooks specification: an id that stays the same however often it is tried, the
//! moment of the try, and a signature over both and the body.

use std::fmt;
use std::path::Path;

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_home::files::read_secret;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue};

use crate::client::{HttpClient, WITHIN};
use crate::persistently;
use crate::retry::{Fault, TryResult};

/// How a secret begins.
const PREFIX: &str = "whsec_";
/// Bytes of a secret's key, as the specification has it.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Where it is told, and what signs it.
pub struct WebhookChannel {
    http: HttpClient,
    url: String,
    signer: standardwebhooks::Webhook,
}

impl fmt::Debug for WebhookChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Webhook")
    }
}

impl WebhookChannel {
    /// The server at this address, told under the secret in this file.
    ///
    /// # Errors
    /// When the file is absent or open to others, or holds no secret.
    pub fn open(url: String, secret_file: &Path, http: HttpClient) -> Result<Self, Failure> {
        let signer = signer(&read_secret(secret_file)?).ok_or_else(|| {
            let message = format!("{} holds no secret of a webhook", secret_file.display());
            Failure::new(Exit::Failed, ErrorCode::BadConfig, message)
                .hint("It is `whsec_` and 24 to 64 random bytes in base64.")
        })?;
        Ok(Self { http, url, signer })
    }

    /// Tells this under an id, until it is told or makes no sense any more.
    ///
    /// # Errors
    /// Why it was not told.
    pub async fn tell(&self, id: &str, event: &serde_json::Value) -> TryResult {
        let body = event.to_string().into_bytes();
        persistently!(self.once(id, &body).await)
    }

    async fn once(&self, id: &str, body: &[u8]) -> TryResult {
        let headers = signed(&self.signer, id, body)?;
        let answer = self.http.post(&self.url, headers, body.to_vec(), WITHIN).await?;
        match answer.status {
            StatusCode::GONE => Err(Fault::Gone),
            _ => answer.told(),
        }
    }
}

fn signer(secret: &[u8]) -> Option<standardwebhooks::Webhook> {
    let key = std::str::from_utf8(secret).ok()?.trim().strip_prefix(PREFIX)?;
    let key = data_encoding::BASE64.decode(key.as_bytes()).ok()?;
    if !KEY_BYTES.contains(&key.len()) {
        return None;
    }
    standardwebhooks::Webhook::from_bytes(key).ok()
}

fn signed(signer: &standardwebhooks::Webhook, id: &str, body: &[u8]) -> TryResult<HeaderMap> {
    let seconds = now().as_millis() / 1_000;
    let bad = |error: &dyn fmt::Display| Fault::Never(format!("it could not be signed: {error}"));
    let signature = signer.sign(id, seconds, body).map_err(|error| bad(&error))?;
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (standardwebhooks::HEADER_WEBHOOK_ID, id.to_owned()),
        (standardwebhooks::HEADER_WEBHOOK_TIMESTAMP, seconds.to_string()),
        (standardwebhooks::HEADER_WEBHOOK_SIGNATURE, signature),
    ] {
        headers.insert(name, HeaderValue::from_str(&value).map_err(|error| bad(&error))?);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_verifies_and_nothing_else_does() {
        let secret = format!("{PREFIX}{}\n", data_encoding::BASE64.encode(&[7; 32]));
        let here = signer(secret.as_bytes()).expect("a secret");
        let there = signer(secret.trim().as_bytes()).expect("a secret");
        let headers = signed(&here, "msg_1", b"{\"event\":\"arrived\"}").expect("signed");
        assert!(there.verify(b"{\"event\":\"arrived\"}", &headers).is_ok());
        assert!(there.verify(b"{\"event\":\"decided\"}", &headers).is_err());
        let short = format!("{PREFIX}{}", data_encoding::BASE64.encode(&[7; 8]));
        for bad in ["", "whsec_", "secret", "whsec_!!", &short] {
            assert!(signer(bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(signer(b"\xff").is_none());
    }
}
