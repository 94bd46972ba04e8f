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
const REMEMBERED: usize = 4_096;
/// Interval at which a worker for somebody who is left alone starts, only to leave what waits in their mailbox.
const LEFT_EVERY: Duration = Duration::from_secs(5);

/// Workers that run, and how their recipients do.
#[derive(Debug, Default)]
pub(crate) struct Scheduler(HashMap<Did, Recipient>);

/// Recipient, and the worker that runs for them.
#[derive(Debug, Default)]
struct Recipient {
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
        if self.0.len() >= REMEMBERED {
            self.0.retain(|_, recipient| recipient.running.is_some());
        }
        let recipient = self.0.entry(to).or_default();
        if let Some(running) = &mut recipient.running {
            running.again = true;
            running.wake.notify_one();
            return None;
        }
        recipient.breaker.allows(now).then(|| recipient.start(now))
    }

    /// Asks for a worker that only leaves in a mailbox what waits for a recipient who is left alone: it brings them nothing.
    #[must_use]
    pub(crate) fn leave(&mut self, to: &Did, now: Timestamp) -> Option<Start> {
        let recipient =
            self.0.get_mut(to).filter(|recipient| recipient.running.is_none() && !recipient.breaker.allows(now))?;
        // A clock that was set back is no reason to wait for long.
        let is_due = recipient.leave_at.is_none_or(|at| at <= now || at > now + LEFT_EVERY);
        is_due.then(|| {
            recipient.leave_at = Some(now + LEFT_EVERY);
            recipient.run(recipient.breaker, true)
        })
    }

    /// Notes that a recipient was seen, by whatever source: they are worth an attempt at once.
    pub(crate) fn seen(&mut self, who: &Did, now: Timestamp) {
        if let Some(recipient) = self.0.get_mut(who) {
            recipient.breaker = recipient.breaker.on(BreakerEvent::Seen, now, 0);
            if let Some(running) = &mut recipient.running {
                running.seen = true;
            }
        }
    }

    /// Leaves nobody alone any more: this machine is in another network.
    pub(crate) fn seen_all(&mut self, now: Timestamp) {
        for recipient in self.0.values_mut() {
            recipient.breaker = recipient.breaker.on(BreakerEvent::Seen, now, 0);
        }
    }

    /// Notes that a worker has ended.
    #[must_use]
    pub(crate) fn ended(&mut self, to: &Did, went: Went, now: Timestamp, jitter: u64) -> Next {
        let Some(recipient) = self.0.get_mut(to) else { return Next::Rest };
        let Some(running) = recipient.running.take() else { return Next::Rest };
        recipient.breaker = recipient.after(went, running.before, now, jitter);
        let next = match recipient.breaker {
            _ if went.failed && running.seen => {
                recipient.breaker = recipient.breaker.on(BreakerEvent::Seen, now, jitter);
                Next::Hurry
            }
            Breaker::Open { until, .. } if went.failed => Next::LeftAlone(until),
            Breaker::Closed { .. } | Breaker::Open { .. } | Breaker::HalfOpen { .. } => {
                if running.again && !went.failed && recipient.breaker.allows(now) {
                    Next::Start(recipient.start(now))
                } else {
                    Next::Rest
                }
            }
        };
        if recipient.running.is_none() && recipient.breaker == Breaker::default() {
            self.0.remove(to);
        }
        next
    }
}

