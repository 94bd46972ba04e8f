//! Whom this node is dialling, and whom it lets dial first (pure).

use std::collections::HashMap;
use std::time::Instant;

use ai2ai_discovery::address::split_peer;
use ai2ai_discovery::https::is_of_web;
use ai2ai_discovery::plan;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};

use super::error::Attempt;
use super::limits::{CROSSED_WITHIN, DIAL_ADDRESSES, HEARD};
use super::shuns::Shuns;

/// What is to be done about a peer that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Dial these addresses, all at once.
    Dial(Vec<Multiaddr>),
    /// Nothing for now: a dial is under way, ours or theirs.
    Wait,
    /// Every address was tried.
    NoRoute(Vec<Attempt>),
}

#[derive(Debug)]
enum Stage {
    /// The peer has just seen us too, and dials first.
    LetsThem { until: Instant },
    /// We dial these.
    Dialling { connection: ConnectionId, addresses: Vec<Multiaddr>, since: Instant },
}

#[derive(Debug)]
struct Dial {
    stage: Stage,
    /// Our dial met theirs half-way, and has been put off once.
    has_crossed: bool,
    untried: Vec<Multiaddr>,
    tried: Vec<Attempt>,
}

/// The dials under way, at most one for each peer.
#[derive(Debug)]
pub(super) struct Dials {
    me: PeerId,
    heard: HashMap<PeerId, Instant>,
    dials: HashMap<PeerId, Dial>,
    shuns: Shuns,
}

impl Dials {
    pub(super) fn new(me: PeerId) -> Self {
        Self { me, heard: HashMap::new(), dials: HashMap::new(), shuns: Shuns::default() }
    }

    /// mDNS heard the peer for the first time, so it has heard us as well.
    pub(super) fn heard(&mut self, peer: PeerId, now: Instant) {
        if self.heard.len() < HEARD {
            self.heard.entry(peer).or_insert(now);
        }
    }

    /// mDNS no longer hears the peer.
    pub(super) fn gone(&mut self, peer: &PeerId) {
        self.heard.remove(peer);
    }

    /// Somebody wants to reach the peer, which may be at these addresses.
    pub(super) fn want(&mut self, peer: PeerId, addresses: &[Multiaddr], now: Instant) -> Step {
        let until = self.heard.get(&peer).map(|heard| *heard + plan::patience(&self.me, &peer));
        let is_new = !self.dials.contains_key(&peer);
        let dial = self.dials.entry(peer).or_insert_with(|| Dial::letting_them(until.unwrap_or(now)));
        dial.offer(addresses);
        match dial.stage {
            Stage::LetsThem { until } if is_new && until <= now => self.advance(peer, now),
            Stage::LetsThem { .. } | Stage::Dialling { .. } => Step::Wait,
        }
    }

    /// The peer is to dial until then: whoever wants it waits.
    pub(super) fn let_them(&mut self, peer: PeerId, addresses: &[Multiaddr], until: Instant) {
        let mut dial = Dial::letting_them(until);
        dial.offer(addresses);
        self.dials.insert(peer, dial);
    }

    /// The dial that [`Step::Dial`] asked for has begun.
    pub(super) fn begun(&mut self, peer: &PeerId, connection: ConnectionId, addresses: Vec<Multiaddr>, now: Instant) {
        if let Some(dial) = self.dials.get_mut(peer) {
            dial.stage = Stage::Dialling { connection, addresses, since: now };
        }
    }

    /// The addresses of a dial of ours that is under way.
    pub(super) fn addresses(&self, peer: &PeerId, connection: ConnectionId) -> Option<&[Multiaddr]> {
        match &self.dials.get(peer)?.stage {
            Stage::Dialling { connection: ours, addresses, .. } if *ours == connection => Some(addresses),
            Stage::LetsThem { .. } | Stage::Dialling { .. } => None,
        }
    }

    /// A dial of ours failed. One address with the wrong node behind it ends the dial of all, so those that were not
    /// found wanting get another.
    pub(super) fn failed(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        attempts: Vec<Attempt>,
        now: Instant,
    ) -> Step {
        let Some(dial) = self.dials.get_mut(&peer) else { return Step::Wait };
        let Stage::Dialling { connection: ours, addresses, .. } = &mut dial.stage else { return Step::Wait };
        if *ours != connection {
            return Step::Wait;
        }
        let dialled = std::mem::take(addresses);
        if attempts.is_empty() {
            self.dials.remove(&peer);
            return Step::NoRoute(vec![]);
        }
        dial.tried.extend(attempts);
        dial.offer(&dialled);
        self.advance(peer, now)
    }

