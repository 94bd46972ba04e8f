//! Endpoint of an agent of the protocol's original: the address that its owner gives, to which envelopes are posted (pure).

use std::net::IpAddr;

use reqwest::Url;

use crate::dns::domain::looks_like_domain;

/// Characters of an endpoint's address.
const ENDPOINT_CHARS: usize = 512;

/// An `http` or `https` address, without a name, a password or a fragment in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

/// Why a text is no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:.100?} is no agent's address: {why}")]
pub struct EndpointError {
    text: String,
    why: &'static str,
}

impl Endpoint {
    /// The address that a text is; one without a path means `/ai2ai`.
    ///
    /// # Errors
    /// [`EndpointError`] says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, EndpointError> {
        let bad = |why| EndpointError { text: text.chars().take(ENDPOINT_CHARS).collect(), why };
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
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.as_str()
    }

    /// The URL that it is.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Another address of the same server.
    #[must_use]
    pub fn beside(&self, path: &str) -> Self {
        let mut url = self.0.clone();
        url.set_path(path);
        url.set_query(None);
        Self(url)
    }

    /// The same address with a query.
    #[must_use]
    pub fn asking<'a>(mut self, what: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        for (name, value) in what {
            self.0.query_pairs_mut().append_pair(name, value);
        }
        self
    }

    /// The domain that it names; nothing, where that is an IP address or a name of this machine.
    #[must_use]
    pub fn domain(&self) -> Option<&str> {
        self.0.host_str().filter(|host| looks_like_domain(host))
    }

    /// The IP address that it names itself, `localhost` included: typed so, it is meant so.
    #[must_use]
    pub fn typed(&self) -> Option<IpAddr> {
        let host = self.0.host_str()?;
        if host == "localhost" {
            return Some(IpAddr::from([127, 0, 0, 1]));
        }
        host.trim_matches(['[', ']']).parse().ok()
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
