//! The address book (pure): every peer that any source named, and where it may be, best first.
//!
//! It is filled by strangers, so it is bounded in peers and in addresses per peer, keeps only addresses that can be
//! dialled, and gives up what nobody has proved before what somebody has.

use std::collections::HashMap;
use std::time::Duration;

use ai2ai_protocol::did::Did;
use ai2ai_protocol::time::Timestamp;
use libp2p::{Multiaddr, PeerId};

use crate::address;
use crate::finding::{Finding, Source};

/// Peers in the book.
pub const PEERS: usize = 1024;
/// Addresses of one peer.
pub const ADDRESSES_PER_PEER: usize = 16;
/// Time for which an address is kept that nobody has named or reached since.
pub const ADDRESS_KEPT: Duration = Duration::from_secs(14 * 24 * 3600);

/// News of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learned {
    /// Nothing that can be used, or there was no room.
    Nothing,
    /// Nothing new: the peer and all its useful addresses were known.
    Known,
    /// A further address of a known peer.
    Address,
    /// A peer not known before.
    Peer,
}

/// One address of a peer, and what is known about it.
#[derive(Debug, Clone)]
struct KnownAddress {
    address: Multiaddr,
    source: Source,
    seen_at: Timestamp,
    reached_at: Option<Timestamp>,
    failures: u32,
}

/// One peer in the book.
#[derive(Debug, Clone)]
pub struct BookEntry {
    did: Option<Did>,
    claimed: Option<Did>,
    places: Vec<KnownAddress>,
    seen_at: Timestamp,
}

impl BookEntry {
    /// Returns whose node it is, as a verified card says.
    #[must_use]
    pub fn did(&self) -> Option<Did> {
        self.did
    }

    /// Returns whose node some source says it is.
    #[must_use]
    pub fn claimed(&self) -> Option<Did> {
        self.claimed
    }

    /// Returns when it was last named by a source.
    #[must_use]
    pub fn seen_at(&self) -> Timestamp {
        self.seen_at
    }

    /// Returns which sources name it, the weightiest first.
    #[must_use]
    pub fn sources(&self) -> Vec<Source> {
        let mut sources: Vec<Source> = self.places.iter().map(|place| place.source).collect();
        sources.sort_unstable_by(|a, b| b.cmp(a));
        sources.dedup();
        sources
    }

    /// Its addresses, the best first.
    #[must_use]
    pub fn addresses(&self) -> Vec<Multiaddr> {
        let mut places: Vec<&KnownAddress> = self.places.iter().collect();
        places.sort_by_key(|place| std::cmp::Reverse(place.worth()));
        places.into_iter().map(|place| place.address.clone()).collect()
    }

    /// Returns what is given up first when room is short: the unproven before the proven, light sources before heavy ones,
    /// old before new.
    fn worth(&self) -> (bool, u8, Timestamp) {
        let weight = self.places.iter().map(|place| place.source.weight()).max().unwrap_or(0);
        (self.did.is_some(), weight, self.seen_at)
    }

    /// Takes in one address; whether it was new.
    fn note(&mut self, address: Multiaddr, source: Source, seen_at: Timestamp) -> Option<bool> {
        if let Some(place) = self.places.iter_mut().find(|place| place.address == address) {
            place.seen_at = seen_at;
            place.source = place.source.max(source);
            return Some(false);
        }
        let place = KnownAddress { address, source, seen_at, reached_at: None, failures: 0 };
        if self.places.len() >= ADDRESSES_PER_PEER {
            let (at, worst) = self.places.iter().enumerate().min_by_key(|(_, place)| place.worth())?;
            if worst.worth() >= place.worth() {
                return None;
            }
            self.places.swap_remove(at);
        }
        self.places.push(place);
        Some(true)
    }
}

impl KnownAddress {
    /// Places that answered last, then those that failed least, then what the weightier source named last.
    fn worth(&self) -> (Option<Timestamp>, std::cmp::Reverse<u32>, u8, Timestamp) {
        let reached = self.reached_at.filter(|_| self.failures == 0);
        (reached, std::cmp::Reverse(self.failures), self.source.weight(), self.seen_at)
    }

