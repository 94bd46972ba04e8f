//! HTTP client for agents of the original: one POST or GET, to the address that the owner typed and to no other.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ai2ai_discovery::dns::Dns;
use ai2ai_discovery::web;
use ai2ai_discovery::web::endpoint::Endpoint;
use ai2ai_discovery::web::well_known::{WellKnown, WellKnownError};
use ai2ai_protocol::original::ORIGINAL_BYTES;
use reqwest::header::{CONTENT_TYPE, HeaderName};
use reqwest::{Client, Method};

use crate::context::Context;

/// Time for one request: the documents' figure.
const WITHIN: Duration = Duration::from_secs(30);
const VERSION: HeaderName = HeaderName::from_static("x-ai2ai-version");

/// Reason why there is no answer; and whether anything may have left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoAnswer {
    /// Reason, for the owner.
    pub why: String,
    /// The request may have left.
    pub may_have_left: bool,
}

impl NoAnswer {
    fn here(why: String) -> Self {
        Self { why, may_have_left: false }
    }
}

/// HTTP client for web servers of such agents.
#[derive(Clone)]
pub struct Web {
    /// Resolver of names.
    pub dns: Arc<Dns>,
    /// Settings of HTTPS: trust roots, private addresses.
    pub settings: Arc<WellKnown>,
}

impl Web {
    /// The client of a node.
    pub fn of(context: &Context) -> Self {
        Self { dns: Arc::clone(&context.dns), settings: Arc::clone(&context.web) }
    }

    /// Posts a text of JSON, and gives the status and at most [`ORIGINAL_BYTES`] of the answer.
    pub async fn post(&self, to: &Endpoint, body: String) -> Result<(u16, Vec<u8>), NoAnswer> {
        self.ask(Method::POST, to, Some(body)).await
    }

    /// Gets what is at an address.
    pub async fn get(&self, at: &Endpoint) -> Result<(u16, Vec<u8>), NoAnswer> {
        self.ask(Method::GET, at, None).await
    }

    /// Sends one request, and gives the status and at most [`ORIGINAL_BYTES`] of the answer.
    pub async fn ask(&self, method: Method, at: &Endpoint, body: Option<String>) -> Result<(u16, Vec<u8>), NoAnswer> {
        let client = self.client(at).await.map_err(NoAnswer::here)?;
        let mut request = client.request(method, at.url().clone());
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").header(VERSION, "1.0").body(body);
        }
        let silent = |error: reqwest::Error| NoAnswer { may_have_left: !error.is_connect(), why: web::reason(&error) };
        let answer = request.send().await.map_err(silent)?;
        let status = answer.status().as_u16();
        let bytes = web::body(answer, ORIGINAL_BYTES).await.map_err(silent)?;
        let long = || NoAnswer { why: "its answer has more than 100 KB".to_owned(), may_have_left: true };
        Ok((status, bytes.ok_or_else(long)?))
    }

    /// A client for this one question: nothing is followed elsewhere, and a name leads to no address of our own network.
    async fn client(&self, at: &Endpoint) -> Result<Client, String> {
        let host = at.url().host_str().unwrap_or_default().to_owned();
        let port = at.url().port_or_known_default().unwrap_or(443);
        let addresses = match at.typed() {
            Some(ip) => vec![ip],
            None => self.looked_up(&host).await?,
        };
        let addresses: Vec<SocketAddr> = addresses.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
        let roots = &self.settings.roots;
        web::client(&host, &addresses, roots, WITHIN).map_err(|error| web::reason(&error))
    }

    async fn looked_up(&self, host: &str) -> Result<Vec<IpAddr>, String> {
        let all = self.dns.addresses(host).await;
        let first = *all.first().ok_or_else(|| format!("{host} has no address"))?;
        let fit = web::fit(all, self.settings.private);
        if fit.is_empty() {
            return Err(WellKnownError::Private(host.to_owned(), first).to_string());
        }
        Ok(fit)
    }
}
