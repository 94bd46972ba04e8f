//! The plan of whom to ask for a card, when, and when again (pure).
//!
//! Two nodes that find each other at the same moment would both dial, and end with two or three connections. So the
//! peer with the lower id dials at once, and the other one gives it [`HIGHER_WAITS`] to do so. One round trip
//! introduces both, because the request carries the asker's card.

use std::collections::HashMap;
use std::time::Duration;

use ai2ai_protocol::time::Timestamp;
use libp2p::PeerId;

/// Peers in the plan.
pub const PEERS: usize = 256;
/// Peers that are asked at the same time.
pub const ASKED_AT_ONCE: usize = 16;
/// Time for which the addresses of a peer are gathered before it is asked; they often come one by one.
pub const GATHER: Duration = Duration::from_millis(30);
/// Time for which the higher peer id waits for the lower one to dial. A first handshake takes up to 100 ms.
pub const HIGHER_WAITS: Duration = Duration::from_millis(250);
/// The shortest wait after a failure; it doubles with each one.
pub const RETRY_FIRST: Duration = Duration::from_secs(2);
/// The longest wait after a failure.
pub const RETRY_LAST: Duration = Duration::from_secs(10 * 60);
/// Time after which a card is asked for again.
pub const REFRESH: Duration = Duration::from_secs(6 * 3600);
/// Time after which a peer that does not speak AI2AI is asked again.
pub const STRANGER_WAITS: Duration = Duration::from_secs(3600);
/// An answer to a question comes within this time, or never.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// Returns how long `me` lets `peer` dial first when both have just found each other.
#[must_use]
pub fn patience(me: &PeerId, peer: &PeerId) -> Duration {
    if me < peer { Duration::ZERO } else { HIGHER_WAITS }
}

/// The task of one peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PlanStep {
    /// Ask at this time; so many questions have failed since the last answer.
    Ask { at: Timestamp, failures: u32 },
    /// A question is out.
    Asked { since: Timestamp, failures: u32 },
}

/// The plan: whom to ask, and when.
#[derive(Debug)]
pub struct Plan {
    me: PeerId,
    peers: HashMap<PeerId, PlanStep>,
}

impl Plan {
    /// An empty plan of the node `me`.
    #[must_use]
    pub fn new(me: PeerId) -> Self {
        Self { me, peers: HashMap::new() }
    }

    /// A source found the peer. A peer that is in the plan already keeps its place, unless questions to it have
    /// failed: what was found may be the address that works.
    pub fn found(&mut self, peer: PeerId, now: Timestamp) {
        let soon = now + GATHER + patience(&self.me, &peer);
        match self.peers.get_mut(&peer) {
            Some(PlanStep::Ask { at, failures }) if *failures > 0 => *at = soon.min(*at),
            Some(PlanStep::Ask { .. } | PlanStep::Asked { .. }) => {}
            None => self.put(peer, PlanStep::Ask { at: soon, failures: 0 }),
        }
    }

    /// Discards what was planned by an earlier clock: everybody who is to be asked some time is asked now.
    pub fn hurry(&mut self, now: Timestamp) {
        for step in self.peers.values_mut() {
            if let PlanStep::Ask { at, .. } = step {
                *at = now;
            }
        }
    }

    /// No source sees the peer any more: it is not asked again.
    pub fn gone(&mut self, peer: &PeerId) {
        self.peers.remove(peer);
    }

    /// Returns whom to ask now; they count as asked. At most [`ASKED_AT_ONCE`] questions are out at any time, and those that
    /// failed least come first.
    pub fn next(&mut self, now: Timestamp) -> Vec<PeerId> {
        self.give_up_on_the_silent(now);
        let free = ASKED_AT_ONCE.saturating_sub(self.questions_out());
        let mut due: Vec<(u32, Timestamp, PeerId)> = self
            .peers
            .iter()
            .filter_map(|(peer, step)| step.due(now).map(|(failures, at)| (failures, at, *peer)))
            .collect();
        due.sort_unstable();
        due.truncate(free);
        for (failures, _, peer) in &due {
            self.peers.insert(*peer, PlanStep::Asked { since: now, failures: *failures });
        }
        due.into_iter().map(|(_, _, peer)| peer).collect()
    }

