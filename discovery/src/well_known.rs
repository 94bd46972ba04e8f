//! Asks the web server of a domain for the card at `https://DOMAIN/.well-known/ai2ai.json`.
//!
//! The domain may be anybody's, and so may its addresses: a name can point into our own network. So nothing is asked at an address
//! that is not a public one, nothing is followed elsewhere, nothing is sent along, and only so much is read, for so long. What comes is
//! bytes: they count for what the signature on them says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use ai2ai_protocol::limits::CARD_BYTES;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response, StatusCode};

use crate::dns::Dns;

/// How long the whole question may take.
pub const WITHIN: Duration = Duration::from_secs(5);
/// Where the card is.
pub const PATH: &str = "/.well-known/ai2ai.json";
/// Addresses of one host that are tried.
const ADDRESSES: usize = 4;

/// How web servers are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WellKnown {
    /// The port; 443 everywhere but in tests and behind odd proxies.
    pub port: u16,
    /// More root certificates, beside those that the system trusts, in PEM.
    pub roots: Vec<u8>,
    /// Whether a server at an address of our own network or machine may be asked.
    pub private: bool,
}

impl Default for WellKnown {
    fn default() -> Self {
        Self { port: 443, roots: Vec::new(), private: false }
    }
}

/// Why a domain has no card there.
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
        let domain = domain.trim_end_matches('.');
        let addresses = self.allowed(domain, dns.addresses(domain).await)?;
        let client = self.client(domain, &addresses)?;
        let silent = |error: reqwest::Error| WellKnownError::NoAnswer(domain.to_owned(), reason(&error));
        let answer = client.get(format!("https://{domain}:{}{PATH}", self.port)).send().await.map_err(silent)?;
        match answer.status() {
            StatusCode::OK => read(answer, domain).await,
            other => Err(WellKnownError::NoCard(domain.to_owned(), other)),
        }
    }

    /// Those of the addresses that may be asked. One private one among public ones is left out.
    fn allowed(&self, domain: &str, addresses: Vec<IpAddr>) -> Result<Vec<SocketAddr>, WellKnownError> {
        let first = *addresses.first().ok_or_else(|| WellKnownError::NoServer(domain.to_owned()))?;
        let fit = addresses.into_iter().filter(|ip| self.private || is_public(*ip)).take(ADDRESSES);
        let fit: Vec<SocketAddr> = fit.map(|ip| SocketAddr::new(ip, self.port)).collect();
        if fit.is_empty() { Err(WellKnownError::Private(domain.to_owned(), first)) } else { Ok(fit) }
    }

    /// A client for this one question: the name leads to these addresses and to no others, whatever the DNS says by then.
    fn client(&self, domain: &str, addresses: &[SocketAddr]) -> Result<Client, WellKnownError> {
        let bad = |error: reqwest::Error| WellKnownError::Roots(reason(&error));
        let mut builder = Client::builder()
            .https_only(true)
            .http1_only()
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .timeout(WITHIN)
            .pool_max_idle_per_host(0)
            .resolve_to_addrs(domain, addresses);
        if !self.roots.is_empty() {
            builder = builder.tls_certs_merge(Certificate::from_pem_bundle(&self.roots).map_err(bad)?);
        }
        builder.build().map_err(bad)
    }
}

async fn read(mut answer: Response, domain: &str) -> Result<Vec<u8>, WellKnownError> {
    let mut bytes = Vec::new();
    loop {
        let silent = |error: reqwest::Error| WellKnownError::NoAnswer(domain.to_owned(), reason(&error));
        let Some(chunk) = answer.chunk().await.map_err(silent)? else { return Ok(bytes) };
        if bytes.len() + chunk.len() > CARD_BYTES {
            return Err(WellKnownError::TooLarge(domain.to_owned()));
        }
        bytes.extend_from_slice(&chunk);
    }
}

/// What is at the bottom of an error: the top says only that there was one.
fn reason(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(deeper) = deepest.source() {
        deepest = deeper;
    }
    deepest.to_string()
}

/// Whether an address is one of the public internet, and not of this machine, of a network of somebody's own, or of nobody.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// RFC 6890 and its successors, but for what is only kept for documentation.
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && b & 0xc0 == 64;
    let protocols = (a, b, c) == (192, 0, 0);
    let benchmarks = a == 198 && b & 0xfe == 18;
    let nobody = a == 0 || a >= 224;
    !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || shared || protocols || benchmarks || nobody)
}

/// What is given out to people begins with 001. An IPv4 address within is judged as what it is.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    let within = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            is_public(within(high, low))
        }
        // Teredo and other addresses of protocols.
        [0x2001, second, ..] if second < 0x200 => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_asked() {
        for inside in [
            "127.0.0.1",
            "127.8.8.8",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "0.0.0.0",
            "0.1.2.3",
            "192.0.0.8",
            "198.18.0.1",
            "198.19.255.255",
            "224.0.0.251",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:192.168.1.1",
            "::ffff:169.254.169.254",
            "::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:a00:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:1ff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
        ] {
            assert!(!is_public(inside.parse().expect("an address")), "{inside}");
        }
        for outside in [
            "1.1.1.1",
            "100.128.0.1",
            "172.32.0.1",
            "203.0.113.7",
            "198.20.0.1",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
            "2002:101:101::",
            "64:ff9b::101:101",
        ] {
            assert!(is_public(outside.parse().expect("an address")), "{outside}");
        }
    }

    #[test]
    fn a_private_address_among_public_ones_is_left_out() {
        let ips = |texts: &[&str]| texts.iter().map(|text| text.parse().expect("an address")).collect::<Vec<IpAddr>>();
        let careful = WellKnown::default();
        let both = careful.allowed("alex.example", ips(&["192.168.1.1", "1.1.1.1"])).expect("one");
        assert_eq!(both, ["1.1.1.1:443".parse().expect("an address")]);
        let inside = careful.allowed("alex.example", ips(&["127.0.0.1", "10.0.0.1"]));
        assert!(matches!(inside, Err(WellKnownError::Private(_, ip)) if ip.is_loopback()));
        let at_home = WellKnown { private: true, ..WellKnown::default() };
        assert_eq!(at_home.allowed("alex.example", ips(&["127.0.0.1", "10.0.0.1"])).map(|all| all.len()), Ok(2));
        assert!(matches!(careful.allowed("alex.example", Vec::new()), Err(WellKnownError::NoServer(_))));
        let many = ips(&["1.1.1.1"; 99]);
        assert_eq!(careful.allowed("alex.example", many).map(|all| all.len()), Ok(ADDRESSES));
    }
}
