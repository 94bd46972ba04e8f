//! Relays at which a node behind a router holds a place (pure).
//!
//! A relay forgets its guests when it restarts, and refuses to renew when it is full; nobody asks again by itself. So the
//! places are counted here: a lost one is asked for again, elsewhere first.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

/// Relays that a place is held at, so that the loss of one goes unnoticed.
pub const HELD: usize = 2;
/// Relays that are remembered.
pub const KNOWN: usize = 16;
/// A place that was asked for and never given is asked for again.
pub const GIVEN_WITHIN: Duration = Duration::from_secs(15);
/// The shortest wait before a relay that took a place away or refused one is asked again; it doubles with each failure.
pub const RETRY_FIRST: Duration = Duration::from_secs(2);
/// The longest.
pub const RETRY_LAST: Duration = Duration::from_secs(5 * 60);

/// The relays, and the places at them.
#[derive(Debug, Default)]
pub struct Relays {
    known: BTreeMap<PeerId, KnownRelay>,
}

#[derive(Debug, Clone)]
struct KnownRelay {
    address: Multiaddr,
    place: RelayPlace,
    failures: u32,
}

/// The place at one relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RelayPlace {
    /// None; not to be asked for before this.
    None { until: Instant },
    /// Asked for.
    Asked { since: Instant },
    /// There.
    Held,
}

impl Relays {
    /// A peer at this address relays for others.
    pub fn offers(&mut self, peer: PeerId, address: Multiaddr, now: Instant) {
        if let Some(relay) = self.known.get_mut(&peer) {
            relay.address = address;
        } else if self.known.len() < KNOWN || self.drop_the_worst() {
            self.known.insert(peer, KnownRelay { address, place: RelayPlace::None { until: now }, failures: 0 });
        }
    }

    /// Returns where to ask for a place now, as addresses to listen on; they count as asked.
    pub fn next(&mut self, now: Instant) -> Vec<(PeerId, Multiaddr)> {
        for relay in self.known.values_mut() {
            if matches!(relay.place, RelayPlace::Asked { since } if now.saturating_duration_since(since) >= GIVEN_WITHIN)
            {
                relay.fail(now);
            }
        }
        let missing = HELD.saturating_sub(self.taken());
        let free =
            self.known.iter().filter(|(_, relay)| matches!(relay.place, RelayPlace::None { until } if until <= now));
        let mut free: Vec<(u32, PeerId)> = free.map(|(peer, relay)| (relay.failures, *peer)).collect();
        free.sort_unstable();
        let asked: Vec<PeerId> = free.into_iter().take(missing).map(|(_, peer)| peer).collect();
        asked.into_iter().filter_map(|peer| Some((peer, self.ask(&peer, now)?))).collect()
    }

    fn ask(&mut self, peer: &PeerId, now: Instant) -> Option<Multiaddr> {
        let relay = self.known.get_mut(peer)?;
        relay.place = RelayPlace::Asked { since: now };
        Some(relay.address.clone().with(Protocol::P2p(*peer)).with(Protocol::P2pCircuit))
    }

    /// Returns when [`Relays::next`] will have something to say, if nothing else happens; `None` for never.
    #[must_use]
    pub fn wake_at(&self) -> Option<Instant> {
        let is_full = self.taken() >= HELD;
        let times = self.known.values().filter_map(|relay| match relay.place {
            RelayPlace::None { until } => (!is_full).then_some(until),
            RelayPlace::Asked { since } => Some(since + GIVEN_WITHIN),
            RelayPlace::Held => None,
        });
        times.min()
    }

    /// The relay has given a place.
    pub fn given(&mut self, peer: &PeerId) {
        if let Some(relay) = self.known.get_mut(peer) {
            (relay.place, relay.failures) = (RelayPlace::Held, 0);
        }
    }

    /// The place is gone, or was refused.
    pub fn lost(&mut self, peer: &PeerId, now: Instant) {
        if let Some(relay) = self.known.get_mut(peer) {
            relay.fail(now);
        }
    }

    /// This machine is in another network: relays that could not be reached from the one before are asked again at once.
    pub fn hurry(&mut self, now: Instant) {
        for relay in self.known.values_mut() {
            if let RelayPlace::None { until } = &mut relay.place {
                (*until, relay.failures) = (now, 0);
            }
        }
    }

    /// The relays that a place is held at.
    pub fn held(&self) -> impl Iterator<Item = PeerId> {
        self.known.iter().filter(|(_, relay)| relay.place == RelayPlace::Held).map(|(peer, _)| *peer)
    }

    /// The relays that were asked for a place and have not given one yet.
    pub fn asked(&self) -> impl Iterator<Item = PeerId> {
        let is_asked = |relay: &KnownRelay| matches!(relay.place, RelayPlace::Asked { .. });
        self.known.iter().filter(move |(_, relay)| is_asked(relay)).map(|(peer, _)| *peer)
    }