    /// A dial of ours failed in the handshake. If that was at once, it probably met theirs half-way: it is done again,
    /// by the lower id first. Whether it is; only once.
    pub(super) fn crossed(&mut self, peer: &PeerId, connection: ConnectionId, now: Instant) -> bool {
        let patience = plan::patience(&self.me, peer);
        let Some(dial) = self.dials.get_mut(peer) else { return false };
        let Stage::Dialling { connection: ours, addresses, since } = &mut dial.stage else { return false };
        let is_sudden = now.saturating_duration_since(*since) < CROSSED_WITHIN;
        if *ours != connection || !is_sudden || dial.has_crossed {
            return false;
        }
        dial.untried.append(addresses);
        dial.has_crossed = true;
        dial.stage = Stage::LetsThem { until: now + patience };
        true
    }

    /// The peer is connected, whoever dialled.
    pub(super) fn connected(&mut self, peer: &PeerId) {
        self.dials.remove(peer);
    }

    /// A connection with the peer went wrong over this relay.
    pub(super) fn shun(&mut self, peer: PeerId, relay: PeerId, connection: ConnectionId, now: Instant) {
        tracing::debug!(%peer, %relay, "a connection over a relay went wrong: the others are dialled first");
        self.shuns.shun(peer, relay, connection, now);
    }

    /// This machine is in another network: the dials that were under way begin anew, and lead nowhere as they are. The peers that were
    /// dialled.
    pub(super) fn begin_anew(&mut self, now: Instant) -> Vec<PeerId> {
        self.shuns.forget();
        let mut dialled = Vec::new();
        for (peer, dial) in &mut self.dials {
            if let Stage::Dialling { addresses, .. } = &mut dial.stage {
                let tried = std::mem::take(&mut dial.tried).into_iter().map(|attempt| attempt.address);
                let again: Vec<Multiaddr> = std::mem::take(addresses).into_iter().chain(tried).collect();
                dial.stage = Stage::LetsThem { until: now };
                dial.offer(&again);
                dialled.push(*peer);
            }
        }
        dialled
    }

    /// When [`Dials::due`] has something to say.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        let waits = self.dials.values().filter_map(|dial| match dial.stage {
            Stage::LetsThem { until } => Some(until),
            Stage::Dialling { .. } => None,
        });
        waits.min()
    }

    /// The peers that had their time to dial and did not.
    pub(super) fn due(&mut self, now: Instant) -> Vec<(PeerId, Step)> {
        let late = |dial: &Dial| matches!(dial.stage, Stage::LetsThem { until } if until <= now);
        let peers: Vec<PeerId> = self.dials.iter().filter(|(_, dial)| late(dial)).map(|(peer, _)| *peer).collect();
        peers.into_iter().map(|peer| (peer, self.advance(peer, now))).collect()
    }

    fn advance(&mut self, peer: PeerId, now: Instant) -> Step {
        let Some(dial) = self.dials.get_mut(&peer) else { return Step::Wait };
        if dial.untried.is_empty() {
            let tried = std::mem::take(&mut dial.tried);
            self.dials.remove(&peer);
            return Step::NoRoute(tried);
        }
        Step::Dial(self.shuns.take_first(&peer, &mut dial.untried, now))
    }
}

impl Dial {
    fn letting_them(until: Instant) -> Self {
        Self { stage: Stage::LetsThem { until }, has_crossed: false, untried: Vec::new(), tried: Vec::new() }
    }

