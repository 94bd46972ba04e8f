//! How an agent of the original is asked: one POST or GET, to the address that the owner typed and to no other.

use ai2ai_discovery::dns::Dns;
use ai2ai_discovery::domain::looks_like_domain;
use ai2ai_discovery::web;
use ai2ai_discovery::well_known::{WellKnown, WellKnownError};
use ai2ai_protocol::original::ORIGINAL_BYTES;
use reqwest::header::{CONTENT_TYPE, HeaderName};
use reqwest::{Client, Method, Url};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::exit::{Exit, Failure};

/// How long one question may take: the documents' figure.
const WITHIN: Duration = Duration::from_secs(30);

/// Characters of an endpoint's address.
const ENDPOINT_CHARS: usize = 512;

const VERSION: HeaderName = HeaderName::from_static("x-ai2ai-version");

/// An `http` or `https` address, without a name, a password or a fragment in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

impl Endpoint {
    /// The address that a text is; one without a path means `/ai2ai`.
    ///
    /// # Errors
    /// `usage`: it is none.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let bad = |why: &str| Failure::new(Exit::Usage, "usage", format!("{text:.100?} is no agent's address: {why}"));
        if text.len() > ENDPOINT_CHARS {
            return Err(bad("it is too long"));
        }
        let mut url: Url = text.parse().map_err(|_| bad("it is no URL"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(bad("it begins with neither https:// nor http://"));
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(bad("it has a name, a password or a fragment in it"));
        }
        if url.path() == "/" {
            url.set_path("/ai2ai");
        }
        Ok(Self(url))
    }

    /// Its text.
    pub fn text(&self) -> &str {
        self.0.as_str()
    }

    /// Another address of the same server.
    pub fn beside(&self, path: &str) -> Self {
        let mut url = self.0.clone();
        url.set_path(path);
        url.set_query(None);
        Self(url)
    }

    /// The same address with a query.
    pub fn asking<'a>(mut self, what: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        for (name, value) in what {
            self.0.query_pairs_mut().append_pair(name, value);
        }
        self
    }

    /// The domain that it names; nothing, where that is an IP address or a name of this machine.
    pub fn domain(&self) -> Option<&str> {
        self.0.host_str().filter(|host| looks_like_domain(host))
    }

    /// The IP address that it names itself, `localhost` included: typed so, it is meant so.
    fn typed(&self) -> Option<IpAddr> {
        let host = self.0.host_str()?;
        if host == "localhost" {
            return Some(IpAddr::from([127, 0, 0, 1]));
        }
        host.trim_matches(['[', ']']).parse().ok()
    }
}

/// Why there is no answer; and whether anything may have left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoAnswer {
    pub why: String,
    pub may_have_left: bool,
}

impl NoAnswer {
    fn here(why: String) -> Self {
        Self { why, may_have_left: false }
    }
}

/// How web servers of such agents are asked.
#[derive(Clone)]
pub struct Web {
    pub dns: Arc<Dns>,
    pub settings: Arc<WellKnown>,
}

impl Web {
    /// Posts a text of JSON, and gives the status and at most [`ORIGINAL_BYTES`] of the answer.
    pub async fn post(&self, to: &Endpoint, body: String) -> Result<(u16, Vec<u8>), NoAnswer> {
        self.ask(Method::POST, to, Some(body)).await
    }

    /// Gets what is at an address.
    pub async fn get(&self, at: &Endpoint) -> Result<(u16, Vec<u8>), NoAnswer> {
        self.ask(Method::GET, at, None).await
    }

    pub async fn ask(&self, method: Method, at: &Endpoint, body: Option<String>) -> Result<(u16, Vec<u8>), NoAnswer> {
        let client = self.client(at).await.map_err(NoAnswer::here)?;
        let mut request = client.request(method, at.0.clone());
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
        let host = at.0.host_str().unwrap_or_default().to_owned();
        let port = at.0.port_or_known_default().unwrap_or(443);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_http_and_nothing_hides_in_it() {
        for (text, read) in [
            ("https://alex.example", "https://alex.example/ai2ai"),
            ("http://127.0.0.1:18800/ai2ai", "http://127.0.0.1:18800/ai2ai"),
            ("https://alex.example/agents/alex", "https://alex.example/agents/alex"),
        ] {
            assert_eq!(Endpoint::read(text).expect(text).text(), read);
        }
        let long = format!("https://alex.example/{}", "x".repeat(ENDPOINT_CHARS));
        for bad in ["", "alex", "file:///etc/passwd", "https://a:b@alex.example", "https://x@y", "http://x/#y", &long] {
            assert!(Endpoint::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_what_was_typed_as_an_address_is_one_of_our_own_network() {
        let typed = |text: &str| Endpoint::read(text).expect(text).typed().map(|ip| ip.to_string());
        assert_eq!(typed("http://localhost:1/x").as_deref(), Some("127.0.0.1"));
        assert_eq!(typed("http://[::1]:1/x").as_deref(), Some("::1"));
        assert_eq!(typed("http://0x7f.1/x").as_deref(), Some("127.0.0.1"), "however it was spelt");
        assert_eq!(typed("http://home.example/x"), None);
    }
}
