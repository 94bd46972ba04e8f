//! The resolvers that ask the DNS: one that takes what it is answered, and one that believes only what is signed.
//!
//! The system's configuration is read again when it has changed, as it does when a laptop moves to another network.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::dnssec::{Proof, TrustAnchors};
use hickory_resolver::proto::rr::RData;
use hickory_resolver::system_conf::read_system_conf;
use hickory_resolver::{ResolverBuilder, TokioResolver};

/// Time for which one server is waited for; it is asked once by UDP, and once by TCP when the answer does not fit.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// Path of the file that [`Servers::System`] reads on Unix systems.
const SYSTEM_FILE: &str = "/etc/resolv.conf";

/// The servers to ask.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Servers {
    /// The servers of the system's configuration.
    #[default]
    System,
    /// This one, by UDP and TCP.
    At(SocketAddr),
}

/// Proof of an answer: whether it is what the owner of the zone has signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dnssec {
    /// A chain of signatures leads to it from a key that is known beforehand.
    Secure,
    /// Its zone is provably not signed.
    Unsigned,
    /// It should be signed and is not rightly so, or the servers that are asked do not pass signatures on.
    Failed,
}

impl Dnssec {
    /// In one word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Secure => "secure",
            Self::Unsigned => "unsigned",
            Self::Failed => "failed",
        }
    }
}

/// Both resolvers, made when they are first needed.
#[derive(Debug)]
pub(crate) struct Resolvers {
    servers: Servers,
    /// Zone lines with the keys of the root zone, where other ones count than those of the internet.
    anchors: Option<String>,
    made: Mutex<Option<Made>>,
}

#[derive(Debug)]
struct Made {
    resolver: TokioResolver,
    /// The same, but it believes only what is signed.
    checking: TokioResolver,
    /// The time at which the system's configuration was written that it was made from.
    of: Option<SystemTime>,
}

impl Resolvers {
    pub(crate) fn new(servers: Servers, anchors: Option<String>) -> Self {
        Self { servers, anchors, made: Mutex::new(None) }
    }

    /// One that answers, and one that believes only what is signed.
    pub(crate) fn get(&self) -> Result<(TokioResolver, TokioResolver), NetError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let of = std::fs::metadata(SYSTEM_FILE).and_then(|file| file.modified()).ok();
        if let Some(made) = made.as_ref().filter(|made| made.of == of || self.servers != Servers::System) {
            return Ok((made.resolver.clone(), made.checking.clone()));
        }
        let (config, options) = settings(self.servers)?;
        let resolver = make(config.clone(), options.clone()).build()?;
        let checking = make(config, options).with_trust_anchor(Arc::new(self.anchors())).build()?;
        *made = Some(Made { resolver: resolver.clone(), checking: checking.clone(), of });
        Ok((resolver, checking))
    }

    /// The keys that are known beforehand. Keys that can't be read are none, so that nothing passes for signed by them.
    fn anchors(&self) -> TrustAnchors {
        match &self.anchors {
            None => TrustAnchors::default(),
            Some(keys) => keys.parse().unwrap_or_else(|_| TrustAnchors::empty()),
        }
    }
}

fn make(config: ResolverConfig, options: ResolverOpts) -> ResolverBuilder<TokioRuntimeProvider> {
    TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).with_options(options)
}

/// Returns what the proofs of an answer's records come to: the weakest counts.
pub(crate) fn proven(lookup: &Lookup) -> Dnssec {
    let proofs = lookup.answers().iter().filter(|record| matches!(record.data, RData::TXT(_)));
    match proofs.map(|record| record.proof).min() {
        Some(Proof::Secure) => Dnssec::Secure,
        Some(Proof::Insecure) => Dnssec::Unsigned,
        Some(Proof::Bogus | Proof::Indeterminate) | None => Dnssec::Failed,
    }
}

/// The settings of a resolver that asks these servers, for whoever makes one.
///
/// # Errors
/// When the system's configuration can't be read.
pub fn settings(servers: Servers) -> Result<(ResolverConfig, ResolverOpts), NetError> {
    let (config, mut options) = match servers {
        Servers::System => read_system_conf()?,
        Servers::At(server) => {
            let mut udp = ConnectionConfig::udp();
            let mut tcp = ConnectionConfig::tcp();
            (udp.port, tcp.port) = (server.port(), server.port());
            let server = NameServerConfig::new(server.ip(), true, vec![udp, tcp]);
            (ResolverConfig::from_parts(None, Vec::new(), vec![server]), ResolverOpts::default())
        }
    };
    (options.timeout, options.attempts, options.edns0) = (ANSWER_WITHIN, 1, true);
    Ok((config, options))
}
