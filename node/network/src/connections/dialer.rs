//! Dialer: dials under way, and peers that are let dial first (pure).

use std::collections::HashMap;
use std::time::Instant;

use ai2ai_discovery::address::split_peer;
use ai2ai_discovery::plan;
use ai2ai_discovery::web::https::is_of_web;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};

use crate::connections::relay_backoff::RelayBackoff;
use crate::error::DialAttempt;
use crate::limits::{CROSSED_WITHIN, DIAL_ADDRESSES, HEARD};

/// Next step about a peer that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DialStep {
    /// Dial these addresses, all at once.
    Dial(Vec<Multiaddr>),
    /// Nothing for now: a dial is under way, ours or theirs.
    Wait,
    /// Every address was tried.
    NoRoute(Vec<DialAttempt>),
}

#[derive(Debug)]
enum DialStage {
    /// The peer has just seen us too, and dials first.
    LetsThem { until: Instant },
    /// We dial these.
    Dialling { connection: ConnectionId, addresses: Vec<Multiaddr>, since: Instant },
}

#[derive(Debug)]
struct Dial {
    stage: DialStage,
    /// Our dial met theirs half-way, and has been put off once.
    has_crossed: bool,
    untried: Vec<Multiaddr>,
    tried: Vec<DialAttempt>,
}

/// The dials under way, at most one for each peer.
#[derive(Debug)]
pub(crate) struct Dialer {
    me: PeerId,
    heard: HashMap<PeerId, Instant>,
    by_peer: HashMap<PeerId, Dial>,
    backoff: RelayBackoff,
}

impl Dialer {
    pub(crate) fn new(me: PeerId) -> Self {
        Self { me, heard: HashMap::new(), by_peer: HashMap::new(), backoff: RelayBackoff::default() }
    }

    /// mDNS heard the peer for the first time, so it has heard us as well.
    pub(crate) fn heard(&mut self, peer: PeerId, now: Instant) {
        if self.heard.len() < HEARD {
            self.heard.entry(peer).or_insert(now);
        }
    }

    /// mDNS no longer hears the peer.
    pub(crate) fn gone(&mut self, peer: &PeerId) {
        self.heard.remove(peer);
    }

    /// Somebody wants to reach the peer, which may be at these addresses.
    pub(crate) fn want(&mut self, peer: PeerId, addresses: &[Multiaddr], now: Instant) -> DialStep {
        let until = self.heard.get(&peer).map(|heard| *heard + plan::patience(&self.me, &peer));
        let is_new = !self.by_peer.contains_key(&peer);
        let dial = self.by_peer.entry(peer).or_insert_with(|| Dial::letting_them(until.unwrap_or(now)));
        dial.offer(addresses);
        match dial.stage {
            DialStage::LetsThem { until } if is_new && until <= now => self.advance(peer, now),
            DialStage::LetsThem { .. } | DialStage::Dialling { .. } => DialStep::Wait,
        }
    }

    /// The peer is to dial until then: whoever wants it waits.
    pub(crate) fn let_them(&mut self, peer: PeerId, addresses: &[Multiaddr], until: Instant) {
        let mut dial = Dial::letting_them(until);
        dial.offer(addresses);
        self.by_peer.insert(peer, dial);
    }

    /// The dial that [`DialStep::Dial`] asked for has begun.
    pub(crate) fn begun(&mut self, peer: &PeerId, connection: ConnectionId, addresses: Vec<Multiaddr>, now: Instant) {
        if let Some(dial) = self.by_peer.get_mut(peer) {
            dial.stage = DialStage::Dialling { connection, addresses, since: now };
        }
    }

    /// The addresses of a dial of ours that is under way.
    pub(crate) fn addresses(&self, peer: &PeerId, connection: ConnectionId) -> Option<&[Multiaddr]> {
        match &self.by_peer.get(peer)?.stage {
            DialStage::Dialling { connection: ours, addresses, .. } if *ours == connection => Some(addresses),
            DialStage::LetsThem { .. } | DialStage::Dialling { .. } => None,
        }
    }

    /// A dial of ours failed. One address with the wrong node behind it ends the dial of all, so those that were not
    /// found wanting get another.
    pub(crate) fn failed(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        attempts: Vec<DialAttempt>,
        now: Instant,
    ) -> DialStep {
        let Some(dial) = self.by_peer.get_mut(&peer) else { return DialStep::Wait };
        let DialStage::Dialling { connection: ours, addresses, .. } = &mut dial.stage else { return DialStep::Wait };
        if *ours != connection {
            return DialStep::Wait;
        }
        let dialled = std::mem::take(addresses);
        if attempts.is_empty() {
            self.by_peer.remove(&peer);
            return DialStep::NoRoute(vec![]);
        }
        dial.tried.extend(attempts);
        dial.offer(&dialled);
        self.advance(peer, now)
    }