    fn last_sign(&self) -> Timestamp {
        self.reached_at.map_or(self.seen_at, |reached| reached.max(self.seen_at))
    }
}

/// The book of peers and their possible addresses.
#[derive(Debug)]
pub struct Book {
    me: PeerId,
    peers: HashMap<PeerId, BookEntry>,
}

impl Book {
    /// An empty book of the node `me`, which is never in it.
    #[must_use]
    pub fn new(me: PeerId) -> Self {
        Self { me, peers: HashMap::new() }
    }

    /// Takes in what a source found.
    pub fn learn(&mut self, finding: &Finding) -> Learned {
        let useful = |address| address::useful(address, &finding.peer, finding.source.reach()).ok();
        let addresses: Vec<Multiaddr> = finding.addresses.iter().filter_map(useful).take(ADDRESSES_PER_PEER).collect();
        if finding.peer == self.me || addresses.is_empty() || !self.make_room(finding) {
            return Learned::Nothing;
        }
        let is_new = !self.peers.contains_key(&finding.peer);
        let entry = self.peers.entry(finding.peer).or_insert_with(|| BookEntry {
            did: None,
            claimed: None,
            places: Vec::new(),
            seen_at: finding.seen_at,
        });
        entry.seen_at = finding.seen_at;
        entry.claimed = finding.did.or(entry.claimed);
        let mut more = false;
        for address in addresses {
            more |= entry.note(address, finding.source, finding.seen_at) == Some(true);
        }
        match (is_new, more) {
            (true, _) => Learned::Peer,
            (false, true) => Learned::Address,
            (false, false) => Learned::Known,
        }
    }

    /// A verified card names this peer as a node of `did`.
    pub fn belongs_to(&mut self, peer: &PeerId, did: Did) {
        if let Some(entry) = self.peers.get_mut(peer) {
            entry.did = Some(did);
        }
    }

    /// The peer answered at this address.
    pub fn reached(&mut self, peer: &PeerId, address: &Multiaddr, now: Timestamp) {
        if let Some(place) = self.place(peer, address) {
            place.reached_at = Some(now);
            place.failures = 0;
        }
    }

    /// Notes that nobody, or somebody else, answered at this address.
    pub fn failed(&mut self, peer: &PeerId, address: &Multiaddr) {
        if let Some(place) = self.place(peer, address) {
            place.failures = place.failures.saturating_add(1);
        }
    }

    /// A source no longer sees the peer: what only that source said is forgotten.
    pub fn gone(&mut self, peer: &PeerId, source: Source) {
        if let Some(entry) = self.peers.get_mut(peer) {
            entry.places.retain(|place| place.source != source);
            if entry.places.is_empty() {
                self.peers.remove(peer);
            }
        }
    }

    /// Forgets a peer.
    pub fn forget(&mut self, peer: &PeerId) {
        self.peers.remove(peer);
    }

    /// Forgets addresses without a sign of life for [`ADDRESS_KEPT`].
    pub fn forget_old(&mut self, now: Timestamp) {
        self.peers.retain(|_, entry| {
            entry.places.retain(|place| now.since(place.last_sign()) < ADDRESS_KEPT);
            !entry.places.is_empty()
        });
    }

    /// Returns what is known of a peer.
    #[must_use]
    pub fn get(&self, peer: &PeerId) -> Option<&BookEntry> {
        self.peers.get(peer)
    }

    /// Returns where a peer may be, the best first; at most [`ADDRESSES_PER_PEER`].
    #[must_use]
    pub fn addresses(&self, peer: &PeerId) -> Vec<Multiaddr> {
        self.peers.get(peer).map(BookEntry::addresses).unwrap_or_default()
    }

