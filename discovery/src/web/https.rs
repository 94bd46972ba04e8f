//! Web server at which a node takes batches by HTTPS, as its card names it: `/dns/alex.example/tcp/443/tls/http` (pure).
//!
//! No transport of libp2p dials such an address, so a node that knows nothing of it passes it over.

use std::fmt;

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

use crate::dns::domain::looks_like_domain;

/// The port where nothing is said.
const PORT: u16 = 443;
/// Prefix of an address that a person types.
const SCHEME: &str = "https://";

/// A web server: a name, for which it shows a certificate, and a port. Never an IP address: that is nobody's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Site {
    host: String,
    port: u16,
}

/// The reason why a text is no web server's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SiteError {
    /// It does not begin with `https://`.
    #[error("it has to begin with {SCHEME}")]
    Scheme,
    /// There is more than a name and a port.
    #[error("it is a name and perhaps a port, such as https://alex.example, and no path: batches go to /ai2ai there")]
    More,
    /// The name is none.
    #[error("{0:?} is no domain name; a certificate is for a name, not for an address")]
    Name(String),
    /// The port is none.
    #[error("{0:?} is no port")]
    Port(String),
}

impl Site {
    /// The web server that a text such as `https://alex.example` or `https://alex.example:8443` names.
    ///
    /// # Errors
    /// [`SiteError`] says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, SiteError> {
        let rest = text.strip_prefix(SCHEME).ok_or(SiteError::Scheme)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '@']) {
            return Err(SiteError::More);
        }
        let (host, port) = match rest.rsplit_once(':') {
            None => (rest, PORT),
            Some((host, port)) => (host, read_port(port).ok_or_else(|| SiteError::Port(port.to_owned()))?),
        };
        Self::at(host, port).ok_or_else(|| SiteError::Name(host.to_owned()))
    }

    /// The web server that an address in a card names; nothing, where it is another kind of address.
    #[must_use]
    pub fn of_address(address: &Multiaddr) -> Option<Self> {
        let mut parts = address.iter();
        let (Protocol::Dns(host) | Protocol::Dns4(host) | Protocol::Dns6(host)) = parts.next()? else { return None };
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Protocol::Tcp(port)), Some(Protocol::Tls), Some(Protocol::Http), None) => Self::at(&host, port),
            _ => None,
        }
    }

    /// The first web server among the addresses in a card.
    #[must_use]
    pub fn named(addresses: &[String]) -> Option<Self> {
        addresses.iter().filter_map(|text| text.parse().ok()).find_map(|address| Self::of_address(&address))
    }

    fn at(host: &str, port: u16) -> Option<Self> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let is_fit = looks_like_domain(&host) && port != 0;
        is_fit.then_some(Self { host, port })
    }

    /// The name, for which it has to show a certificate.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// As it stands in a card.
    #[must_use]
    pub fn address(&self) -> Multiaddr {
        let host = Multiaddr::empty().with(Protocol::Dns(self.host.as_str().into()));
        host.with(Protocol::Tcp(self.port)).with(Protocol::Tls).with(Protocol::Http)
    }

    /// The address of something there.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{SCHEME}{}:{}{path}", self.host, self.port)
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            PORT => write!(f, "{SCHEME}{}", self.host),
            port => write!(f, "{SCHEME}{}:{port}", self.host),
        }
    }
}

/// A port in the one way that it is written.
fn read_port(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port: &u16| *port != 0 && port.to_string() == text)
}

/// Returns whether libp2p has no use for an address, since it is that of a web server.
#[must_use]
pub fn is_of_web(address: &Multiaddr) -> bool {
    address.iter().any(|part| matches!(part, Protocol::Http | Protocol::Https))
}

#[cfg(test)]
mod tests {
    use libp2p::PeerId;
    use proptest::prelude::*;

    use super::*;
    use crate::address::{Reach, useful};

    #[test]
    fn a_web_server_stands_in_a_card_as_it_was_typed() {
        for (text, address, shown) in [
            ("https://alex.example", "/dns/alex.example/tcp/443/tls/http", "https://alex.example"),
            ("https://Alex.Example./", "/dns/alex.example/tcp/443/tls/http", "https://alex.example"),
            ("https://alex.example:8443", "/dns/alex.example/tcp/8443/tls/http", "https://alex.example:8443"),
        ] {
            let site = Site::read(text).expect(text);
            assert_eq!((site.address().to_string().as_str(), site.to_string().as_str()), (address, shown));
            assert_eq!(Site::of_address(&site.address()), Some(site.clone()));
            assert!(is_of_web(&site.address()));
            assert_eq!(Site::named(&["/ip4/1.2.3.4/tcp/1".to_owned(), address.to_owned()]), Some(site));
        }
        assert_eq!(
            Site::read("https://alex.example").map(|site| site.url("/ai2ai")).as_deref(),
            Ok("https://alex.example:443/ai2ai")
        );
    }

    #[test]
    fn what_is_no_web_server_of_a_name_is_refused() {
        for bad in [
            "",
            "alex.example",
            "http://alex.example",
            "HTTPS://alex.example",
            "https://",
            "https:///",
            "https://localhost",
            "https://127.0.0.1",
            "https://[::1]",
            "https://2130706433",
            "https://alex.example/ai2ai",
            "https://alex.example//",
            "https://alex.example?x",
            "https://alex.example#x",
            "https://user@alex.example",
            "https://user:secret@alex.example",
            "https://alex.example:0",
            "https://alex.example:+443",
            "https://alex.example:0443",
            "https://alex.example:65536",
            "https://alex.example:",
            "https://alex example",
            "https://alex.example\r\nx: y",
            "https://älex.example",
        ] {
            assert!(Site::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_a_name_with_tls_and_http_is_one_in_a_card() {
        let peer = PeerId::random();
        for bad in [
            "/dns/alex.example/tcp/443".to_owned(),
            "/dns/alex.example/tcp/443/http".to_owned(),
            "/dns/alex.example/tcp/443/https".to_owned(),
            "/dns/alex.example/tcp/443/tls".to_owned(),
            "/dns/alex.example/tcp/443/tls/ws".to_owned(),
            "/dns/alex.example/tcp/0/tls/http".to_owned(),
            "/dns/localhost/tcp/443/tls/http".to_owned(),
            "/dns/127.0.0.1/tcp/443/tls/http".to_owned(),
            "/ip4/127.0.0.1/tcp/443/tls/http".to_owned(),
            "/ip6/::1/tcp/443/tls/http".to_owned(),
            "/dns/alex.example/udp/443/tls/http".to_owned(),
            format!("/dns/alex.example/tcp/443/tls/http/p2p/{peer}"),
        ] {
            assert_eq!(Site::of_address(&bad.parse().expect("a multiaddress")), None, "{bad}");
        }
        let good = Site::read("https://alex.example").expect("a site").address();
        assert!(useful(&good, &peer, Reach::Elsewhere).is_err(), "the book has no use for it");
        assert!(!is_of_web(&"/dns/alex.example/tcp/443".parse().expect("a multiaddress")));
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_means_one_web_server(text in "(https://)?[a-zA-Z0-9.:/@_\\-\u{0}-\u{ff}]{0,40}") {
            if let Ok(site) = Site::read(&text) {
                prop_assert_eq!(Site::of_address(&site.address()), Some(site.clone()));
                prop_assert_eq!(Site::read(&site.to_string()), Ok(site));
            }
        }
    }
}