    /// A dial of ours failed in the handshake. If that was at once, it probably met theirs half-way: it is done again,
    /// by the lower id first. Whether it is; only once.
    pub(crate) fn crossed(&mut self, peer: &PeerId, connection: ConnectionId, now: Instant) -> bool {
        let patience = plan::patience(&self.me, peer);
        let Some(dial) = self.by_peer.get_mut(peer) else { return false };
        let DialStage::Dialling { connection: ours, addresses, since } = &mut dial.stage else { return false };
        let is_sudden = now.saturating_duration_since(*since) < CROSSED_WITHIN;
        if *ours != connection || !is_sudden || dial.has_crossed {
            return false;
        }
        dial.untried.append(addresses);
        dial.has_crossed = true;
        dial.stage = DialStage::LetsThem { until: now + patience };
        true
    }

    /// The peer is connected, whoever dialled.
    pub(crate) fn connected(&mut self, peer: &PeerId) {
        self.by_peer.remove(peer);
    }

    /// A connection with the peer went wrong over this relay.
    pub(crate) fn back_off(&mut self, peer: PeerId, relay: PeerId, connection: ConnectionId, now: Instant) {
        tracing::debug!(%peer, %relay, "a connection over a relay went wrong: the others are dialled first");
        self.backoff.back_off(peer, relay, connection, now);
    }

    /// This machine is in another network: the dials that were under way begin anew, and lead nowhere as they are. The peers that were
    /// dialled.
    pub(crate) fn begin_anew(&mut self, now: Instant) -> Vec<PeerId> {
        self.backoff.forget();
        let mut dialled = Vec::new();
        for (peer, dial) in &mut self.by_peer {
            if let DialStage::Dialling { addresses, .. } = &mut dial.stage {
                let tried = std::mem::take(&mut dial.tried).into_iter().map(|attempt| attempt.address);
                let again: Vec<Multiaddr> = std::mem::take(addresses).into_iter().chain(tried).collect();
                dial.stage = DialStage::LetsThem { until: now };
                dial.offer(&again);
                dialled.push(*peer);
            }
        }
        dialled
    }

    /// When [`Dialer::due`] has something to say.
    pub(crate) fn wake_at(&self) -> Option<Instant> {
        let waits = self.by_peer.values().filter_map(|dial| match dial.stage {
            DialStage::LetsThem { until } => Some(until),
            DialStage::Dialling { .. } => None,
        });
        waits.min()
    }

    /// The peers that had their time to dial and did not.
    pub(crate) fn due(&mut self, now: Instant) -> Vec<(PeerId, DialStep)> {
        let late = |dial: &Dial| matches!(dial.stage, DialStage::LetsThem { until } if until <= now);
        let peers: Vec<PeerId> = self.by_peer.iter().filter(|(_, dial)| late(dial)).map(|(peer, _)| *peer).collect();
        peers.into_iter().map(|peer| (peer, self.advance(peer, now))).collect()
    }

    fn advance(&mut self, peer: PeerId, now: Instant) -> DialStep {
        let Some(dial) = self.by_peer.get_mut(&peer) else { return DialStep::Wait };
        if dial.untried.is_empty() {
            let tried = std::mem::take(&mut dial.tried);
            self.by_peer.remove(&peer);
            return DialStep::NoRoute(tried);
        }
        DialStep::Dial(self.backoff.take_first(&peer, &mut dial.untried, now))
    }
}

impl Dial {
    fn letting_them(until: Instant) -> Self {
        Self { stage: DialStage::LetsThem { until }, has_crossed: false, untried: Vec::new(), tried: Vec::new() }
    }

