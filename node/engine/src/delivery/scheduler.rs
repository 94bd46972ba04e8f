//! Scheduler of delivery: one worker per recipient, while others go on; and how each recipient does.
//!
//! A recipient who fails again and again is left alone for a while, and tried again once they are seen by any source.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ai2ai_protocol::delivery::{Breaker, BreakerEvent};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::time::Timestamp;
use tokio::sync::Notify;

/// Recipients that are remembered; beyond it, how those do to whom nothing is on its way is forgotten.
const LANES_KEPT: usize = 4_096;
/// Interval at which a worker for somebody who is left alone starts, only to leave what waits in their mailbox.
const LEFT_EVERY: Duration = Duration::from_secs(5);

/// Workers that run, and how their recipients do.
#[derive(Debug, Default)]
pub(crate) struct Scheduler(HashMap<Did, Lane>);

#[derive(Debug, Default)]
struct Lane {
    breaker: Breaker,
    running: Option<Running>,
    /// Moment, while they are left alone, when something can be left in their mailbox again.
    leave_at: Option<Timestamp>,
}

#[derive(Debug)]
struct Running {
    wake: Arc<Notify>,
    /// Something was wanted since it started.
    again: bool,
    /// They were seen since.
    seen: bool,
    /// The breaker before it started.
    before: Breaker,
}

/// Input of a worker that starts.
#[derive(Debug)]
pub(crate) struct Start {
    /// Tells it that there may be more.
    pub wake: Arc<Notify>,
    /// State of the recipient so far.
    pub breaker: Breaker,
    /// The recipient is left alone: it is only to leave in their mailbox what waits.
    pub only_leaves: bool,
}

/// Outcome of the attempts of a worker.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Went {
    /// The recipient answered something.
    pub answered: bool,
    /// The last attempt brought no answer.
    pub failed: bool,
}

/// Step after a worker has ended.
#[derive(Debug)]
pub(crate) enum Next {
    /// Nothing.
    Rest,
    /// The worker starts once more.
    Start(Start),
    /// The recipient was seen while an attempt failed: what waits for them is due at once.
    Hurry,
    /// The recipient is left alone until then, or until they are seen.
    LeftAlone(Timestamp),
}

impl Scheduler {
    /// Asks for a worker, because something waits for this recipient. One that runs looks once more; else one is to be started,
    /// unless the recipient is left alone.
    #[must_use]
    pub(crate) fn want(&mut self, to: Did, now: Timestamp) -> Option<Start> {
        if self.0.len() >= LANES_KEPT {
            self.0.retain(|_, lane| lane.running.is_some());
        }
        let lane = self.0.entry(to).or_default();
        if let Some(running) = &mut lane.running {
            running.again = true;
            running.wake.notify_one();
            return None;
        }
        lane.breaker.allows(now).then(|| lane.start(now))
    }

    /// Asks for a worker that only leaves in a mailbox what waits for a recipient who is left alone: it brings them nothing.
    #[must_use]
    pub(crate) fn leave(&mut self, to: &Did, now: Timestamp) -> Option<Start> {
        let lane = self.0.get_mut(to).filter(|lane| lane.running.is_none() && !lane.breaker.allows(now))?;
        // A clock that was set back is no reason to wait for long.
        let is_due = lane.leave_at.is_none_or(|at| at <= now || at > now + LEFT_EVERY);
        is_due.then(|| {
            lane.leave_at = Some(now + LEFT_EVERY);
            lane.run(lane.breaker, true)
        })
    }

    /// Notes that a recipient was seen, by whatever source: they are worth an attempt at once.
    pub(crate) fn seen(&mut self, who: &Did, now: Timestamp) {
        if let Some(lane) = self.0.get_mut(who) {
            lane.breaker = lane.breaker.on(BreakerEvent::Seen, now, 0);
            if let Some(running) = &mut lane.running {
                running.seen = true;
            }
        }
    }

    /// Leaves nobody alone any more: this machine is in another network.
    pub(crate) fn seen_all(&mut self, now: Timestamp) {
        for lane in self.0.values_mut() {
            lane.breaker = lane.breaker.on(BreakerEvent::Seen, now, 0);
        }
    }

    /// Notes that a worker has ended.
    #[must_use]
    pub(crate) fn ended(&mut self, to: &Did, went: Went, now: Timestamp, jitter: u64) -> Next {
        let Some(lane) = self.0.get_mut(to) else { return Next::Rest };
        let Some(running) = lane.running.take() else { return Next::Rest };
        lane.breaker = lane.after(went, running.before, now, jitter);
        let next = match lane.breaker {
            _ if went.failed && running.seen => {
                lane.breaker = lane.breaker.on(BreakerEvent::Seen, now, jitter);
                Next::Hurry
            }
            Breaker::Open { until, .. } if went.failed => Next::LeftAlone(until),
            Breaker::Closed { .. } | Breaker::Open { .. } | Breaker::HalfOpen { .. } => {
                if running.again && !went.failed && lane.breaker.allows(now) {
                    Next::Start(lane.start(now))
                } else {
                    Next::Rest
                }
            }
        };
        if lane.running.is_none() && lane.breaker == Breaker::default() {
            self.0.remove(to);
        }
        next
    }
}

impl Lane {
    fn start(&mut self, now: Timestamp) -> Start {
        let before = self.breaker;
        self.breaker = before.on(BreakerEvent::Attempted, now, 0);
        self.run(before, false)
    }

    fn run(&mut self, before: Breaker, only_leaves: bool) -> Start {
        let wake = Arc::new(Notify::new());
        self.running = Some(Running { wake: Arc::clone(&wake), again: false, seen: false, before });
        Start { wake, breaker: self.breaker, only_leaves }
    }

