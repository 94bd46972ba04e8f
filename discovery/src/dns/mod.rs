//! Asks the DNS where an agent is: TXT and SRV records, and the chains of libp2p's `dnsaddr`.
//!
//! Whether an answer is signed (DNSSEC) is looked at only where somebody is about to be added; it costs several more questions.
//! Answers are kept for as long as their TTL says. The system's resolver configuration is read again when it has changed,
//! as it does when a laptop moves to another network.

pub mod domain;
mod resolvers;
pub mod txt;

use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use hickory_resolver::TokioResolver;
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::NetError;
use hickory_resolver::proto::rr::RData;
use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

use crate::dns::domain::{DomainError, Signpost, SrvHost};
use crate::dns::resolvers::{Resolvers, proven};
use crate::dns::txt::{RECORDS, Record};

pub use crate::dns::resolvers::{ANSWER_WITHIN, Dnssec, Servers, settings};

/// Names that one question may lead to.
pub const LOOKUPS: usize = 16;
/// Addresses that the chains of `dnsaddr` may give.
pub const CHAINED: usize = 32;
/// The shortest and the longest time for which an answer counts, whatever its TTL says.
const FRESH: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(24 * 3600));
/// The DNS, as this machine sees it.
#[derive(Debug)]
pub struct Dns {
    resolvers: Resolvers,
}

/// Answer of a domain, and for how long it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsAnswer {
    /// The signpost.
    pub signpost: Signpost,
    /// Time until the next question: between one minute and one day.
    pub fresh_for: Duration,
    /// The proof of its signature, if that was looked at.
    pub dnssec: Option<Dnssec>,
}

/// The reason why a domain leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DnsError {
    /// No server gave an answer.
    #[error("the DNS gives no answer for {name}: {reason}")]
    NoAnswer {
        /// The name that was asked for.
        name: String,
        /// The error.
        reason: String,
    },
    /// There is an answer, and it is of no use.
    #[error("{domain}: {why}")]
    Useless {
        /// The domain.
        domain: String,
        /// The fault in its records.
        why: DomainError,
    },
}

impl Dns {
    /// Nothing is asked, and no file read, before the first question.
    #[must_use]
    pub fn new(servers: Servers) -> Self {
        Self::with_anchors(servers, None)
    }

    /// The same, for a network with a root zone of its own: `keys` are its DNSKEY records, as zone lines.
    #[must_use]
    pub fn with_anchors(servers: Servers, keys: Option<String>) -> Self {
        Self { resolvers: Resolvers::new(servers, keys) }
    }

    /// Asks for the agent of a domain.
    ///
    /// # Errors
    /// [`DnsError`]: nobody answers, or the records lead nowhere.
    pub async fn look_up(&self, domain: &str) -> Result<DnsAnswer, DnsError> {
        let (resolver, _) = self.resolvers.get().map_err(|error| no_answer(domain, &error))?;
        let texts = domain::txt_name(domain);
        let texts = some(resolver.txt_lookup(texts.as_str()).await).map_err(|error| no_answer(domain, &error))?;
        self.put_together(domain, texts, None).await
    }

    /// The same, and says whether the answer is signed. If it is, what is given is what was signed.
    ///
    /// # Errors
    /// [`DnsError`]: nobody answers, or the records lead nowhere.
    pub async fn look_up_checked(&self, domain: &str) -> Result<DnsAnswer, DnsError> {
        let (resolver, checking) = self.resolvers.get().map_err(|error| no_answer(domain, &error))?;
        let name = domain::txt_name(domain);
        let checked = some(checking.txt_lookup(name.as_str()).await);
        let (texts, dnssec) = match checked {
            Ok(texts) => {
                let dnssec = texts.as_ref().map(proven);
                (texts, dnssec)
            }
            Err(_) => {
                let texts = some(resolver.txt_lookup(name.as_str()).await);
                (texts.map_err(|error| no_answer(domain, &error))?, Some(Dnssec::Failed))
            }
        };
        self.put_together(domain, texts, dnssec).await
    }

    async fn put_together(
        &self,
        domain: &str,
        texts: Option<Lookup>,
        dnssec: Option<Dnssec>,
    ) -> Result<DnsAnswer, DnsError> {
        let (resolver, _) = self.resolvers.get().map_err(|error| no_answer(domain, &error))?;
        let hosts = resolver.srv_lookup(domain::srv_name(domain).as_str()).await;
        // Who has TXT records may do without SRV, and so without an answer about it.
        let hosts = some(hosts).unwrap_or_default();

        let records = texts.as_ref().map(records_of).unwrap_or_default();
        let hosts = hosts.as_ref().map(hosts_of).unwrap_or_default();
        let chained = chase(&resolver, names_in(&records)).await;
        let useless = |why| DnsError::Useless { domain: domain.to_owned(), why };
        let signpost = domain::signpost(&records, &hosts, &chained).map_err(useless)?;
        let until = texts.map_or_else(Instant::now, |texts| texts.valid_until());
        let fresh_for = until.saturating_duration_since(Instant::now()).clamp(FRESH.0, FRESH.1);
        Ok(DnsAnswer { signpost, fresh_for, dnssec })
    }