impl Recipient {
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
        let mut scheduler = Scheduler::default();
        let mut at = now();
        while at < now() + Duration::from_secs(3_600) {
            if scheduler.want(to(), at).is_some() {
                drop(scheduler.ended(&to(), FAILED, at, 0));
            }
            at = at + Duration::from_secs(1);
        }
        (scheduler, at)
    }

    #[test]
    fn one_worker_runs_and_nothing_that_came_meanwhile_is_forgotten() {
        let mut scheduler = Scheduler::default();
        assert!(scheduler.want(to(), now()).is_some());
        assert!(scheduler.want(to(), now()).is_none());
        assert!(matches!(scheduler.ended(&to(), ANSWERED, now(), 0), Next::Start(_)));
        assert!(matches!(scheduler.ended(&to(), ANSWERED, now(), 0), Next::Rest));
        assert!(scheduler.0.is_empty());
        assert!(scheduler.want(to(), now()).is_some());
    }

    #[test]
    fn who_fails_again_and_again_is_left_alone_and_others_are_not() {
        let mut scheduler = Scheduler::default();
        for failures in 1..=BREAKER_FAILURES {
            assert!(scheduler.want(to(), now()).is_some(), "{failures}");
            let left_alone = matches!(scheduler.ended(&to(), FAILED, now(), 0), Next::LeftAlone(_));
            assert_eq!(left_alone, failures == BREAKER_FAILURES);
        }
        assert!(scheduler.want(to(), now()).is_none());
        assert!(scheduler.want(Did::from_bytes([8; 32]), now()).is_some());
        assert!(scheduler.want(to(), now() + BREAKER_MOST).is_some());
    }

    #[test]
    fn an_hour_of_silence_costs_few_attempts_and_being_seen_ends_it_at_once() {
        let (mut scheduler, at) = after_an_hour_of_silence();
        assert!(scheduler.want(to(), at).is_none());
        scheduler.seen(&to(), at);
        assert!(scheduler.want(to(), at).is_some());
        assert!(matches!(scheduler.ended(&to(), ANSWERED, at, 0), Next::Rest));
        assert!(scheduler.0.is_empty());
    }

    #[test]
    fn a_worker_that_had_nothing_to_bring_leaves_the_way_open() {
        let (mut scheduler, at) = after_an_hour_of_silence();
        scheduler.seen(&to(), at);
        assert!(scheduler.want(to(), at).is_some());
        assert!(matches!(scheduler.ended(&to(), Went::default(), at, 0), Next::Rest));
        assert!(scheduler.want(to(), at).is_some());
    }

    #[test]
    fn who_is_seen_while_an_old_attempt_fails_is_tried_again_at_once() {
        let (mut scheduler, at) = after_an_hour_of_silence();
        let later = at + BREAKER_MOST;
        assert!(scheduler.want(to(), later).is_some());
        scheduler.seen(&to(), later);
        assert!(matches!(scheduler.ended(&to(), FAILED, later, 0), Next::Hurry));
        assert!(scheduler.want(to(), later).is_some());
    }

    #[test]
    fn for_whom_is_left_alone_something_is_left_in_their_mailbox_now_and_then() {
        let (mut scheduler, at) = after_an_hour_of_silence();
        assert!(scheduler.want(to(), at).is_none());
        assert!(scheduler.leave(&to(), at).expect("a worker").only_leaves);
        assert!(scheduler.want(to(), at).is_none() && scheduler.leave(&to(), at).is_none(), "it runs");
        assert!(matches!(scheduler.ended(&to(), Went::default(), at, 0), Next::Rest));
        assert!(scheduler.want(to(), at).is_none(), "they are left alone as before");
        assert!(scheduler.leave(&to(), at).is_none() && scheduler.leave(&to(), at + LEFT_EVERY).is_some());
        let mut scheduler = Scheduler::default();
        assert!(scheduler.leave(&to(), at).is_none(), "nobody is left alone");
        assert!(scheduler.want(to(), at).is_some() && scheduler.leave(&to(), at).is_none());
    }

    #[test]
    fn what_is_remembered_has_a_bound() {
        let mut scheduler = Scheduler::default();
        for number in 0..3 * REMEMBERED {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
            let who = Did::from_bytes(bytes);
            assert!(scheduler.want(who, now()).is_some());
            drop(scheduler.ended(&who, FAILED, now(), 0));
        }
        assert!(scheduler.0.len() <= REMEMBERED);
    }
}
