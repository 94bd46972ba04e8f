//! Volunteers that keep a node's mail while it is away (pure): where to claim a place, and when to look into it.

use std::collections::BTreeMap;
use std::time::Duration;

use ai2ai_protocol::time::Timestamp;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

/// Mailboxes that are held, so that the loss of one goes unnoticed.
pub const HELD: usize = 2;
/// Volunteers with a mailbox that are remembered.
pub const KNOWN: usize = 16;
/// Addresses of one mailbox: one by QUIC and one by TCP, as some networks let only one of them through.
pub const ADDRESSES: usize = 2;
/// Time between two claims of a place.
pub const CLAIMED_EVERY: Duration = Duration::from_secs(6 * 3600);
/// Time between two looks of a node that is awake into its mailbox.
pub const LOOKED_INTO_EVERY: Duration = Duration::from_secs(30);
/// The shortest wait before a mailbox that failed is tried again; it doubles with each failure.
pub const RETRY_FIRST: Duration = Duration::from_secs(2);
/// The longest.
pub const RETRY_LAST: Duration = Duration::from_secs(5 * 60);
/// Failures in a row after which another mailbox is claimed as well.
pub const FAILURES: u32 = 3;

/// A visit that is to be paid now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The volunteer.
    pub peer: PeerId,
    /// The addresses.
    pub addresses: Vec<Multiaddr>,
    /// True if the place is to be claimed first.
    pub claims: bool,
}

/// A place that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxPlace {
    /// The volunteer.
    pub peer: PeerId,
    /// The addresses, without its peer id.
    pub addresses: Vec<Multiaddr>,
    /// Until when the place lasts, by its word.
    pub until: Timestamp,
}

/// Outcome of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visited {
    /// All that waited was taken in; and until when the place lasts, if it was claimed.
    Looked(Option<Timestamp>),
    /// It could not be reached, or what it said made no sense.
    Failed,
    /// It says that the place is not there.
    NoPlace,
}

/// The mailboxes that are known.
#[derive(Debug, Default)]
pub struct Mailboxes {
    known: BTreeMap<PeerId, VolunteerMailbox>,
}

#[derive(Debug, Clone)]
struct VolunteerMailbox {
    addresses: Vec<Multiaddr>,
    until: Option<Timestamp>,
    claim_at: Timestamp,
    visit_at: Timestamp,
    failures: u32,
    is_under_way: bool,
}

impl VolunteerMailbox {
    fn new(addresses: Vec<Multiaddr>, until: Option<Timestamp>, now: Timestamp) -> Self {
        Self { addresses, until, claim_at: now, visit_at: now, failures: 0, is_under_way: false }
    }

    fn is_held(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    fn is_good(&self, now: Timestamp) -> bool {
        self.failures < FAILURES && (self.is_held(now) || self.is_under_way)
    }
}

impl Mailboxes {
    /// A place that was held before this node restarted.
    pub fn remember(&mut self, place: MailboxPlace, now: Timestamp) {
        if self.known.len() < KNOWN {
            self.known.insert(place.peer, VolunteerMailbox::new(place.addresses, Some(place.until), now));
        }
    }

    /// A volunteer with a mailbox was met at these addresses, the best first. It is looked into at once if a place is held there.
    pub fn met(&mut self, peer: PeerId, addresses: &[Multiaddr], now: Timestamp) {
        let addresses = one_by_each_transport(addresses);
        if let Some(known) = self.known.get_mut(&peer) {
            (known.addresses, known.visit_at) = (addresses, now);
        } else if self.known.len() < KNOWN || self.drop_the_worst(now) {
            self.known.insert(peer, VolunteerMailbox::new(addresses, None, now));
        }
    }

    /// The node has just woken: every mailbox that is held is looked into at once.
    pub fn hurry(&mut self, now: Timestamp) {
        for mailbox in self.known.values_mut() {
            (mailbox.visit_at, mailbox.claim_at) = (now, now);
        }
    }