    /// The addresses of a host; none when nobody answers.
    pub async fn addresses(&self, host: &str) -> Vec<IpAddr> {
        let Ok((resolver, _)) = self.resolvers.get() else { return Vec::new() };
        let found = resolver.lookup_ip(format!("{}.", host.trim_end_matches('.'))).await;
        found.map(|found| found.iter().collect()).unwrap_or_default()
    }

    /// Returns where `/dnsaddr/HOST…` leads; nowhere when nobody answers.
    pub async fn follow(&self, address: &Multiaddr) -> Vec<Multiaddr> {
        match (self.resolvers.get(), chain_name(address)) {
            (Ok((resolver, _)), Some(name)) => chase(&resolver, vec![name]).await,
            (Err(_), _) | (_, None) => Vec::new(),
        }
    }
}

/// A name without such records is an answer.
fn some(lookup: Result<Lookup, NetError>) -> Result<Option<Lookup>, NetError> {
    match lookup {
        Ok(lookup) => Ok(Some(lookup)),
        Err(error) if error.is_no_records_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn no_answer(name: &str, error: &NetError) -> DnsError {
    DnsError::NoAnswer { name: name.to_owned(), reason: error.to_string() }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "an answer may hold records of any other type")]
fn records_of(lookup: &Lookup) -> Vec<Record> {
    let read = |bytes: Vec<u8>| {
        txt::read(&bytes).unwrap_or_else(|why| {
            tracing::info!(name = %lookup.query().name(), %why, "a TXT record of AI2AI is wrong, and left out");
            None
        })
    };
    let texts = lookup.answers().iter().filter_map(|record| match &record.data {
        RData::TXT(txt) => Some(txt.txt_data.concat()),
        _ => None,
    });
    texts.take(RECORDS).filter_map(read).collect()
}

/// The hosts of SRV records, the preferred first (RFC 2782). A root target says that there is no such service.
#[expect(clippy::wildcard_enum_match_arm, reason = "an answer may hold records of any other type")]
fn hosts_of(lookup: &Lookup) -> Vec<SrvHost> {
    let mut hosts: Vec<_> = lookup
        .answers()
        .iter()
        .filter_map(|record| match &record.data {
            RData::SRV(srv) if !srv.target.is_root() && srv.port != 0 => Some(srv),
            _ => None,
        })
        .collect();
    hosts.sort_by_key(|srv| srv.priority);
    let host = |srv: &&hickory_resolver::proto::rr::rdata::SRV| SrvHost {
        name: srv.target.to_utf8().trim_end_matches('.').to_owned(),
        port: srv.port,
    };
    hosts.iter().take(RECORDS).map(host).collect()
}

fn names_in(records: &[Record]) -> Vec<String> {
    let addresses = records.iter().flat_map(|record| match record {
        Record::Agent(agent) => agent.addresses.as_slice(),
        Record::Address(address) => std::slice::from_ref(address),
        Record::Original(_) => &[],
    });
    addresses.filter_map(chain_name).collect()
}

/// The name that `/dnsaddr/HOST` asks for.
fn chain_name(address: &Multiaddr) -> Option<String> {
    match address.iter().next() {
        Some(Protocol::Dnsaddr(host)) => Some(format!("_dnsaddr.{}.", host.trim_end_matches('.'))),
        _ => None,
    }
}

/// Follows names that lead to names, each once.
async fn chase(resolver: &TokioResolver, names: Vec<String>) -> Vec<Multiaddr> {
    let mut waiting = VecDeque::from(names);
    let mut asked = BTreeSet::new();
    let mut found = Vec::new();
    while let Some(name) = waiting.pop_front() {
        if asked.len() >= LOOKUPS || found.len() >= CHAINED {
            break;
        }
        if !asked.insert(name.clone()) {
            continue;
        }
        let Ok(Some(lookup)) = some(resolver.txt_lookup(name.as_str()).await) else { continue };
        let records = records_of(&lookup);
        waiting.extend(names_in(&records));
        let addresses = records.into_iter().filter_map(|record| match record {
            Record::Address(address) if chain_name(&address).is_none() => Some(address),
            Record::Address(_) | Record::Agent(_) | Record::Original(_) => None,
        });
        found.extend(addresses);
    }
    found.truncate(CHAINED);
    found
}