    /// The nodes that a verified card says are those of `did`.
    #[must_use]
    pub fn nodes_of(&self, did: &Did) -> Vec<PeerId> {
        let mut nodes: Vec<PeerId> =
            self.peers.iter().filter(|(_, entry)| entry.did == Some(*did)).map(|(peer, _)| *peer).collect();
        nodes.sort_unstable();
        nodes
    }

    /// Everyone in the book, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&PeerId, &BookEntry)> {
        self.peers.iter()
    }

    fn place(&mut self, peer: &PeerId, address: &Multiaddr) -> Option<&mut KnownAddress> {
        let bare = address::split_peer(address).0;
        self.peers.get_mut(peer)?.places.iter_mut().find(|place| place.address == bare)
    }

    /// Returns whether there is room for the finding, or something of less worth gave way to it.
    fn make_room(&mut self, finding: &Finding) -> bool {
        if self.peers.len() < PEERS || self.peers.contains_key(&finding.peer) {
            return true;
        }
        let Some((worst, entry)) = self.peers.iter().min_by_key(|(_, entry)| entry.worth()) else { return true };
        let worst = *worst;
        let gives_way = entry.worth() < (false, finding.source.weight(), finding.seen_at);
        if gives_way {
            self.peers.remove(&worst);
        }
        gives_way
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{by_hand, from_card, mdns};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn address(text: &str) -> Multiaddr {
        text.parse().expect("a multiaddress")
    }

    fn finding(peer: PeerId, source: Source, seconds: i64, texts: &[&str]) -> Finding {
        let addresses = texts.iter().map(|text| address(text)).collect();
        Finding { peer, did: None, addresses, source, seen_at: at(seconds) }
    }

    fn book() -> Book {
        Book::new(PeerId::random())
    }

    #[test]
    fn sources_are_merged_by_peer() {
        let mut book = book();
        let alex = PeerId::random();
        let heard = finding(alex, mdns::SOURCE, 1, &["/ip4/10.0.0.2/tcp/4001"]);
        assert_eq!(book.learn(&heard), Learned::Peer);
        assert_eq!(book.learn(&heard), Learned::Known);
        let typed = finding(alex, by_hand::SOURCE, 2, &["/ip4/10.0.0.2/tcp/4001", "/dns4/alex.example/tcp/4001"]);
        assert_eq!(book.learn(&typed), Learned::Address);
        assert_eq!(book.addresses(&alex).len(), 2);
        assert_eq!(book.get(&alex).expect("alex").sources(), [by_hand::SOURCE]);
    }

    #[test]
    fn what_leads_nowhere_is_not_written_down() {
        let mut book = book();
        let alex = PeerId::random();
        let useless = ["/ip4/127.0.0.1/tcp/4001", "/ip6/fe80::1/tcp/4001", "/ip4/0.0.0.0/tcp/4001"];
        assert_eq!(book.learn(&finding(alex, mdns::SOURCE, 1, &useless)), Learned::Nothing);
        assert_eq!(book.learn(&finding(alex, mdns::SOURCE, 1, &[])), Learned::Nothing);
        assert_eq!(book.learn(&finding(alex, by_hand::SOURCE, 1, &["/ip4/127.0.0.1/tcp/4001"])), Learned::Peer);
        let me = book.me;
        assert_eq!(book.learn(&finding(me, mdns::SOURCE, 1, &["/ip4/10.0.0.2/tcp/4001"])), Learned::Nothing);
    }

    #[test]
    fn an_address_that_answered_comes_first_and_one_that_failed_last() {
        let mut book = book();
        let alex = PeerId::random();
        let [typed, heard, said] = ["/ip4/10.0.0.1/tcp/1", "/ip4/10.0.0.2/tcp/1", "/ip4/10.0.0.3/tcp/1"];
        book.learn(&finding(alex, by_hand::SOURCE, 1, &[typed]));
        book.learn(&finding(alex, mdns::SOURCE, 2, &[heard]));
        book.learn(&finding(alex, from_card::SOURCE, 3, &[said]));
        assert_eq!(book.addresses(&alex), [typed, said, heard].map(address));
        book.reached(&alex, &address(&format!("{heard}/p2p/{alex}")), at(4));
        book.failed(&alex, &address(typed));
        assert_eq!(book.addresses(&alex), [heard, said, typed].map(address));
        book.failed(&alex, &address(heard));
        assert_eq!(book.addresses(&alex)[0], address(said));
    }

    #[test]
    fn a_source_takes_back_only_what_it_said_itself() {
        let mut book = book();
        let alex = PeerId::random();
        book.learn(&finding(alex, mdns::SOURCE, 1, &["/ip4/10.0.0.2/tcp/4001"]));
        book.learn(&finding(alex, by_hand::SOURCE, 1, &["/ip4/10.0.0.3/tcp/4001"]));
        book.gone(&alex, mdns::SOURCE);
        assert_eq!(book.addresses(&alex), [address("/ip4/10.0.0.3/tcp/4001")]);
        book.gone(&alex, by_hand::SOURCE);
        assert!(book.get(&alex).is_none());
    }

    #[test]
    fn a_flood_of_names_does_not_push_out_people() {
        let mut book = book();
        let alex = PeerId::random();
        let bea = PeerId::random();
        book.learn(&finding(alex, mdns::SOURCE, 1, &["/ip4/10.0.0.2/tcp/4001"]));
        book.belongs_to(&alex, Did::from_bytes([1; 32]));
        book.learn(&finding(bea, by_hand::SOURCE, 1, &["/ip4/10.0.0.3/tcp/4001"]));
        for second in 0..2 * PEERS as i64 {
            book.learn(&finding(PeerId::random(), mdns::SOURCE, 2 + second, &["/ip4/10.0.0.9/tcp/4001"]));
        }
        assert_eq!(book.iter().count(), PEERS);
        assert!(book.get(&alex).is_some() && book.get(&bea).is_some());
    }

    #[test]
    fn one_peer_has_so_many_addresses_and_keeps_those_that_work() {
        let mut book = book();
        let alex = PeerId::random();
        book.learn(&finding(alex, mdns::SOURCE, 1, &["/ip4/10.0.0.2/tcp/4001"]));
        book.reached(&alex, &address("/ip4/10.0.0.2/tcp/4001"), at(1));
        for port in 1..200 {
            book.learn(&finding(alex, mdns::SOURCE, 1 + port, &[&format!("/ip4/10.0.0.3/tcp/{port}")]));
        }
        let addresses = book.addresses(&alex);
        assert_eq!(addresses.len(), ADDRESSES_PER_PEER);
        assert_eq!(addresses[0], address("/ip4/10.0.0.2/tcp/4001"));
        assert!(addresses.contains(&address("/ip4/10.0.0.3/tcp/199")));
    }

    #[test]
    fn whose_node_it_is_counts_only_once_a_card_says_so() {
        let mut book = book();
        let alex = PeerId::random();
        let did = Did::from_bytes([1; 32]);
        let mut claim = finding(alex, from_card::SOURCE, 1, &["/ip4/10.0.0.2/tcp/4001"]);
        claim.did = Some(did);
        book.learn(&claim);
        assert_eq!(book.get(&alex).and_then(BookEntry::claimed), Some(did));
        assert!(book.nodes_of(&did).is_empty());
        book.belongs_to(&alex, did);
        assert_eq!(book.nodes_of(&did), [alex]);
    }

    #[test]
    fn old_addresses_are_forgotten() {
        let mut book = book();
        let alex = PeerId::random();
        book.learn(&finding(alex, mdns::SOURCE, 1, &["/ip4/10.0.0.2/tcp/4001", "/ip4/10.0.0.3/tcp/4001"]));
        let later = at(2) + ADDRESS_KEPT;
        book.reached(&alex, &address("/ip4/10.0.0.2/tcp/4001"), later);
        book.forget_old(later);
        assert_eq!(book.addresses(&alex), [address("/ip4/10.0.0.2/tcp/4001")]);
        book.forget_old(later + ADDRESS_KEPT);
        assert!(book.get(&alex).is_none());
    }
}