    /// The visits to pay now; they count as under way.
    pub fn next(&mut self, now: Timestamp) -> Vec<Visit> {
        let mut missing = HELD.saturating_sub(self.known.values().filter(|mailbox| mailbox.is_good(now)).count());
        let mut visits = Vec::new();
        for (peer, mailbox) in &mut self.known {
            // A clock that was set back is no reason to stay away.
            let is_due = mailbox.visit_at <= now || mailbox.visit_at > now + CLAIMED_EVERY;
            if mailbox.is_under_way || !is_due {
                continue;
            }
            if !mailbox.is_held(now) {
                if missing == 0 {
                    continue;
                }
                missing -= 1;
            }
            mailbox.is_under_way = true;
            let claims = !mailbox.is_held(now) || mailbox.claim_at <= now;
            visits.push(Visit { peer: *peer, addresses: mailbox.addresses.clone(), claims });
        }
        visits
    }

    /// A visit has ended. Whether the places that are held are others now, or last longer.
    pub fn visited(&mut self, peer: &PeerId, came: Visited, now: Timestamp) -> bool {
        let Some(mailbox) = self.known.get_mut(peer) else { return false };
        mailbox.is_under_way = false;
        match came {
            Visited::Looked(until) => {
                mailbox.failures = 0;
                mailbox.visit_at = now + LOOKED_INTO_EVERY;
                if until.is_some() {
                    (mailbox.until, mailbox.claim_at) = (until, now + CLAIMED_EVERY);
                }
                until.is_some()
            }
            Visited::Failed => {
                mailbox.fail(now);
                false
            }
            Visited::NoPlace => {
                mailbox.fail(now);
                mailbox.until.take().is_some()
            }
        }
    }

    /// The places that are held, those that work first.
    #[must_use]
    pub fn held(&self, now: Timestamp) -> Vec<MailboxPlace> {
        let mut held: Vec<(&PeerId, &VolunteerMailbox)> =
            self.known.iter().filter(|(_, mailbox)| mailbox.is_held(now)).collect();
        held.sort_by_key(|(_, mailbox)| mailbox.failures);
        let place = |(peer, mailbox): (&PeerId, &VolunteerMailbox)| {
            Some(MailboxPlace { peer: *peer, addresses: mailbox.addresses.clone(), until: mailbox.until? })
        };
        held.into_iter().filter_map(place).collect()
    }

