//! The HTTP face: where it listens, and what it says of itself. It is off unless the owner names an address.

use std::net::{IpAddr, SocketAddr};

use ai2ai_discovery::web::endpoint::Endpoint;
use ai2ai_discovery::web::https::Site;
use serde::Deserialize;

/// Registries that are told of this node.
const REGISTRIES: usize = 8;
/// Web servers in front of it.
const BEHIND: usize = 8;

/// `[http]` in `config.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Address to listen on, such as `0.0.0.0:18800`; none when absent. Port 0 is any that is free.
    pub listen: Option<SocketAddr>,
    /// Public URL, such as `https://alex.example/ai2ai`, where that is not the address that it listens on.
    pub endpoint: Option<String>,
    /// The web server with HTTPS in front of it, such as `https://alex.example`. Where it is named, it stands in the card, and native
    /// nodes post there what they can't bring otherwise.
    pub public: Option<String>,
    /// The addresses of web servers in front of it, such as `127.0.0.1`, which say in `X-Forwarded-For` who calls: at most 8. Requests
    /// count against whom they name, and else against the web server itself.
    pub behind: Vec<IpAddr>,
    /// Serves as a registry for agents of the original: `/agents`.
    pub registry: bool,
    /// Registries that it registers with, such as `https://registry.example`: at most 8.
    pub registries: Vec<String>,
}

impl Http {
    /// Checks that each address is one.
    ///
    /// # Errors
    /// A sentence that names the setting and says what is wrong.
    pub fn check(&self) -> Result<(), String> {
        if self.registries.len() > REGISTRIES {
            return Err(format!("`http.registries` has more than {REGISTRIES} addresses"));
        }
        if self.behind.len() > BEHIND {
            return Err(format!("`http.behind` has more than {BEHIND} addresses"));
        }
        let named = self.endpoint.iter().map(|text| ("endpoint", text));
        let named = named.chain(self.registries.iter().map(|text| ("registries", text)));
        for (name, text) in named {
            Endpoint::read(text).map_err(|error| format!("`http.{name}`: {error}"))?;
        }
        if let Some(text) = &self.public {
            Site::read(text).map_err(|error| format!("`http.public` is {text:?}: {error}"))?;
        }
        match self.listen {
            None if self.public.is_some() => {
                Err("`http.listen` is missing: the web server at `http.public` has to pass requests on to it"
                    .to_owned())
            }
            None if self.registry || !self.registries.is_empty() => {
                Err("`http.listen` is missing: a registry is served, and answers come, over HTTP".to_owned())
            }
            Some(_) | None => Ok(()),
        }
    }

    /// URL at which native nodes post what they can't deliver otherwise.
    #[must_use]
    pub fn site(&self) -> Option<Site> {
        self.public.as_deref().and_then(|text| Site::read(text).ok())
    }

    /// URL at which agents of the original post, if that is not the address that it listens on.
    #[must_use]
    pub fn endpoint(&self) -> Option<String> {
        self.endpoint.clone().or_else(|| Some(format!("{}/ai2ai", self.site()?)))
    }
}