    /// State of the breaker after a worker. One that tried nothing says nothing.
    fn after(&self, went: Went, before: Breaker, now: Timestamp, jitter: u64) -> Breaker {
        match went {
            Went { answered: false, failed: false } => before,
            Went { answered: true, failed: false } => self.breaker.on(BreakerEvent::Answered, now, jitter),
            Went { answered: false, failed: true } => self.breaker.on(BreakerEvent::Failed, now, jitter),
            Went { answered: true, failed: true } => {
                self.breaker.on(BreakerEvent::Answered, now, jitter).on(BreakerEvent::Failed, now, jitter)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ai2ai_protocol::limits::{BREAKER_FAILURES, BREAKER_MOST};

    use super::*;

    const ANSWERED: Went = Went { answered: true, failed: false };
    const FAILED: Went = Went { answered: false, failed: true };

    fn to() -> Did {
        Did::from_bytes([7; 32])
    }

    fn now() -> Timestamp {
        Timestamp::from_millis(1_770_000_000_000)
    }

    /// Makes a scheduler with a recipient who has not answered for an hour.
    fn after_an_hour_of_silence() -> (Scheduler, Timestamp) {
        let mut lanes = Scheduler::default();
        let mut at = now();
        while at < now() + Duration::from_secs(3_600) {
            if lanes.want(to(), at).is_some() {
                drop(lanes.ended(&to(), FAILED, at, 0));
            }
            at = at + Duration::from_secs(1);
        }
        (lanes, at)
    }

    #[test]
    fn one_lane_runs_and_nothing_that_came_meanwhile_is_forgotten() {
        let mut lanes = Scheduler::default();
        assert!(lanes.want(to(), now()).is_some());
        assert!(lanes.want(to(), now()).is_none());
        assert!(matches!(lanes.ended(&to(), ANSWERED, now(), 0), Next::Start(_)));
        assert!(matches!(lanes.ended(&to(), ANSWERED, now(), 0), Next::Rest));
        assert!(lanes.0.is_empty());
        assert!(lanes.want(to(), now()).is_some());
    }

    #[test]
    fn who_fails_again_and_again_is_left_alone_and_others_are_not() {
        let mut lanes = Scheduler::default();
        for failures in 1..=BREAKER_FAILURES {
            assert!(lanes.want(to(), now()).is_some(), "{failures}");
            let left_alone = matches!(lanes.ended(&to(), FAILED, now(), 0), Next::LeftAlone(_));
            assert_eq!(left_alone, failures == BREAKER_FAILURES);
        }
        assert!(lanes.want(to(), now()).is_none());
        assert!(lanes.want(Did::from_bytes([8; 32]), now()).is_some());
        assert!(lanes.want(to(), now() + BREAKER_MOST).is_some());
    }

    #[test]
    fn an_hour_of_silence_costs_few_attempts_and_being_seen_ends_it_at_once() {
        let (mut lanes, at) = after_an_hour_of_silence();
        assert!(lanes.want(to(), at).is_none());
        lanes.seen(&to(), at);
        assert!(lanes.want(to(), at).is_some());
        assert!(matches!(lanes.ended(&to(), ANSWERED, at, 0), Next::Rest));
        assert!(lanes.0.is_empty());
    }

    #[test]
    fn a_lane_that_had_nothing_to_bring_leaves_the_way_open() {
        let (mut lanes, at) = after_an_hour_of_silence();
        lanes.seen(&to(), at);
        assert!(lanes.want(to(), at).is_some());
        assert!(matches!(lanes.ended(&to(), Went::default(), at, 0), Next::Rest));
        assert!(lanes.want(to(), at).is_some());
    }

    #[test]
    fn who_is_seen_while_an_old_attempt_fails_is_tried_again_at_once() {
        let (mut lanes, at) = after_an_hour_of_silence();
        let later = at + BREAKER_MOST;
        assert!(lanes.want(to(), later).is_some());
        lanes.seen(&to(), later);
        assert!(matches!(lanes.ended(&to(), FAILED, later, 0), Next::Hurry));
        assert!(lanes.want(to(), later).is_some());
    }

    #[test]
    fn for_whom_is_left_alone_something_is_left_in_their_mailbox_now_and_then() {
        let (mut lanes, at) = after_an_hour_of_silence();
        assert!(lanes.want(to(), at).is_none());
        assert!(lanes.leave(&to(), at).expect("a lane").only_leaves);
        assert!(lanes.want(to(), at).is_none() && lanes.leave(&to(), at).is_none(), "it runs");
        assert!(matches!(lanes.ended(&to(), Went::default(), at, 0), Next::Rest));
        assert!(lanes.want(to(), at).is_none(), "they are left alone as before");
        assert!(lanes.leave(&to(), at).is_none() && lanes.leave(&to(), at + LEFT_EVERY).is_some());
        let mut lanes = Scheduler::default();
        assert!(lanes.leave(&to(), at).is_none(), "nobody is left alone");
        assert!(lanes.want(to(), at).is_some() && lanes.leave(&to(), at).is_none());
    }

    #[test]
    fn what_is_remembered_has_a_bound() {
        let mut lanes = Scheduler::default();
        for number in 0..3 * LANES_KEPT {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
            let who = Did::from_bytes(bytes);
            assert!(lanes.want(who, now()).is_some());
            drop(lanes.ended(&who, FAILED, now(), 0));
        }
        assert!(lanes.0.len() <= LANES_KEPT);
    }
}