    fn taken(&self) -> usize {
        self.known.values().filter(|relay| !matches!(relay.place, RelayPlace::None { .. })).count()
    }

    /// Makes room by forgetting the relay without a place that failed most; one that never failed is kept.
    fn drop_the_worst(&mut self) -> bool {
        let idle =
            self.known.iter().filter(|(_, relay)| matches!(relay.place, RelayPlace::None { .. }) && relay.failures > 0);
        let worst = idle.max_by_key(|(_, relay)| relay.failures).map(|(peer, _)| *peer);
        worst.is_some_and(|peer| self.known.remove(&peer).is_some())
    }
}

impl KnownRelay {
    fn fail(&mut self, now: Instant) {
        let wait = RETRY_FIRST.saturating_mul(2_u32.saturating_pow(self.failures.min(16))).min(RETRY_LAST);
        self.failures = self.failures.saturating_add(1);
        self.place = RelayPlace::None { until: now + wait };
    }
}

/// The relay that an address leads through, if it does.
#[must_use]
pub fn relay_of(address: &Multiaddr) -> Option<PeerId> {
    let parts: Vec<Protocol<'_>> = address.iter().collect();
    parts.windows(2).find_map(|pair| match pair {
        [Protocol::P2p(relay), Protocol::P2pCircuit] => Some(*relay),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> Multiaddr {
        format!("/ip4/203.0.113.7/tcp/{port}").parse().expect("an address")
    }

    fn with(count: u16, now: Instant) -> Relays {
        let mut relays = Relays::default();
        for port in 1..=count {
            relays.offers(PeerId::random(), address(port), now);
        }
        relays
    }

    #[test]
    fn two_places_are_held_and_a_lost_one_is_made_up_for_at_once() {
        let now = Instant::now();
        let mut relays = with(3, now);
        let asked = relays.next(now);
        assert_eq!((asked.len(), relays.asked().count()), (HELD, HELD));
        assert!(asked.iter().all(|(peer, address)| relay_of(address) == Some(*peer)));
        assert!(relays.next(now).is_empty());
        for (peer, _) in &asked {
            relays.given(peer);
        }
        assert_eq!((relays.held().count(), relays.asked().count(), relays.wake_at()), (2, 0, None));

        relays.lost(&asked[0].0, now);
        let again = relays.next(now);
        assert_eq!(again.len(), 1);
        assert_ne!(again[0].0, asked[0].0, "elsewhere first");
    }

    #[test]
    fn a_relay_that_restarts_is_asked_again_and_ever_more_rarely() {
        let mut now = Instant::now();
        let mut relays = with(1, now);
        let (peer, _) = relays.next(now)[0];
        relays.given(&peer);
        let mut waits = Vec::new();
        for _ in 0..12 {
            relays.lost(&peer, now);
            assert!(relays.next(now).is_empty());
            let wake = relays.wake_at().expect("a time");
            waits.push(wake - now);
            now = wake;
            assert_eq!(relays.next(now).len(), 1);
        }
        assert_eq!((waits[0], waits[11]), (RETRY_FIRST, RETRY_LAST));
        relays.given(&peer);
        relays.lost(&peer, now);
        assert_eq!(
            relays.wake_at(),
            Some(now + RETRY_FIRST),
            "a place that was given makes up for the failures before"
        );
    }

    #[test]
    fn in_another_network_all_are_asked_again_at_once() {
        let now = Instant::now();
        let mut relays = with(2, now);
        for _ in 0..8 {
            for (peer, _) in relays.next(now) {
                relays.lost(&peer, now);
            }
        }
        assert!(relays.next(now).is_empty());
        relays.hurry(now);
        assert_eq!(relays.next(now).len(), HELD);
    }

    #[test]
    fn one_that_never_answers_is_given_up() {
        let now = Instant::now();
        let mut relays = with(1, now);
        assert_eq!(relays.next(now).len(), 1);
        assert!(relays.next(now + GIVEN_WITHIN).is_empty());
        assert_eq!(relays.next(now + GIVEN_WITHIN + RETRY_FIRST).len(), 1);
    }

    #[test]
    fn a_flood_of_relays_stays_in_its_bound_and_drops_only_what_failed() {
        let now = Instant::now();
        let mut relays = with(100, now);
        assert_eq!(relays.known.len(), KNOWN);
        let (bad, _) = relays.next(now)[0];
        relays.lost(&bad, now);
        let new = PeerId::random();
        relays.offers(new, address(7), now);
        assert!(relays.known.contains_key(&new) && !relays.known.contains_key(&bad));
    }
}