    /// Makes room by forgetting a mailbox in which no place is held and that failed most.
    fn drop_the_worst(&mut self, now: Timestamp) -> bool {
        let idle = self.known.iter().filter(|(_, mailbox)| !mailbox.is_held(now) && mailbox.failures > 0);
        let worst = idle.max_by_key(|(_, mailbox)| mailbox.failures).map(|(peer, _)| *peer);
        worst.is_some_and(|peer| self.known.remove(&peer).is_some())
    }
}

impl VolunteerMailbox {
    fn fail(&mut self, now: Timestamp) {
        let wait = RETRY_FIRST.saturating_mul(2_u32.saturating_pow(self.failures.min(16))).min(RETRY_LAST);
        self.failures = self.failures.saturating_add(1);
        self.visit_at = now + wait;
    }
}

/// The first address by QUIC and the first by TCP, in their order.
fn one_by_each_transport(addresses: &[Multiaddr]) -> Vec<Multiaddr> {
    let is_quic = |address: &Multiaddr| address.iter().any(|part| matches!(part, Protocol::QuicV1));
    let mut chosen: Vec<Multiaddr> = Vec::with_capacity(ADDRESSES);
    for address in addresses {
        if chosen.iter().all(|known| is_quic(known) != is_quic(address)) {
            chosen.push(address.clone());
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_770_000_000_000) + Duration::from_secs(seconds)
    }

    fn address(text: &str) -> Multiaddr {
        text.parse().expect("an address")
    }

    fn with(count: u16) -> Mailboxes {
        let mut mailboxes = Mailboxes::default();
        for port in 1..=count {
            mailboxes.met(PeerId::random(), &[address(&format!("/ip4/203.0.113.7/tcp/{port}"))], at(0));
        }
        mailboxes
    }

    const WEEK: u64 = 7 * 24 * 3600;

    #[test]
    fn two_places_are_claimed_and_then_looked_into_again_and_again() {
        let mut mailboxes = with(3);
        let visits = mailboxes.next(at(0));
        assert_eq!((visits.len(), visits.iter().filter(|visit| visit.claims).count()), (HELD, 2));
        assert!(mailboxes.next(at(9)).is_empty(), "they are under way");
        for visit in &visits {
            assert!(mailboxes.visited(&visit.peer, Visited::Looked(Some(at(WEEK))), at(1)));
        }
        assert_eq!(mailboxes.held(at(1)).len(), HELD);
        assert!(mailboxes.next(at(30)).is_empty());
        let looks = mailboxes.next(at(31));
        assert!(looks.len() == HELD && looks.iter().all(|visit| !visit.claims));
        assert!(!mailboxes.visited(&looks[0].peer, Visited::Looked(None), at(31)));
        mailboxes.hurry(at(32));
        assert_eq!(mailboxes.next(at(32)).len(), 1, "the other one is under way still");
    }

    #[test]
    fn one_that_fails_is_tried_ever_more_rarely_and_another_is_claimed_besides() {
        let mut mailboxes = with(2);
        let good = mailboxes.next(at(0))[0].peer;
        let bad = mailboxes.known.keys().copied().find(|peer| *peer != good).expect("another");
        mailboxes.visited(&good, Visited::Looked(Some(at(WEEK))), at(0));
        mailboxes.visited(&bad, Visited::Looked(Some(at(WEEK))), at(0));
        let third = PeerId::random();
        mailboxes.met(third, &[address("/ip4/203.0.113.9/tcp/1")], at(0));
        let mut now = 31;
        for _ in 0..FAILURES {
            let visits = mailboxes.next(at(now));
            assert!(visits.iter().any(|visit| visit.peer == bad) && visits.iter().all(|visit| visit.peer != third));
            for visit in visits {
                let came = if visit.peer == bad { Visited::Failed } else { Visited::Looked(None) };
                mailboxes.visited(&visit.peer, came, at(now));
            }
            now += 31;
        }
        assert!(mailboxes.next(at(now)).iter().any(|visit| visit.peer == third && visit.claims));
        assert_eq!(mailboxes.held(at(now))[0].peer, good, "those that work come first");
        assert!(mailboxes.held(at(now)).iter().any(|place| place.peer == bad), "the place lasts");
    }

    #[test]
    fn a_place_that_is_gone_is_claimed_again_and_one_that_ended_is_not_held() {
        let mut mailboxes = with(1);
        let peer = mailboxes.next(at(0))[0].peer;
        mailboxes.visited(&peer, Visited::Looked(Some(at(100))), at(0));
        assert!(mailboxes.held(at(100)).is_empty());
        mailboxes.next(at(31));
        assert!(mailboxes.visited(&peer, Visited::NoPlace, at(31)), "the card has to be renewed");
        assert!(mailboxes.held(at(31)).is_empty());
        assert!(mailboxes.next(at(40))[0].claims);
    }

    #[test]
    fn what_is_remembered_is_bounded_and_has_an_address_for_each_transport() {
        let mut mailboxes = with(100);
        assert_eq!(mailboxes.known.len(), KNOWN);
        let place = MailboxPlace { peer: PeerId::random(), addresses: vec![], until: at(9) };
        mailboxes.remember(place, at(0));
        assert_eq!(mailboxes.known.len(), KNOWN);
        let told = ["/ip4/203.0.113.7/udp/1/quic-v1", "/ip4/203.0.113.8/udp/1/quic-v1", "/ip4/203.0.113.7/tcp/1"];
        let told: Vec<Multiaddr> = told.iter().map(|text| address(text)).collect();
        assert_eq!(one_by_each_transport(&told), [told[0].clone(), told[2].clone()]);
    }
}
