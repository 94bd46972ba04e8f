//! Meaning of a domain's records (pure): one identity, and the nodes that are said to be its.

use std::collections::BTreeMap;

use ai2ai_protocol::did::Did;
use ai2ai_protocol::time::Timestamp;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

use crate::address::{self, Reach};
use crate::book::ADDRESSES_PER_PEER;
use crate::dns::txt::Record;
use crate::finding::{Finding, Source};

/// Named by the DNS.
pub const SOURCE: Source = Source::new("dns", 2, Reach::ThisMachine);

/// Nodes of one domain.
pub const NODES: usize = 8;
/// Bytes of a domain name (RFC 1035 section 2.3.4).
pub const NAME_BYTES: usize = 253;

/// A host that an SRV record names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SrvHost {
    /// Its name, without a final dot.
    pub name: String,
    /// Port at which it listens, by TCP and by QUIC.
    pub port: u16,
}

/// Claims of a domain about its agent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signpost {
    /// Claimed owner of the agent.
    pub did: Option<Did>,
    /// Its nodes.
    pub nodes: BTreeMap<PeerId, Vec<Multiaddr>>,
    /// Claimed address of an agent of the original.
    pub originals: Vec<String>,
}

/// The reason why the records of a domain lead nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    /// Two records name two identities.
    #[error("its records name two identities, {0} and {1}; which one is meant only its owner can say")]
    TwoIdentities(Did, Did),
    /// There is a host, and no word on which node it is.
    #[error("its SRV record names {0}, but no TXT record says with `peer=` which node that is")]
    NoPeer(String),
    /// Only an agent of the original.
    #[error("it has an agent of the original AI2AI, at {0}; this node does not speak that")]
    OnlyOriginal(String),
    /// A key, and no address.
    #[error("it names {0}, and no address of a node")]
    NoAddress(Did),
    /// Nothing of ours.
    #[error("it has no AI2AI records")]
    Nothing,
}

