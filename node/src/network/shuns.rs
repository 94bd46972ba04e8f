//! Through which relays a peer is not looked for first, for a while (pure).
//!
//! A relay can take in a connection and let nothing through, or change what goes through: the nodes at its ends see silence, or what
//! does not decrypt. Who relays honestly and who does not can't be told from here, so nothing is ever refused: a relay that a
//! connection with a peer went wrong over is only dialled after the others, and longer each time.

use std::collections::HashMap;
use std::time::Instant;

use ai2ai_discovery::relays::relay_of;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};

use super::limits::{SHUN_FIRST, SHUN_LAST, SHUNNED};

/// One relay, for one peer.
#[derive(Debug, Clone, Copy)]
struct Shun {
    until: Instant,
    times: u32,
    /// The connection that went wrong last: it counts once.
    connection: ConnectionId,
}

/// The relays that are shunned, each for one peer.
#[derive(Debug, Default)]
pub(super) struct Shuns(HashMap<(PeerId, PeerId), Shun>);

impl Shuns {
    /// A connection with the peer went wrong over this relay.
    pub(super) fn shun(&mut self, peer: PeerId, relay: PeerId, connection: ConnectionId, now: Instant) {
        let before = self.0.get(&(peer, relay)).filter(|shun| now < shun.until + SHUN_LAST);
        if before.is_some_and(|shun| shun.connection == connection) {
            return;
        }
        let times = before.map_or(0, |shun| shun.times);
        let wait = SHUN_FIRST.saturating_mul(2_u32.saturating_pow(times.min(16))).min(SHUN_LAST);
        self.make_room();
        let shun = Shun { until: now + wait, times: times.saturating_add(1), connection };
        self.0.insert((peer, relay), shun);
    }

    /// This machine is in another network: what went wrong before may have been its own.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// Takes out of these addresses of the peer those to dial first: the direct ones, and those through relays that are not shunned;
    /// when there is no such relay, those through the one that will be free first. So the only relay is never put off.
    pub(super) fn take_first(&self, peer: &PeerId, untried: &mut Vec<Multiaddr>, now: Instant) -> Vec<Multiaddr> {
        let until = |address: &Multiaddr| {
            let shun = self.0.get(&(*peer, relay_of(address)?))?;
            (now < shun.until).then_some(shun.until)
        };
        let is_direct = |address: &Multiaddr| relay_of(address).is_none();
        let first = untried.iter().filter(|address| !is_direct(address)).map(until).min().flatten();
        let (taken, rest) = untried.drain(..).partition(|address| is_direct(address) || until(address) == first);
        *untried = rest;
        taken
    }

    fn make_room(&mut self) {
        if self.0.len() >= SHUNNED
            && let Some(first) = self.0.iter().min_by_key(|(_, shun)| shun.until).map(|(key, _)| *key)
        {
            self.0.remove(&first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn id(id: usize) -> ConnectionId {
        ConnectionId::new_unchecked(id)
    }

    fn through(relay: &PeerId) -> Multiaddr {
        format!("/ip4/203.0.113.7/tcp/4001/p2p/{relay}/p2p-circuit").parse().expect("an address")
    }

    #[test]
    fn a_relay_that_went_wrong_comes_after_all_others_and_for_this_peer_only() {
        let (mut shuns, now) = (Shuns::default(), Instant::now());
        let (sam, other, bad, good) = (PeerId::random(), PeerId::random(), PeerId::random(), PeerId::random());
        let direct: Multiaddr = "/ip4/203.0.113.9/tcp/4001".parse().expect("an address");
        let all = vec![through(&bad), direct.clone(), through(&good)];
        shuns.shun(sam, bad, id(1), now);
        let mut untried = all.clone();
        assert_eq!(shuns.take_first(&sam, &mut untried, now), [direct, through(&good)]);
        assert_eq!(shuns.take_first(&sam, &mut untried, now), [through(&bad)], "it is never given up");
        assert_eq!(shuns.take_first(&sam, &mut untried, now), []);
        assert_eq!(shuns.take_first(&other, &mut all.clone(), now), all);
        assert_eq!(shuns.take_first(&sam, &mut all.clone(), now + SHUN_FIRST), all, "it had its time");
        shuns.forget();
        assert_eq!(shuns.take_first(&sam, &mut all.clone(), now), all);
    }

    #[test]
    fn of_several_that_went_wrong_the_one_that_did_so_less_often_is_dialled_first() {
        let (mut shuns, mut now) = (Shuns::default(), Instant::now());
        let (sam, worse, bad) = (PeerId::random(), PeerId::random(), PeerId::random());
        for number in 0..3 {
            shuns.shun(sam, worse, id(number), now);
            now += Duration::from_secs(20);
        }
        shuns.shun(sam, bad, id(9), now);
        let mut untried = vec![through(&worse), through(&bad)];
        assert_eq!(shuns.take_first(&sam, &mut untried, now), [through(&bad)]);
    }

    #[test]
    fn one_connection_counts_once_and_no_wait_is_endless() {
        let (mut shuns, mut now) = (Shuns::default(), Instant::now());
        let (sam, bad) = (PeerId::random(), PeerId::random());
        shuns.shun(sam, bad, id(1), now);
        shuns.shun(sam, bad, id(1), now);
        assert_eq!(shuns.0[&(sam, bad)].until, now + SHUN_FIRST);
        for number in 2..50 {
            shuns.shun(sam, bad, id(number), now);
        }
        assert_eq!(shuns.0[&(sam, bad)].until, now + SHUN_LAST);
        now += 2 * SHUN_LAST;
        shuns.shun(sam, bad, id(99), now);
        assert_eq!(shuns.0[&(sam, bad)].until, now + SHUN_FIRST, "long ago is forgotten");
    }

    #[test]
    fn any_number_of_peers_stays_in_its_bound() {
        let (mut shuns, now) = (Shuns::default(), Instant::now());
        for number in 0..3 * SHUNNED {
            shuns.shun(PeerId::random(), PeerId::random(), id(number), now);
        }
        assert_eq!(shuns.0.len(), SHUNNED);
    }
}