    /// Takes in those addresses that are neither waiting, nor being dialled, nor tried in vain. Those of web servers are not dialled.
    fn offer(&mut self, addresses: &[Multiaddr]) {
        for address in addresses.iter().filter(|address| !is_of_web(address)) {
            let bare = split_peer(address).0;
            let dialling = match &self.stage {
                DialStage::Dialling { addresses, .. } => addresses.contains(&bare),
                DialStage::LetsThem { .. } => false,
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
    use std::time::Duration;

    use super::*;

    /// Two ids, the lower first.
    fn two() -> (PeerId, PeerId) {
        let a = PeerId::random();
        let b = PeerId::random();
        (a.min(b), a.max(b))
    }

    fn addresses(texts: &[&str]) -> Vec<Multiaddr> {
        texts.iter().map(|text| text.parse().expect("an address")).collect()
    }

    fn attempt(text: &str) -> DialAttempt {
        DialAttempt { address: text.parse().expect("an address"), reason: "connection refused".into() }
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
            let mut dialer = Dialer::new(me);
            assert_eq!(dialer.want(peer, &addresses(&[ONE]), now), DialStep::Dial(addresses(&[ONE])));
        }
    }

    #[test]
    fn the_higher_id_lets_the_lower_dial_first() {
        let (low, high) = two();
        let now = Instant::now();
        let mut dialer = Dialer::new(high);
        dialer.heard(low, now);
        assert_eq!(dialer.want(low, &addresses(&[ONE]), now), DialStep::Wait);
        assert_eq!(dialer.want(low, &addresses(&[TWO]), now), DialStep::Wait);
        assert_eq!(dialer.wake_at(), Some(now + plan::HIGHER_WAITS));
        assert_eq!(dialer.due(now), []);
        assert_eq!(dialer.due(now + plan::HIGHER_WAITS), [(low, DialStep::Dial(addresses(&[ONE, TWO])))]);

        let mut dialer = Dialer::new(low);
        dialer.heard(high, now);
        assert_eq!(dialer.want(high, &addresses(&[ONE]), now), DialStep::Dial(addresses(&[ONE])));
    }

    #[test]
    fn a_peer_heard_long_ago_had_its_time_to_dial() {
        let (low, high) = two();
        let now = Instant::now();
        let mut dialer = Dialer::new(high);
        dialer.heard(low, now);
        let later = now + Duration::from_secs(60);
        dialer.heard(low, later);
        assert_eq!(dialer.want(low, &addresses(&[ONE]), later), DialStep::Dial(addresses(&[ONE])));
    }

    #[test]
    fn who_is_to_dial_is_not_dialled_until_their_time_is_over() {
        let (low, high) = two();
        let now = Instant::now();
        let within = Duration::from_secs(10);
        let mut dialer = Dialer::new(low);
        dialer.let_them(high, &addresses(&[ONE]), now + within);
        assert_eq!(dialer.want(high, &addresses(&[ONE, TWO]), now), DialStep::Wait);
        assert_eq!(dialer.due(now + within - Duration::from_millis(1)), []);
        assert_eq!(dialer.due(now + within), [(high, DialStep::Dial(addresses(&[ONE, TWO])))]);
    }

    #[test]
    fn two_who_want_the_same_peer_share_one_dial() {
        let (low, high) = two();
        let now = Instant::now();
        let mut dialer = Dialer::new(low);
        assert_eq!(dialer.want(high, &addresses(&[ONE]), now), DialStep::Dial(addresses(&[ONE])));
        dialer.begun(&high, id(1), addresses(&[ONE]), Instant::now());
        assert_eq!(dialer.want(high, &addresses(&[ONE, TWO]), now), DialStep::Wait);
        assert_eq!(dialer.failed(high, id(1), vec![attempt(ONE)], Instant::now()), DialStep::Dial(addresses(&[TWO])));
        dialer.begun(&high, id(2), addresses(&[TWO]), Instant::now());
        let tried = vec![attempt(ONE), attempt(TWO)];
        assert_eq!(dialer.failed(high, id(2), vec![attempt(TWO)], Instant::now()), DialStep::NoRoute(tried));
    }

    #[test]
    fn the_wrong_node_at_one_address_does_not_spoil_the_others() {
        let (low, high) = two();
        let mut dialer = Dialer::new(low);
        dialer.want(high, &addresses(&[ONE, TWO]), Instant::now());
        dialer.begun(&high, id(1), addresses(&[ONE, TWO]), Instant::now());
        assert_eq!(dialer.failed(high, id(1), vec![attempt(ONE)], Instant::now()), DialStep::Dial(addresses(&[TWO])));
    }

    #[test]
    fn dials_that_crossed_are_done_again_by_the_lower_id_first_and_only_once() {
        let (low, high) = two();
        let now = Instant::now();
        for (me, peer, wait) in [(low, high, Duration::ZERO), (high, low, plan::HIGHER_WAITS)] {
            let mut dialer = Dialer::new(me);
            dialer.want(peer, &addresses(&[ONE]), now);
            dialer.begun(&peer, id(1), addresses(&[ONE]), now);
            assert!(dialer.crossed(&peer, id(1), now));
            assert_eq!(dialer.wake_at(), Some(now + wait));
            assert_eq!(dialer.due(now + wait), [(peer, DialStep::Dial(addresses(&[ONE])))]);
            dialer.begun(&peer, id(2), addresses(&[ONE]), now);
            assert!(!dialer.crossed(&peer, id(2), now));
        }
        let mut slow = Dialer::new(low);
        slow.want(high, &addresses(&[ONE]), now);
        slow.begun(&high, id(1), addresses(&[ONE]), now);
        assert!(!slow.crossed(&high, id(1), now + CROSSED_WITHIN));
    }

    #[test]
    fn no_address_is_no_route_and_the_failure_of_another_dial_is_not_ours() {
        let (low, high) = two();
        let mut dialer = Dialer::new(low);
        assert_eq!(dialer.want(high, &[], Instant::now()), DialStep::NoRoute(vec![]));
        dialer.want(high, &addresses(&[ONE]), Instant::now());
        dialer.begun(&high, id(1), addresses(&[ONE]), Instant::now());
        assert_eq!(dialer.failed(high, id(9), vec![attempt(ONE)], Instant::now()), DialStep::Wait);
        dialer.connected(&high);
        assert_eq!(dialer.failed(high, id(1), vec![attempt(ONE)], Instant::now()), DialStep::Wait);
    }

    #[test]
    fn only_so_many_addresses_are_tried() {
        let (low, high) = two();
        let many: Vec<Multiaddr> =
            (1..100).map(|port| format!("/ip4/10.0.0.1/tcp/{port}").parse().expect("an address")).collect();
        let step = Dialer::new(low).want(high, &many, Instant::now());
        assert!(matches!(step, DialStep::Dial(list) if list.len() == DIAL_ADDRESSES));
    }

    #[test]
    fn a_web_server_is_nothing_to_dial() {
        let (low, high) = two();
        let web = "/dns/alex.example/tcp/443/tls/http";
        let mut dialer = Dialer::new(low);
        assert_eq!(dialer.want(high, &addresses(&[web]), Instant::now()), DialStep::NoRoute(vec![]));
        assert_eq!(dialer.want(high, &addresses(&[web, ONE]), Instant::now()), DialStep::Dial(addresses(&[ONE])));
    }

    #[test]
    fn in_another_network_a_dial_begins_anew_with_all_its_addresses() {
        let (low, high) = two();
        let now = Instant::now();
        let mut dialer = Dialer::new(low);
        assert_eq!(dialer.want(high, &addresses(&[ONE, TWO]), now), DialStep::Dial(addresses(&[ONE, TWO])));
        dialer.begun(&high, id(1), addresses(&[ONE, TWO]), now);
        assert_eq!(dialer.begin_anew(now), [high]);
        assert_eq!(dialer.failed(high, id(1), vec![attempt(ONE)], now), DialStep::Wait, "the old dial is over");
        assert_eq!(dialer.due(now), [(high, DialStep::Dial(addresses(&[ONE, TWO])))]);
        assert_eq!(dialer.begin_anew(now), [], "nothing is under way");
    }

    #[test]
    fn a_peer_is_dialled_past_a_relay_that_went_wrong_and_over_it_when_no_other_leads_there() {
        let (low, high) = two();
        let now = Instant::now();
        let bad = PeerId::random();
        let good = PeerId::random();
        let over = |relay: PeerId| format!("{ONE}/p2p/{relay}/p2p-circuit");
        let mut dialer = Dialer::new(low);
        dialer.back_off(high, bad, id(1), now);
        let all = addresses(&[&over(bad), TWO, &over(good)]);
        let first = addresses(&[TWO, &over(good)]);
        assert_eq!(dialer.want(high, &all, now), DialStep::Dial(first.clone()));
        dialer.begun(&high, id(2), first, now);
        let failed = vec![attempt(TWO), attempt(&over(good))];
        assert_eq!(dialer.failed(high, id(2), failed, now), DialStep::Dial(addresses(&[&over(bad)])));
        dialer.connected(&high);
        assert_eq!(
            dialer.want(high, &all[..2], now),
            DialStep::Dial(all[..2].to_vec()),
            "the only relay is not put off"
        );
    }
}