    /// Returns when [`Plan::next`] will have something to say, if nothing else happens; `None` for never.
    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        let full = self.questions_out() >= ASKED_AT_ONCE;
        self.peers
            .values()
            .filter_map(|step| match *step {
                PlanStep::Asked { since, .. } => Some(since + ANSWER_WITHIN),
                PlanStep::Ask { at, .. } => (!full).then_some(at),
            })
            .min()
    }

    /// The peer gave its card, whether it was asked or not.
    pub fn answered(&mut self, peer: PeerId, now: Timestamp) {
        self.again(peer, now + REFRESH, 0);
    }

    /// A question failed. `jitter` is any random number: it keeps many nodes from coming back in step.
    pub fn failed(&mut self, peer: PeerId, now: Timestamp, jitter: u64) {
        let Some(failures) = self.peers.get(&peer).map(|step| step.failures().saturating_add(1)) else { return };
        self.again(peer, now + backoff(failures, jitter), failures);
    }

    /// The peer does not speak AI2AI.
    pub fn stranger(&mut self, peer: PeerId, now: Timestamp) {
        self.again(peer, now + STRANGER_WAITS, 0);
    }

    fn again(&mut self, peer: PeerId, at: Timestamp, failures: u32) {
        self.put(peer, PlanStep::Ask { at, failures });
    }

    fn put(&mut self, peer: PeerId, step: PlanStep) {
        let has_room = self.peers.contains_key(&peer) || self.peers.len() < PEERS || self.drop_the_hopeless();
        if has_room && peer != self.me {
            self.peers.insert(peer, step);
        }
    }

    /// Makes room by leaving out the peer that failed most, if any failed.
    fn drop_the_hopeless(&mut self) -> bool {
        let failed = self.peers.iter().filter(|(_, step)| step.failures() > 0);
        let worst = failed.max_by_key(|(_, step)| step.failures()).map(|(peer, _)| *peer);
        worst.is_some_and(|peer| self.peers.remove(&peer).is_some())
    }

    fn questions_out(&self) -> usize {
        self.peers.values().filter(|step| matches!(step, PlanStep::Asked { .. })).count()
    }

    /// An asker that never reports back must not hold its place for ever.
    fn give_up_on_the_silent(&mut self, now: Timestamp) {
        for step in self.peers.values_mut() {
            if let PlanStep::Asked { since, failures } = *step
                && (now.since(since) >= ANSWER_WITHIN || since > now)
            {
                let failures = failures.saturating_add(1);
                *step = PlanStep::Ask { at: now + backoff(failures, 0), failures };
            }
        }
    }
}

impl PlanStep {
    fn failures(self) -> u32 {
        match self {
            PlanStep::Ask { failures, .. } | PlanStep::Asked { failures, .. } => failures,
        }
    }

    /// Failures so far and since when it is due, if it is due. A wait longer than any that is ever given means that
    /// the clock was set back: then it is due as well.
    fn due(self, now: Timestamp) -> Option<(u32, Timestamp)> {
        match self {
            PlanStep::Ask { at, failures } if at <= now || at > now + REFRESH => Some((failures, at)),
            PlanStep::Ask { .. } | PlanStep::Asked { .. } => None,
        }
    }
}

