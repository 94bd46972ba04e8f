//! Backoff for relays: one that a connection with a peer went wrong over is dialled after the others for a while (pure).
//!
//! A relay can take in a connection and let nothing through, or change what goes through: the nodes at its ends see silence, or what
//! does not decrypt. Who relays honestly and who does not can't be told from here, so nothing is ever refused: a relay that a
//! connection with a peer went wrong over is only dialled after the others, and longer each time.

use std::collections::HashMap;
use std::time::Instant;

use ai2ai_discovery::relays::relay_of;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};

use crate::limits::{RELAY_BACKOFF_FIRST, RELAY_BACKOFF_LAST, RELAY_BACKOFFS};

/// One relay, for one peer.
#[derive(Debug, Clone, Copy)]
struct Backoff {
    until: Instant,
    times: u32,
    /// The connection that went wrong last: it counts once.
    connection: ConnectionId,
}

/// Relays that are backed off from, each for one peer.
#[derive(Debug, Default)]
pub(crate) struct RelayBackoff(HashMap<(PeerId, PeerId), Backoff>);

impl RelayBackoff {
    /// A connection with the peer went wrong over this relay.
    pub(crate) fn back_off(&mut self, peer: PeerId, relay: PeerId, connection: ConnectionId, now: Instant) {
        let before = self.0.get(&(peer, relay)).filter(|backoff| now < backoff.until + RELAY_BACKOFF_LAST);
        if before.is_some_and(|backoff| backoff.connection == connection) {
            return;
        }
        let times = before.map_or(0, |backoff| backoff.times);
        let wait = RELAY_BACKOFF_FIRST.saturating_mul(2_u32.saturating_pow(times.min(16))).min(RELAY_BACKOFF_LAST);
        self.make_room();
        let backoff = Backoff { until: now + wait, times: times.saturating_add(1), connection };
        self.0.insert((peer, relay), backoff);
    }

    /// This machine is in another network: what went wrong before may have been its own.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }

    /// Takes out of these addresses of the peer those to dial first: the direct ones, and those through relays that are not backed off from;
    /// when there is no such relay, those through the one that will be free first. So the only relay is never put off.
    pub(crate) fn take_first(&self, peer: &PeerId, untried: &mut Vec<Multiaddr>, now: Instant) -> Vec<Multiaddr> {
        let until = |address: &Multiaddr| {
            let backoff = self.0.get(&(*peer, relay_of(address)?))?;
            (now < backoff.until).then_some(backoff.until)
        };
        let is_direct = |address: &Multiaddr| relay_of(address).is_none();
        let first = untried.iter().filter(|address| !is_direct(address)).map(until).min().flatten();
        let (taken, rest) = untried.drain(..).partition(|address| is_direct(address) || until(address) == first);
        *untried = rest;
        taken
    }

    fn make_room(&mut self) {
        if self.0.len() >= RELAY_BACKOFFS
            && let Some(first) = self.0.iter().min_by_key(|(_, backoff)| backoff.until).map(|(key, _)| *key)
        {
            self.0.remove(&first);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn id(id: usize) -> ConnectionId {
        ConnectionId::new_unchecked(id)
    }

    fn through(relay: &PeerId) -> Multiaddr {
        format!("/ip4/203.0.113.7/tcp/4001/p2p/{relay}/p2p-circuit").parse().expect("an address")
    }

    #[test]
    fn a_relay_that_went_wrong_comes_after_all_others_and_for_this_peer_only() {
        let mut backoff = RelayBackoff::default();
        let now = Instant::now();
        let sam = PeerId::random();
        let other = PeerId::random();
        let bad = PeerId::random();
        let good = PeerId::random();
        let direct: Multiaddr = "/ip4/203.0.113.9/tcp/4001".parse().expect("an address");
        let all = vec![through(&bad), direct.clone(), through(&good)];
        backoff.back_off(sam, bad, id(1), now);
        let mut untried = all.clone();
        assert_eq!(backoff.take_first(&sam, &mut untried, now), [direct, through(&good)]);
        assert_eq!(backoff.take_first(&sam, &mut untried, now), [through(&bad)], "it is never given up");
        assert_eq!(backoff.take_first(&sam, &mut untried, now), []);
        assert_eq!(backoff.take_first(&other, &mut all.clone(), now), all);
        assert_eq!(backoff.take_first(&sam, &mut all.clone(), now + RELAY_BACKOFF_FIRST), all, "it had its time");
        backoff.forget();
        assert_eq!(backoff.take_first(&sam, &mut all.clone(), now), all);
    }

    #[test]
    fn of_several_that_went_wrong_the_one_that_did_so_less_often_is_dialled_first() {
        let mut backoff = RelayBackoff::default();
        let mut now = Instant::now();
        let sam = PeerId::random();
        let worse = PeerId::random();
        let bad = PeerId::random();
        for number in 0..3 {
            backoff.back_off(sam, worse, id(number), now);
            now += Duration::from_secs(20);
        }
        backoff.back_off(sam, bad, id(9), now);
        let mut untried = vec![through(&worse), through(&bad)];
        assert_eq!(backoff.take_first(&sam, &mut untried, now), [through(&bad)]);
    }

    #[test]
    fn one_connection_counts_once_and_no_wait_is_endless() {
        let mut backoff = RelayBackoff::default();
        let mut now = Instant::now();
        let sam = PeerId::random();
        let bad = PeerId::random();
        backoff.back_off(sam, bad, id(1), now);
        backoff.back_off(sam, bad, id(1), now);
        assert_eq!(backoff.0[&(sam, bad)].until, now + RELAY_BACKOFF_FIRST);
        for number in 2..50 {
            backoff.back_off(sam, bad, id(number), now);
        }
        assert_eq!(backoff.0[&(sam, bad)].until, now + RELAY_BACKOFF_LAST);
        now += 2 * RELAY_BACKOFF_LAST;
        backoff.back_off(sam, bad, id(99), now);
        assert_eq!(backoff.0[&(sam, bad)].until, now + RELAY_BACKOFF_FIRST, "long ago is forgotten");
    }

    #[test]
    fn any_number_of_peers_stays_in_its_bound() {
        let mut backoff = RelayBackoff::default();
        let now = Instant::now();
        for number in 0..3 * RELAY_BACKOFFS {
            backoff.back_off(PeerId::random(), PeerId::random(), id(number), now);
        }
        assert_eq!(backoff.0.len(), RELAY_BACKOFFS);
    }
}
