//! The owner's pages in a browser on this machine.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

/// Settings of the owner's pages. Only this machine reaches them, whatever is set here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebConfig {
    /// Serves the pages.
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
    /// Port on which they are served; `None` where they are not.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.enabled.then(|| SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)))
    }
}
