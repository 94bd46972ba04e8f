//! The owner's pages in a browser on this machine.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

/// Whether and where the owner's pages are served. Only this machine reaches them, whatever is set here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebConfig {
    /// Whether they are served at all.
    pub enabled: bool,
    /// The port on 127.0.0.1; any free one while it is taken, and always with 0.
    pub port: u16,
}

impl Default for WebConfig {
    fn default() -> Self {
        Self { enabled: true, port: 24_818 }
    }
}

impl WebConfig {
    /// Where they are served; nothing where they are not.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.enabled.then(|| SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)))
    }
}
