//! Asks the web server of a domain for the card at `https://DOMAIN/.well-known/ai2ai.json`.
//!
//! The domain may be anybody's, and so may its addresses: a name can point into our own network. So nothing is asked at an address
//! that is not a public one, nothing is followed elsewhere, nothing is sent along, and only so much is read, for so long. What comes is
//! bytes: they count for what the signature on them says.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ai2ai_protocol::limits::CARD_BYTES;
use reqwest::{Response, StatusCode};

use crate::dns::Dns;
use crate::web;

/// Longest time for the whole question.
pub const WITHIN: Duration = Duration::from_secs(5);
/// Path of the card.
pub const PATH: &str = "/.well-known/ai2ai.json";

/// Settings for requests to web servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WellKnown {
    /// The port; 443 everywhere but in tests and behind odd proxies.
    pub port: u16,
    /// More root certificates, beside those that the system trusts, in PEM.
    pub roots: Vec<u8>,
    /// True if a server at an address of our own network or machine may be asked.
    pub private: bool,
}

impl Default for WellKnown {
    fn default() -> Self {
        Self { port: 443, roots: Vec::new(), private: false }
    }
}

/// The reason why a domain has no card there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WellKnownError {
    /// The name has no address.
    #[error("{0} has no web server")]
    NoServer(String),
    /// It leads into our own network.
    #[error(
        "{0} leads to {1}, which is no public address; `[https] private = true` in config.toml lets it be asked all the same"
    )]
    Private(String, IpAddr),
    /// No connection, no certificate that fits, no answer in time.
    #[error("the web server of {0} does not answer: {1}")]
    NoAnswer(String, String),
    /// It answers, and not with a card.
    #[error("the web server of {0} has no card there: it answers {1}")]
    NoCard(String, StatusCode),
    /// More bytes than a card may have.
    #[error("what the web server of {0} has there is no card: it has more than {CARD_BYTES} bytes")]
    TooLarge(String),
    /// The extra root certificates can't be used.
    #[error("the root certificates in the settings can't be used: {0}")]
    Roots(String),
}

impl WellKnown {
    /// The bytes at [`PATH`] of this domain: at most [`CARD_BYTES`].
    ///
    /// # Errors
    /// [`WellKnownError`]: there are none.
    pub async fn ask(&self, dns: &Dns, domain: &str) -> Result<Vec<u8>, WellKnownError> {
        self.ask_at(dns, domain, self.port).await
    }

    /// The same at another port: that of the web server which a card names.
    ///
    /// # Errors
    /// [`WellKnownError`]: there are none.
    pub async fn ask_at(&self, dns: &Dns, domain: &str, port: u16) -> Result<Vec<u8>, WellKnownError> {
        let domain = domain.trim_end_matches('.');
        let addresses = self.addresses(dns, domain, port).await?;
        let client = web::client(domain, &addresses, &self.roots, WITHIN);
        let client = client.map_err(|error| WellKnownError::Roots(web::reason(&error)))?;
        let silent = |error: reqwest::Error| WellKnownError::NoAnswer(domain.to_owned(), web::reason(&error));
        let answer = client.get(format!("https://{domain}:{port}{PATH}")).send().await.map_err(silent)?;
        match answer.status() {
            StatusCode::OK => read(answer, domain).await,
            other => Err(WellKnownError::NoCard(domain.to_owned(), other)),
        }
    }

    /// Returns where the web server of a domain may be asked.
    ///
    /// # Errors
    /// [`WellKnownError::NoServer`], [`WellKnownError::Private`]: nowhere.
    pub async fn addresses(&self, dns: &Dns, domain: &str, port: u16) -> Result<Vec<SocketAddr>, WellKnownError> {
        self.allowed(domain, dns.addresses(domain).await, port)
    }

    /// Those of the addresses that may be asked. One private one among public ones is left out.
    fn allowed(&self, domain: &str, addresses: Vec<IpAddr>, port: u16) -> Result<Vec<SocketAddr>, WellKnownError> {
        let first = *addresses.first().ok_or_else(|| WellKnownError::NoServer(domain.to_owned()))?;
        let fit: Vec<SocketAddr> =
            web::fit(addresses, self.private).into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
        if fit.is_empty() { Err(WellKnownError::Private(domain.to_owned(), first)) } else { Ok(fit) }
    }
}

async fn read(answer: Response, domain: &str) -> Result<Vec<u8>, WellKnownError> {
    let bytes = web::body(answer, CARD_BYTES).await;
    let bytes = bytes.map_err(|error| WellKnownError::NoAnswer(domain.to_owned(), web::reason(&error)))?;
    bytes.ok_or_else(|| WellKnownError::TooLarge(domain.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_address_among_public_ones_is_left_out() {
        let ips = |texts: &[&str]| texts.iter().map(|text| text.parse().expect("an address")).collect::<Vec<IpAddr>>();
        let careful = WellKnown::default();
        let both = careful.allowed("alex.example", ips(&["192.168.1.1", "1.1.1.1"]), 443).expect("one");
        assert_eq!(both, ["1.1.1.1:443".parse().expect("an address")]);
        let inside = careful.allowed("alex.example", ips(&["127.0.0.1", "10.0.0.1"]), 443);
        assert!(matches!(inside, Err(WellKnownError::Private(_, ip)) if ip.is_loopback()));
        let at_home = WellKnown { private: true, ..WellKnown::default() };
        assert_eq!(at_home.allowed("alex.example", ips(&["127.0.0.1", "10.0.0.1"]), 443).map(|all| all.len()), Ok(2));
        assert!(matches!(careful.allowed("alex.example", Vec::new(), 443), Err(WellKnownError::NoServer(_))));
        let many = ips(&["1.1.1.1"; 99]);
        assert_eq!(careful.allowed("alex.example", many, 443).map(|all| all.len()), Ok(web::ADDRESSES));
    }
}
