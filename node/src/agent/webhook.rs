//! Webhooks: a server of the owner's is told what happens, as the Standard Webhooks specification has it: an id that stays the same however
//! often it is tried, the moment of the try, and a signature over both and the body. Thin, unless the owner wants it whole.

use std::fmt;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde_json::Value;

use super::happenings::{Heard, Listener};
use super::work::Work;
use crate::clock::now;
use crate::config::{WebhookConfig, files::read_secret};
use crate::exit::{Exit, Failure};
use crate::views::View as _;

/// How long a server may take.
const WITHIN: Duration = Duration::from_secs(15);
/// How often one event is tried.
const TRIES: u32 = 5;
/// The pause before the second try; it grows fourfold, to somewhat more than a minute.
const PAUSE: Duration = Duration::from_secs(1);
/// How a secret begins.
const PREFIX: &str = "whsec_";
/// Bytes of a secret, as the specification has it.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The server that is told.
pub(crate) struct Webhook {
    client: Client,
    url: String,
    whole: bool,
    signer: standardwebhooks::Webhook,
    work: Work,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Webhook")
    }
}

/// What became of a try.
#[derive(Debug, PartialEq, Eq)]
enum Try {
    Told,
    Later,
    Never,
    /// It wants no more of it, ever.
    Gone,
}

impl Webhook {
    /// The server that the settings name.
    ///
    /// # Errors
    /// When its secret can't be read.
    pub(crate) fn new(config: &WebhookConfig, work: Work) -> Result<Self, Failure> {
        let client = Client::builder().no_proxy().redirect(Policy::none()).referer(false).timeout(WITHIN).build();
        let client = client.map_err(|error| Failure::internal(error.without_url()))?;
        let signer = signer(&read_secret(&config.secret_file)?)?;
        Ok(Self { client, url: config.url.clone(), whole: config.whole, signer, work })
    }

    /// Tells the server what happens, one thing after the other, until the node stops or the server wants no more.
    pub(crate) async fn run(self, mut listener: Listener) {
        while let Some(heard) = listener.next().await {
            let happened = match heard {
                Heard::Happened(happened) => happened,
                Heard::Missed(missed) => {
                    tracing::warn!(missed, "events came faster than the webhook was told of them");
                    continue;
                }
            };
            let event = if self.whole { self.work.whole(&happened).await } else { Ok(happened.line()) };
            let told = match event {
                Ok(event) => self.tell(&event).await,
                Err(problem) => {
                    tracing::debug!(code = problem.code, "the webhook is not told");
                    continue;
                }
            };
            match told {
                Try::Told => {}
                Try::Later | Try::Never => {
                    tracing::warn!(conversation = %happened.conversation, "the webhook was not told")
                }
                Try::Gone => return tracing::warn!("the webhook's server wants no more of it (410 Gone)"),
            }
        }
    }

    async fn tell(&self, event: &Value) -> Try {
        let (id, body) = (format!("msg_{:032x}", rand::random::<u128>()), event.to_string());
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            let told = self.once(&id, &body).await;
            if told != Try::Later {
                return told;
            }
            tokio::time::sleep(pause).await;
            pause *= 4;
        }
        self.once(&id, &body).await
    }

    async fn once(&self, id: &str, body: &str) -> Try {
        let Ok(headers) = signed(&self.signer, id, body) else { return Try::Never };
        let answer = self.client.post(&self.url).headers(headers).body(body.to_owned()).send().await;
        match answer.map(|answer| answer.status()) {
            Ok(status) if status.is_success() => Try::Told,
            Ok(StatusCode::GONE) => Try::Gone,
            Ok(StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT) | Err(_) => Try::Later,
            Ok(status) if status.is_server_error() => Try::Later,
            Ok(_) => Try::Never,
        }
    }
}

fn signer(secret: &[u8]) -> Result<standardwebhooks::Webhook, Failure> {
    let bad = || {
        Failure::new(Exit::Failed, "bad_config", "`[webhook] secret_file` holds no secret of a webhook")
            .hint("It is `whsec_` and 24 to 64 random bytes in base64.")
    };
    let text = std::str::from_utf8(secret).map_err(|_| bad())?.trim();
    let key = text.strip_prefix(PREFIX).ok_or_else(bad)?;
    let key = data_encoding::BASE64.decode(key.as_bytes()).map_err(|_| bad())?;
    if !KEY_BYTES.contains(&key.len()) {
        return Err(bad());
    }
    standardwebhooks::Webhook::from_bytes(key).map_err(|_| bad())
}

fn signed(
    signer: &standardwebhooks::Webhook,
    id: &str,
    body: &str,
) -> Result<HeaderMap, Box<dyn std::error::Error + Send + Sync>> {
    let seconds = now().as_millis() / 1_000;
    let signature = signer.sign(id, seconds, body.as_bytes())?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(standardwebhooks::HEADER_WEBHOOK_ID, HeaderValue::from_str(id)?);
    headers.insert(standardwebhooks::HEADER_WEBHOOK_TIMESTAMP, HeaderValue::from_str(&seconds.to_string())?);
    headers.insert(standardwebhooks::HEADER_WEBHOOK_SIGNATURE, HeaderValue::from_str(&signature)?);
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_verifies_and_nothing_else_does() {
        let secret = format!("{PREFIX}{}\n", data_encoding::BASE64.encode(&[7; 32]));
        let (here, there) =
            (signer(secret.as_bytes()).expect("a secret"), signer(secret.trim().as_bytes()).expect("a secret"));
        let headers = signed(&here, "msg_1", "{\"event\":\"arrived\"}").expect("signed");
        assert!(there.verify(b"{\"event\":\"arrived\"}", &headers).is_ok());
        assert!(there.verify(b"{\"event\":\"decided\"}", &headers).is_err());
        let short = format!("{PREFIX}{}", data_encoding::BASE64.encode(&[7; 8]));
        for bad in ["", "whsec_", "secret", "whsec_!!", &short] {
            assert_eq!(signer(bad.as_bytes()).map(|_| ()).expect_err(bad).code, "bad_config");
        }
    }
}
