//! HTTP client: bytes posted to a web server that the owner named: bounded in time and size, led nowhere else, and never told in an error.

use std::time::Duration;

use ai2ai_api::exit::Failure;
use ai2ai_discovery::web;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};

use crate::retry::{Fault, TryResult};

/// Bytes of an answer.
const ANSWER_BYTES: usize = 256 * 1024;
/// How long a server may take to let us in.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// How long a server may take to answer.
pub const WITHIN: Duration = Duration::from_secs(20);

/// A client for the servers that the owner named. A proxy of the system's sees nothing that is not sealed: what goes by plain HTTP goes
/// straight there.
#[derive(Debug, Clone)]
pub struct HttpClient {
    sealed: Client,
    plain: Client,
}

/// What a server answered.
#[derive(Debug)]
pub struct HttpResponse {
    /// Its status.
    pub status: StatusCode,
    /// How long it asks to be left alone.
    pub retry_after: Option<Duration>,
    /// Its body, within bounds.
    pub body: Vec<u8>,
}

impl HttpClient {
    /// A client.
    ///
    /// # Errors
    /// When the TLS library can't be set up.
    pub fn new() -> Result<Self, Failure> {
        let client = || {
            Client::builder()
                .redirect(Policy::none())
                .referer(false)
                .connect_timeout(CONNECT_WITHIN)
                .user_agent(concat!("ai2ai/", env!("CARGO_PKG_VERSION")))
        };
        let bad = |error: reqwest::Error| Failure::internal(error.without_url());
        Ok(Self { sealed: client().build().map_err(bad)?, plain: client().no_proxy().build().map_err(bad)? })
    }

    /// Posts JSON, and gives whatever is answered within this time.
    ///
    /// # Errors
    /// There is no answer, or a longer one than is read.
    pub async fn post(
        &self,
        url: &str,
        headers: HeaderMap,
        body: Vec<u8>,
        within: Duration,
    ) -> TryResult<HttpResponse> {
        let client = if url.starts_with("https://") { &self.sealed } else { &self.plain };
        let request =
            client.post(url).headers(headers).header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let answered = request.timeout(within).body(body).send().await.map_err(silent)?;
        let status = answered.status();
        let retry_after = web::retry_after(answered.headers());
        Ok(HttpResponse { status, retry_after, body: read(answered).await? })
    }
}

impl HttpResponse {
    /// What its status means to somebody who only wanted to tell something.
    ///
    /// # Errors
    /// It was not taken; whether it may be tried again.
    pub fn told(&self) -> TryResult {
        if self.status.is_success() {
            return Ok(());
        }
        let why = format!("the server answers {}", self.status);
        let later = self.status.is_server_error()
            || matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
        Err(if later { Fault::Later { why, after: self.retry_after } } else { Fault::Never(why) })
    }
}

async fn read(answer: Response) -> TryResult<Vec<u8>> {
    let long = || Fault::later(format!("the server answers with more than {ANSWER_BYTES} bytes"));
    web::body(answer, ANSWER_BYTES).await.map_err(silent)?.ok_or_else(long)
}

/// No answer. The address is left out of it: a secret may stand in it.
#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn silent(error: reqwest::Error) -> Fault {
    if error.is_timeout() {
        return Fault::later("the server does not answer in time");
    }
    let mut deepest: &dyn std::error::Error = &error;
    while let Some(deeper) = deepest.source() {
        deepest = deeper;
    }
    // An error without a cause prints its address.
    let is_top = std::ptr::addr_eq(deepest, &raw const error);
    Fault::later(format!("no answer: {}", if is_top { "the request failed".to_owned() } else { deepest.to_string() }))
}