    /// Takes in those addresses that are neither waiting, nor being dialled, nor tried in vain. Those of web servers are not dialled.
    fn offer(&mut self, addresses: &[Multiaddr]) {
        for address in addresses.iter().filter(|address| !is_of_web(address)) {
            let bare = split_peer(address).0;
            let dialling = match &self.stage {
                Stage::Dialling { addresses, .. } => addresses.contains(&bare),
                Stage::LetsThem { .. } => false,
            };
            let known = dialling || self.untried.contains(&bare) || self.tried.iter().any(|a| a.address == bare);
            let has_room = self.untried.len() + self.tried.len() < DIAL_ADDRESSES;
            if !known && has_room {
                self.untried.push(bare);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Two ids, the lower first.
    fn two() -> (PeerId, PeerId) {
        let (a, b) = (PeerId::random(), PeerId::random());
        (a.min(b), a.max(b))
    }

    fn addresses(texts: &[&str]) -> Vec<Multiaddr> {
        texts.iter().map(|text| text.parse().expect("an address")).collect()
    }

    fn attempt(text: &str) -> Attempt {
        Attempt { address: text.parse().expect("an address"), reason: "connection refused".into() }
    }

    const ONE: &str = "/ip4/10.0.0.1/tcp/1";
    const TWO: &str = "/ip4/10.0.0.2/tcp/1";

    fn id(id: usize) -> ConnectionId {
        ConnectionId::new_unchecked(id)
    }

    #[test]
    fn a_peer_that_is_asked_for_by_hand_is_dialled_at_once() {
        let (low, high) = two();
        let now = Instant::now();
        for (me, peer) in [(low, high), (high, low)] {
            let mut dials = Dials::new(me);
            assert_eq!(dials.want(peer, &addresses(&[ONE]), now), Step::Dial(addresses(&[ONE])));
        }
    }

    #[test]
    fn the_higher_id_lets_the_lower_dial_first() {
        let (low, high) = two();
        let now = Instant::now();
        let mut dials = Dials::new(high);
        dials.heard(low, now);
        assert_eq!(dials.want(low, &addresses(&[ONE]), now), Step::Wait);
        assert_eq!(dials.want(low, &addresses(&[TWO]), now), Step::Wait);
        assert_eq!(dials.wake_at(), Some(now + plan::HIGHER_WAITS));
        assert_eq!(dials.due(now), []);
        assert_eq!(dials.due(now + plan::HIGHER_WAITS), [(low, Step::Dial(addresses(&[ONE, TWO])))]);

        let mut dials = Dials::new(low);
        dials.heard(high, now);
        assert_eq!(dials.want(high, &addresses(&[ONE]), now), Step::Dial(addresses(&[ONE])));
    }

    #[test]
    fn a_peer_heard_long_ago_had_its_time_to_dial() {
        let (low, high) = two();
        let now = Instant::now();
        let mut dials = Dials::new(high);
        dials.heard(low, now);
        let later = now + Duration::from_secs(60);
        dials.heard(low, later);
        assert_eq!(dials.want(low, &addresses(&[ONE]), later), Step::Dial(addresses(&[ONE])));
    }

    #[test]
    fn who_is_to_dial_is_not_dialled_until_their_time_is_over() {
        let (low, high) = two();
        let (now, within) = (Instant::now(), Duration::from_secs(10));
        let mut dials = Dials::new(low);
        dials.let_them(high, &addresses(&[ONE]), now + within);
        assert_eq!(dials.want(high, &addresses(&[ONE, TWO]), now), Step::Wait);
        assert_eq!(dials.due(now + within - Duration::from_millis(1)), []);
        assert_eq!(dials.due(now + within), [(high, Step::Dial(addresses(&[ONE, TWO])))]);
    }

    #[test]
    fn two_who_want_the_same_peer_share_one_dial() {
        let (low, high) = two();
        let now = Instant::now();
        let mut dials = Dials::new(low);
        assert_eq!(dials.want(high, &addresses(&[ONE]), now), Step::Dial(addresses(&[ONE])));
        dials.begun(&high, id(1), addresses(&[ONE]), Instant::now());
        assert_eq!(dials.want(high, &addresses(&[ONE, TWO]), now), Step::Wait);
        assert_eq!(dials.failed(high, id(1), vec![attempt(ONE)], Instant::now()), Step::Dial(addresses(&[TWO])));
        dials.begun(&high, id(2), addresses(&[TWO]), Instant::now());
        let tried = vec![attempt(ONE), attempt(TWO)];
        assert_eq!(dials.failed(high, id(2), vec![attempt(TWO)], Instant::now()), Step::NoRoute(tried));
    }

    #[test]
    fn the_wrong_node_at_one_address_does_not_spoil_the_others() {
        let (low, high) = two();
        let mut dials = Dials::new(low);
        dials.want(high, &addresses(&[ONE, TWO]), Instant::now());
        dials.begun(&high, id(1), addresses(&[ONE, TWO]), Instant::now());
        assert_eq!(dials.failed(high, id(1), vec![attempt(ONE)], Instant::now()), Step::Dial(addresses(&[TWO])));
    }

    #[test]
    fn dials_that_crossed_are_done_again_by_the_lower_id_first_and_only_once() {
        let (low, high) = two();
        let now = Instant::now();
        for (me, peer, wait) in [(low, high, Duration::ZERO), (high, low, plan::HIGHER_WAITS)] {
            let mut dials = Dials::new(me);
            dials.want(peer, &addresses(&[ONE]), now);
            dials.begun(&peer, id(1), addresses(&[ONE]), now);
            assert!(dials.crossed(&peer, id(1), now));
            assert_eq!(dials.wake_at(), Some(now + wait));
            assert_eq!(dials.due(now + wait), [(peer, Step::Dial(addresses(&[ONE])))]);
            dials.begun(&peer, id(2), addresses(&[ONE]), now);
            assert!(!dials.crossed(&peer, id(2), now));
        }
        let mut slow = Dials::new(low);
        slow.want(high, &addresses(&[ONE]), now);
        slow.begun(&high, id(1), addresses(&[ONE]), now);
        assert!(!slow.crossed(&high, id(1), now + CROSSED_WITHIN));
    }

    #[test]
    fn no_address_is_no_route_and_the_failure_of_another_dial_is_not_ours() {
        let (low, high) = two();
        let mut dials = Dials::new(low);
        assert_eq!(dials.want(high, &[], Instant::now()), Step::NoRoute(vec![]));
        dials.want(high, &addresses(&[ONE]), Instant::now());
        dials.begun(&high, id(1), addresses(&[ONE]), Instant::now());
        assert_eq!(dials.failed(high, id(9), vec![attempt(ONE)], Instant::now()), Step::Wait);
        dials.connected(&high);
        assert_eq!(dials.failed(high, id(1), vec![attempt(ONE)], Instant::now()), Step::Wait);
    }

    #[test]
    fn only_so_many_addresses_are_tried() {
        let (low, high) = two();
        let many: Vec<Multiaddr> =
            (1..100).map(|port| format!("/ip4/10.0.0.1/tcp/{port}").parse().expect("an address")).collect();
        let step = Dials::new(low).want(high, &many, Instant::now());
        assert!(matches!(step, Step::Dial(list) if list.len() == DIAL_ADDRESSES));
    }

    #[test]
    fn a_web_server_is_nothing_to_dial() {
        let (low, high) = two();
        let web = "/dns/alex.example/tcp/443/tls/http";
        let mut dials = Dials::new(low);
        assert_eq!(dials.want(high, &addresses(&[web]), Instant::now()), Step::NoRoute(vec![]));
        assert_eq!(dials.want(high, &addresses(&[web, ONE]), Instant::now()), Step::Dial(addresses(&[ONE])));
    }

    #[test]
    fn in_another_network_a_dial_begins_anew_with_all_its_addresses() {
        let (low, high) = two();
        let now = Instant::now();
        let mut dials = Dials::new(low);
        assert_eq!(dials.want(high, &addresses(&[ONE, TWO]), now), Step::Dial(addresses(&[ONE, TWO])));
        dials.begun(&high, id(1), addresses(&[ONE, TWO]), now);
        assert_eq!(dials.begin_anew(now), [high]);
        assert_eq!(dials.failed(high, id(1), vec![attempt(ONE)], now), Step::Wait, "the old dial is over");
        assert_eq!(dials.due(now), [(high, Step::Dial(addresses(&[ONE, TWO])))]);
        assert_eq!(dials.begin_anew(now), [], "nothing is under way");
    }

    #[test]
    fn a_peer_is_dialled_past_a_relay_that_went_wrong_and_over_it_when_no_other_leads_there() {
        let (low, high) = two();
        let now = Instant::now();
        let (bad, good) = (PeerId::random(), PeerId::random());
        let over = |relay: PeerId| format!("{ONE}/p2p/{relay}/p2p-circuit");
        let mut dials = Dials::new(low);
        dials.shun(high, bad, id(1), now);
        let all = addresses(&[&over(bad), TWO, &over(good)]);
        let first = addresses(&[TWO, &over(good)]);
        assert_eq!(dials.want(high, &all, now), Step::Dial(first.clone()));
        dials.begun(&high, id(2), first, now);
        let failed = vec![attempt(TWO), attempt(&over(good))];
        assert_eq!(dials.failed(high, id(2), failed, now), Step::Dial(addresses(&[&over(bad)])));
        dials.connected(&high);
        assert_eq!(dials.want(high, &all[..2], now), Step::Dial(all[..2].to_vec()), "the only relay is not put off");
    }
}