/// Returns whether a text is meant as a domain name: letters, digits, hyphens and underscores, with a dot between.
#[must_use]
pub fn looks_like_domain(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let label = |label: &str| {
        !label.is_empty() && label.len() <= 63 && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    let is_number = text.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    text.len() <= NAME_BYTES && text.contains('.') && text.split('.').all(label) && !is_number
}

/// The name under which a domain's TXT records are; a name that begins with `_ai2ai.` is that already.
#[must_use]
pub fn txt_name(domain: &str) -> String {
    let domain = domain.trim_end_matches('.');
    if domain.to_ascii_lowercase().starts_with("_ai2ai.") { format!("{domain}.") } else { format!("_ai2ai.{domain}.") }
}

/// The name under which a domain's SRV records are.
#[must_use]
pub fn srv_name(domain: &str) -> String {
    let domain = domain.trim_end_matches('.');
    let bare = domain.get(.."_ai2ai.".len()).filter(|head| head.eq_ignore_ascii_case("_ai2ai."));
    format!("_ai2ai._tcp.{}.", bare.map_or(domain, |head| &domain[head.len()..]))
}

/// Puts the records of a domain together. `addresses` are those that `/dnsaddr/…` led to.
///
/// # Errors
/// [`DomainError`] when they contradict each other, or name no node that could be asked.
pub fn signpost(records: &[Record], hosts: &[SrvHost], addresses: &[Multiaddr]) -> Result<Signpost, DomainError> {
    let mut post = Signpost::default();
    let mut peers = Vec::new();
    for record in records {
        match record {
            Record::Agent(agent) => {
                post.name(agent.did)?;
                peers.extend(agent.peer);
                for address in &agent.addresses {
                    post.place(address, agent.peer);
                }
            }
            Record::Address(address) => post.place(address, None),
            Record::Original(url) => post.originals.push(url.clone()),
        }
    }
    for address in addresses {
        post.place(address, None);
    }
    for host in hosts {
        for peer in &peers {
            post.host(host, *peer);
        }
    }
    post.leads_somewhere(hosts)
}

impl Signpost {
    fn name(&mut self, did: Option<Did>) -> Result<(), DomainError> {
        match (self.did, did) {
            (Some(one), Some(other)) if one != other => Err(DomainError::TwoIdentities(one, other)),
            (None, Some(did)) => {
                self.did = Some(did);
                Ok(())
            }
            (_, _) => Ok(()),
        }
    }

    /// Takes in an address, if it is one that a node can be dialled at. What leads on by `/dnsaddr` is followed elsewhere.
    fn place(&mut self, address: &Multiaddr, peer: Option<PeerId>) {
        let Some(peer) = address::split_peer(address).1.or(peer) else { return };
        let Ok(bare) = address::useful(address, &peer, SOURCE.reach()) else { return };
        if self.nodes.len() >= NODES && !self.nodes.contains_key(&peer) {
            return;
        }
        let places = self.nodes.entry(peer).or_default();
        if places.len() < ADDRESSES_PER_PEER && !places.contains(&bare) {
            places.push(bare);
        }
    }

    fn host(&mut self, host: &SrvHost, peer: PeerId) {
        let name = || Protocol::Dns(host.name.clone().into());
        let quic = Multiaddr::empty().with(name()).with(Protocol::Udp(host.port)).with(Protocol::QuicV1);
        self.place(&quic, Some(peer));
        self.place(&Multiaddr::empty().with(name()).with(Protocol::Tcp(host.port)), Some(peer));
    }

    fn leads_somewhere(self, hosts: &[SrvHost]) -> Result<Self, DomainError> {
        match (self.did, hosts.first(), self.originals.first()) {
            _ if !self.nodes.is_empty() => Ok(self),
            (_, Some(host), _) => Err(DomainError::NoPeer(format!("{}:{}", host.name, host.port))),
            (Some(did), None, _) => Err(DomainError::NoAddress(did)),
            (None, None, Some(url)) => Err(DomainError::OnlyOriginal(url.clone())),
            (None, None, None) => Err(DomainError::Nothing),
        }
    }

    /// Returns what it names, node by node.
    #[must_use]
    pub fn findings(&self, now: Timestamp) -> Vec<Finding> {
        let finding = |(peer, addresses): (&PeerId, &Vec<Multiaddr>)| Finding {
            peer: *peer,
            did: self.did,
            addresses: addresses.clone(),
            source: SOURCE,
            seen_at: now,
        };
        self.nodes.iter().map(finding).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::txt;

    fn records(texts: &[String]) -> Vec<Record> {
        texts.iter().map(|text| txt::read(text.as_bytes()).expect("a record").expect("one of ours")).collect()
    }

    fn did(seed: u8) -> Did {
        ai2ai_protocol::key::OwnerKey::from_seed(&[seed; 32]).did()
    }

    #[test]
    fn names_are_told_from_other_texts() {
        for name in ["alex.example", "alex.example.", "_ai2ai.relay.example", "xn--bcher-kva.example"] {
            assert!(looks_like_domain(name), "{name}");
        }
        let long = format!("{}.example", "a".repeat(64));
        for other in ["alex", "", ".", "a..b", "192.0.2.7", "alex example.org", "../../x.y", "alex.example/x", &long] {
            assert!(!looks_like_domain(other), "{other}");
        }
        assert_eq!(txt_name("alex.example"), "_ai2ai.alex.example.");
        assert_eq!(txt_name("_AI2AI.relay.example."), "_AI2AI.relay.example.");
        assert_eq!(srv_name("_ai2ai.relay.example"), "_ai2ai._tcp.relay.example.");
        assert_eq!(srv_name("ä"), "_ai2ai._tcp.ä.");
    }

    #[test]
    fn several_records_are_one_signpost() {
        let one = PeerId::random();
        let other = PeerId::random();
        let texts = [
            format!("v=ai2ai1 did={} addr=/ip4/192.0.2.7/tcp/4001/p2p/{one}", did(1)),
            format!("v=ai2ai1 did={} addr=/ip4/192.0.2.8/udp/4001/quic-v1/p2p/{other}", did(1)),
            format!("dnsaddr=/ip4/192.0.2.9/tcp/4001/p2p/{one}"),
            "endpoint=https://alex.example/ai2ai".to_owned(),
        ];
        let post = signpost(&records(&texts), &[], &[]).expect("a signpost");
        assert_eq!(post.did, Some(did(1)));
        assert_eq!((post.nodes[&one].len(), post.nodes[&other].len()), (2, 1));
        assert_eq!(post.originals.len(), 1);
        assert_eq!(post.findings(Timestamp::from_millis(0)).len(), 2);
    }

    #[test]
    fn a_host_is_of_use_where_a_record_names_its_node() {
        let peer = PeerId::random();
        let host = SrvHost { name: "node.alex.example".to_owned(), port: 4001 };
        let named = records(&[format!("v=ai2ai1 did={} peer={peer}", did(1))]);
        let post = signpost(&named, std::slice::from_ref(&host), &[]).expect("a signpost");
        let texts: Vec<String> = post.nodes[&peer].iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["/dns/node.alex.example/udp/4001/quic-v1", "/dns/node.alex.example/tcp/4001"]);
        let nobody = records(&[format!("v=ai2ai1 did={}", did(1))]);
        assert_eq!(signpost(&nobody, &[host], &[]), Err(DomainError::NoPeer("node.alex.example:4001".to_owned())));
    }

    #[test]
    fn records_that_lead_nowhere_say_why() {
        let peer = PeerId::random();
        let two: Vec<String> =
            [1, 2].map(|seed| format!("v=ai2ai1 did={} addr=/ip4/192.0.2.7/tcp/1/p2p/{peer}", did(seed))).into();
        assert_eq!(signpost(&records(&two), &[], &[]), Err(DomainError::TwoIdentities(did(1), did(2))));
        assert_eq!(signpost(&[], &[], &[]), Err(DomainError::Nothing));
        let url = "https://alex.example/ai2ai".to_owned();
        assert_eq!(signpost(&[Record::Original(url.clone())], &[], &[]), Err(DomainError::OnlyOriginal(url)));
        for useless in ["", " addr=/ip4/0.0.0.0/tcp/1", " addr=/ip4/192.0.2.7/tcp/4001", " addr=/dnsaddr/x.example"] {
            let text = format!("v=ai2ai1 did={}{useless}", did(1));
            assert_eq!(signpost(&records(&[text]), &[], &[]), Err(DomainError::NoAddress(did(1))), "{useless}");
        }
    }

    #[test]
    fn a_flood_of_nodes_stays_in_its_bound() {
        let addresses: Vec<Multiaddr> = (1..100)
            .map(|port| format!("/ip4/192.0.2.7/tcp/{port}/p2p/{}", PeerId::random()).parse().expect("an address"))
            .collect();
        assert_eq!(signpost(&[], &[], &addresses).expect("a signpost").nodes.len(), NODES);
    }
}