/// Doubling from [`RETRY_FIRST`] to [`RETRY_LAST`], and up to half as much again by chance.
fn backoff(failures: u32, jitter: u64) -> Duration {
    let doubled = RETRY_FIRST.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(RETRY_LAST);
    let half = u64::try_from(doubled.as_millis() / 2).unwrap_or(u64::MAX).max(1);
    doubled + Duration::from_millis(jitter % half)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(0) + Duration::from_millis(millis)
    }

    /// Two ids, the lower first.
    fn two() -> (PeerId, PeerId) {
        let a = PeerId::random();
        let b = PeerId::random();
        (a.min(b), a.max(b))
    }

    #[test]
    fn the_lower_id_asks_at_once_and_the_higher_gives_it_time() {
        let (low, high) = two();
        let mut of_low = Plan::new(low);
        let mut of_high = Plan::new(high);
        of_low.found(high, at(0));
        of_high.found(low, at(0));
        assert_eq!(of_low.wake_at(), Some(at(30)));
        assert_eq!(of_low.next(at(30)), [high]);
        assert_eq!(of_high.next(at(30)), []);
        assert_eq!(of_high.next(at(280)), [low]);
    }

    #[test]
    fn who_showed_a_card_is_not_asked_for_it() {
        let (low, high) = two();
        let mut plan = Plan::new(high);
        plan.found(low, at(0));
        plan.answered(low, at(100));
        assert_eq!(plan.next(at(60_000)), []);
        assert_eq!(plan.next(at(100) + REFRESH), [low]);
    }

    #[test]
    fn failures_wait_longer_each_time_and_never_for_ever() {
        let (low, high) = two();
        let mut plan = Plan::new(low);
        plan.found(high, at(0));
        let mut now = at(30);
        let mut waits = Vec::new();
        for _ in 0..14 {
            assert_eq!(plan.next(now), [high]);
            plan.failed(high, now, 0);
            let next = plan.wake_at().expect("a next time");
            waits.push(next.since(now));
            now = next;
        }
        assert_eq!(&waits[..3], [2, 4, 8].map(Duration::from_secs));
        assert_eq!(waits.last(), Some(&RETRY_LAST));
    }

    #[test]
    fn a_new_address_is_tried_without_waiting_out_the_failures() {
        let (low, high) = two();
        let mut plan = Plan::new(low);
        plan.found(high, at(0));
        plan.next(at(30));
        plan.failed(high, at(40), 0);
        plan.found(high, at(50));
        assert_eq!(plan.wake_at(), Some(at(80)));
        plan.next(at(80));
        plan.stranger(high, at(90));
        plan.found(high, at(100));
        assert_eq!(plan.wake_at(), Some(at(90) + STRANGER_WAITS), "a stranger is left alone");
    }

    #[test]
    fn only_so_many_are_asked_at_once_and_an_answer_frees_a_place() {
        let mut plan = Plan::new(PeerId::random());
        for _ in 0..2 * PEERS {
            plan.found(PeerId::random(), at(0));
        }
        assert_eq!(plan.peers.len(), PEERS);
        let asked = plan.next(at(1_000));
        assert_eq!(asked.len(), ASKED_AT_ONCE);
        assert_eq!(plan.next(at(1_000)), []);
        assert_eq!(plan.wake_at(), Some(at(1_000) + ANSWER_WITHIN));
        plan.failed(asked[0], at(1_100), 0);
        assert_eq!(plan.next(at(1_100)).len(), 1);
    }

    #[test]
    fn a_flood_of_names_that_nobody_answers_to_gives_way_to_a_newcomer() {
        let (low, high) = two();
        let mut plan = Plan::new(low);
        for _ in 0..PEERS {
            plan.found(PeerId::random(), at(0));
        }
        plan.found(high, at(1));
        assert!(!plan.peers.contains_key(&high));
        let asked = plan.next(at(1_000));
        plan.failed(asked[0], at(1_000), 0);
        plan.found(high, at(1_000));
        assert!(plan.peers.contains_key(&high) && plan.peers.len() == PEERS);
    }

    #[test]
    fn a_question_whose_asker_vanished_is_put_again() {
        let (low, high) = two();
        let mut plan = Plan::new(low);
        plan.found(high, at(0));
        assert_eq!(plan.next(at(30)), [high]);
        let late = at(30) + ANSWER_WITHIN;
        assert_eq!(plan.next(late), []);
        assert_eq!(plan.next(late + RETRY_FIRST), [high]);
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nothing() {
        let (low, high) = two();
        let mut plan = Plan::new(low);
        plan.answered(high, at(1_000_000_000));
        assert_eq!(plan.next(at(0)), [high]);
        assert_eq!(plan.next(at(0)), []);
        plan.failed(high, at(600_000), 0);
        assert_eq!(plan.next(at(1)), [], "ten minutes may be a wait that was given");
        plan.hurry(at(1));
        assert_eq!(plan.next(at(1)), [high], "who knows that the clock was turned does not wait for it");
    }

    #[test]
    fn who_is_gone_is_left_alone() {
        let (low, high) = two();
        let mut plan = Plan::new(low);
        plan.found(high, at(0));
        plan.gone(&high);
        assert_eq!((plan.next(at(1_000)), plan.wake_at()), (vec![], None));
        plan.failed(high, at(1_000), 0);
        assert_eq!(plan.wake_at(), None);
    }

    proptest! {
        #[test]
        fn a_wait_lies_between_the_bounds(failures in 1..u32::MAX, jitter: u64) {
            let wait = backoff(failures, jitter);
            prop_assert!(wait >= RETRY_FIRST && wait <= RETRY_LAST * 3 / 2);
        }
    }
}
