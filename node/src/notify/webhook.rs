//! A web server of the owner's, told by the Standard Webhooks specification: an id that stays the same however often it is tried, the
//! moment of the try, and a signature over both and the body.

use std::fmt;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue};

use super::fault::{Fault, Sent, persistently};
use super::http::{Http, WITHIN};
use super::words::Notice;
use crate::clock::now;
use crate::config::Paths;
use crate::config::notify as config;
use crate::exit::{Exit, Failure};

/// Bytes of a secret's key, as the specification has it: 24 to 64.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Where it is told, and what signs it.
pub(super) struct Webhook {
    http: Http,
    url: String,
    signer: standardwebhooks::Webhook,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Webhook")
    }
}

impl Webhook {
    pub(super) fn open(config: &config::Webhook, paths: &Paths, http: Http) -> Result<Self, Failure> {
        let secret = super::channel::secret(paths, &config.secret_file)?;
        let bad = || {
            let message = format!("{} holds no secret of a webhook", config.secret_file.display());
            Failure::new(Exit::Failed, "bad_config", message)
                .hint("It is `whsec_` and 24 to 64 random bytes in base64.")
        };
        let key = secret.strip_prefix("whsec_").ok_or_else(bad)?;
        let key = data_encoding::BASE64.decode(key.as_bytes()).map_err(|_| bad())?;
        if !KEY_BYTES.contains(&key.len()) {
            return Err(bad());
        }
        let signer = standardwebhooks::Webhook::from_bytes(key).map_err(|_| bad())?;
        Ok(Self { http, url: config.url.clone(), signer })
    }

    pub(super) async fn tell(&self, notice: &Notice) -> Sent {
        let body = notice.event().to_string().into_bytes();
        persistently!(self.once(&notice.id, &body).await)
    }

    async fn once(&self, id: &str, body: &[u8]) -> Sent {
        let answer = self.http.post(&self.url, self.signed(id, body)?, body.to_vec(), WITHIN).await?;
        match answer.status {
            StatusCode::GONE => Err(Fault::Never("the server wants no more of it (410 Gone)".to_owned())),
            _ => answer.told(),
        }
    }

    fn signed(&self, id: &str, body: &[u8]) -> Sent<HeaderMap> {
        let seconds = now().as_millis() / 1_000;
        let bad = |error: &dyn fmt::Display| Fault::Never(format!("it could not be signed: {error}"));
        let signature = self.signer.sign(id, seconds, body).map_err(|error| bad(&error))?;
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
}
