//! A web server that takes batches: asked at public addresses of its name, under its certificate, led nowhere else, and bounded in time
//! and size.

use std::sync::Arc;
use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_api::text::when;
use ai2ai_discovery::web;
use ai2ai_discovery::web::https::Site;
use ai2ai_discovery::web::retry_after;
use ai2ai_network::Fate;
use ai2ai_protocol::limits::RECEIPTS_BYTES;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, StatusCode};
use tokio::sync::OnceCell;

use crate::context::Context;
use crate::delivery::https::{BATCH, PATH};

/// Time for a connection and its handshake: as long as one of libp2p.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Time for a batch and its whole answer: as long as over libp2p.
const WITHIN: Duration = Duration::from_secs(20);
/// Connections that are kept from batch to batch: as many as a worker has batches under way.
const KEPT: usize = 4;

/// Reason why there are no receipts; and whether they may have got the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Undelivered {
    pub(crate) fate: Fate,
    pub(crate) why: String,
}

/// The door of one recipient. Its name is looked up when something is first brought, and not again while it is held.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    site: Site,
    client: Arc<OnceCell<Client>>,
}

impl Door {
    /// The door at this web server.
    pub(crate) fn at(site: Site) -> Self {
        Self { site, client: Arc::default() }
    }

    /// The web server.
    pub(crate) fn site(&self) -> &Site {
        &self.site
    }

    /// Posts a batch, and gives whatever is answered: at most `RECEIPTS_BYTES`, not read.
    ///
    /// # Errors
    /// [`Undelivered`]. Nothing has left while there is no connection under the right certificate. After that they may have got it,
    /// whatever the web server says: its word is not theirs. Only that it asks to be left alone for a while is heeded, for a while:
    /// libp2p and mailboxes are tried as before.
    pub(crate) async fn bring(&self, context: &Context, batch: Vec<u8>) -> Result<Vec<u8>, Undelivered> {
        if let Some(until) = context.by_https().left_alone(&self.site, now()) {
            let why = format!("{}: it asks to be left alone until {}", self.site, when(until));
            return Err(Undelivered { fate: Fate::NotSent, why });
        }
        let client = self.client.get_or_try_init(|| self.open(context)).await?;
        let request = client.post(self.site.url(PATH)).header(CONTENT_TYPE, BATCH).body(batch);
        let answer = request.send().await.map_err(|error| self.silent(&error))?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::PAYLOAD_TOO_LARGE => {
                return Err(self.unknown("it takes no request of this size; it should take 1 MiB"));
            }
            status if status.is_redirection() => {
                return Err(self.unknown(&format!("it answers {status}, and nobody is followed elsewhere")));
            }
            status => {
                let is_busy = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
                if let Some(wait) = retry_after(answer.headers()).filter(|_| is_busy) {
                    context.by_https().leave_alone(&self.site, wait, now());
                }
                return Err(self.unknown(&format!("it answers {status}")));
            }
        }
        let body = web::body(answer, RECEIPTS_BYTES).await.map_err(|error| self.silent(&error))?;
        body.ok_or_else(|| self.unknown("its answer is longer than receipts can be"))
    }

    async fn open(&self, context: &Context) -> Result<Client, Undelivered> {
        let host = self.site.host();
        let port = self.site.port();
        let not_sent = |why: String| Undelivered { fate: Fate::NotSent, why };
        let addresses = context.web.addresses(&context.dns, host, port).await;
        let addresses = addresses.map_err(|error| not_sent(error.to_string()))?;
        let client = web::lasting_client(host, &addresses, &context.web.roots, (CONNECT_WITHIN, WITHIN), KEPT);
        client.map_err(|error| not_sent(format!("{}: {}", self.site, web::reason(&error))))
    }

    fn silent(&self, error: &reqwest::Error) -> Undelivered {
        let fate = if error.is_connect() || error.is_builder() { Fate::NotSent } else { Fate::Unknown };
        let why = if error.is_timeout() { "no answer in time".to_owned() } else { web::reason(error) };
        Undelivered { fate, why: format!("{}: {why}", self.site) }
    }

    /// Failure after which they may have got it.
    pub(crate) fn unknown(&self, why: &str) -> Undelivered {
        Undelivered { fate: Fate::Unknown, why: format!("{}: {why}", self.site) }
    }
}
