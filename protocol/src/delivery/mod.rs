//! The sender's side of one message: when it is tried again, and what is known of it.
//!
//! `queued → sent → in custody → delivered → read → answered`, or `expired`, or `dead`. What nobody answered is *unknown*, never
//! refused: it is tried again with the same id, and the other side tells a repeat from a new message. A final refusal
//! is never tried again. A closing act (a confirm, a reject) is asked on past its expiry, since they may have it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::limits::{ATTEMPT_WITHIN, DELIVERY_ERROR_CHARS, RETRY_AFTER_MOST};
use crate::receipt::Outcome;
use crate::time::Timestamp;

mod backoff;
mod breaker;
mod custody;
mod remedy;
mod stage;
mod state;

pub use backoff::backoff;
pub use breaker::{Breaker, BreakerEvent};
pub use custody::Keeper;
pub use remedy::Remedy;
use stage::{Stage, Word};
pub use state::{DeliveryEvent, State};

/// One message on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    stage: Stage,
    attempts: u32,
    /// A closing act, or one that is asked after: it is tried past its expiry.
    closing: bool,
    /// It expired, and it is certain that it never left this machine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    stayed: bool,
    /// The mailboxes that said that they keep it; at most [`CARD_MAILBOXES`](crate::limits::CARD_MAILBOXES).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    custody: Vec<Keeper>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
}

impl Delivery {
    /// A message that is due at once, until its envelope expires.
    #[must_use]
    pub fn queued(now: Timestamp) -> Self {
        let stage = Stage::Waiting { left: false, next: now, not_before: None };
        Self { stage, attempts: 0, closing: false, stayed: false, custody: Vec::new(), last_error: None }
    }

    /// A closing act (a confirm, a reject) that is due at once, and asked on until it is answered, however late.
    #[must_use]
    pub fn closing(now: Timestamp) -> Self {
        Self { closing: true, ..Self::queued(now) }
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> State {
        match self.stage {
            Stage::Waiting { left: false, .. } | Stage::UnderWay { left: false, .. } => State::Queued,
            Stage::Waiting { left: true, .. } | Stage::UnderWay { left: true, .. } => {
                if self.custody.is_empty() {
                    State::Sent
                } else {
                    State::InCustody
                }
            }
            Stage::Delivered { .. } => State::Delivered,
            Stage::Read => State::Read,
            Stage::Unanswered => State::Unanswered,
            Stage::Answered => State::Answered,
            Stage::Expired => State::Expired,
            Stage::Dead { .. } => State::Dead,
        }
    }

    /// Returns whether their node keeps it until their human lets it in.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.stage == Stage::Delivered { held: true }
    }

    /// Returns how often it was tried.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns when it is tried next; never, once it is over.
    #[must_use]
    pub fn next_attempt_at(&self) -> Option<Timestamp> {
        self.stage.on_its_way().map(|way| way.next)
    }

    /// Returns whether it is to be tried now.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.next_attempt_at().is_some_and(|next| next <= now)
    }

    /// Returns why the last attempt did not bring it there.
    #[must_use]
    pub fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }

    /// Returns what follows from an event. The envelope is void from `expires_at` on; `jitter` is any random number.
    ///
    /// A receipt is believed however late it comes; a message that is over is otherwise left as it is.
    #[must_use]
    pub fn on(&self, event: &DeliveryEvent, expires_at: Timestamp, now: Timestamp, jitter: u64) -> Self {
        let next = match event {
            DeliveryEvent::Receipt { outcome, retry_after_s } => {
                self.answered_with(*outcome, *retry_after_s, now, jitter)
            }
            DeliveryEvent::Read => self.told(Stage::Read),
            DeliveryEvent::Unanswered => self.told(Stage::Unanswered),
            DeliveryEvent::Answered => self.told(Stage::Answered),
            DeliveryEvent::Attempted => self.attempted(now),
            DeliveryEvent::Failed { error } => self.failed(error, true, now, jitter),
            DeliveryEvent::Unreached { error } => self.failed(error, false, now, jitter),
            DeliveryEvent::Deposited(keeper) => self.deposited(keeper, now, jitter),
            DeliveryEvent::PeerSeen => self.hurried(now),
            DeliveryEvent::Withdrawn => self.withdrawn(),
            DeliveryEvent::Tick => self.clone(),
        };
        let late = now >= expires_at && !self.closing && !next.state().is_over();
        if late { Self { stayed: next.is_surely_here(), ..next.to(Stage::Expired) } } else { next }
    }

    fn answered_with(&self, outcome: Outcome, retry_after_s: Option<u32>, now: Timestamp, jitter: u64) -> Self {
        let tried = self.counted();
        match (self.stage, outcome) {
            _ if self.stage.word() > Word::Delivered => self.clone(),
            (_, Outcome::Accepted) => tried.to(Stage::Delivered { held: false }).with_error(None),
            (Stage::Delivered { .. }, Outcome::Held) => self.clone(),
            (_, Outcome::Held) => tried.to(Stage::Delivered { held: true }).with_error(None),
            (_, Outcome::Refused(code)) if code.is_passing() => tried.comes_again(code, retry_after_s, now, jitter),
            (Stage::Delivered { held: false }, Outcome::Refused(_)) => self.clone(),
            (_, Outcome::Refused(code)) => tried.to(Stage::Dead { refused: true }).with_error(Some(code.to_string())),
        }
    }

    /// They can't take it now. A sealing key that is gone is no reason to wait: the answer brought the new one.
    fn comes_again(&self, code: Code, retry_after_s: Option<u32>, now: Timestamp, jitter: u64) -> Self {
        if self.state().is_over() {
            return self.clone();
        }
        let error = code.to_string();
        let asked = retry_after_s.map(|seconds| Duration::from_secs(seconds.into()).min(RETRY_AFTER_MOST));
        let not_before = asked.map(|wait| now + wait);
        let new_key = code == Code::UnknownPrekey && self.last_error.as_deref() != Some(&error);
        let next = if new_key { now } else { now + backoff(self.attempts, jitter) };
        let next = not_before.map_or(next, |not_before| next.max(not_before));
        self.to(Stage::Waiting { left: true, next, not_before }).with_error(Some(error))
    }

    fn attempted(&self, now: Timestamp) -> Self {
        let Some(way) = self.stage.on_its_way() else { return self.clone() };
        let attempts = self.attempts.saturating_add(1);
        Self { attempts, ..self.to(Stage::UnderWay { left: way.left, until: now + ATTEMPT_WITHIN }) }
    }

    fn failed(&self, error: &str, may_have_left: bool, now: Timestamp, jitter: u64) -> Self {
        let Some(way) = self.stage.on_its_way() else { return self.clone() };
        let tried = self.counted();
        let next = now + backoff(tried.attempts, jitter);
        let next = way.not_before.map_or(next, |not_before| next.max(not_before));
        let error = error.chars().take(DELIVERY_ERROR_CHARS).collect();
        let stage = Stage::Waiting { left: way.left || may_have_left, next, not_before: way.not_before };
        tried.to(stage).with_error(Some(error))
    }

    fn hurried(&self, now: Timestamp) -> Self {
        let Stage::Waiting { left, next, not_before } = self.stage else { return self.clone() };
        let next = next.min(not_before.map_or(now, |not_before| now.max(not_before)));
        self.to(Stage::Waiting { left, next, not_before })
    }

    /// They told of it. It may come late: what is known already may say more.
    fn told(&self, stage: Stage) -> Self {
        if self.stage.word() > stage.word() { self.clone() } else { self.to(stage).with_error(None) }
    }

    fn withdrawn(&self) -> Self {
        let Stage::Waiting { left: false, .. } = self.stage else { return self.clone() };
        self.to(Stage::Dead { refused: false }).with_error(Some("withdrawn".to_owned()))
    }

    /// The attempt that has just ended, if nobody counted it when it began.
    fn counted(&self) -> Self {
        let is_uncounted = matches!(self.stage, Stage::Waiting { .. });
        Self { attempts: self.attempts.saturating_add(is_uncounted.into()), ..self.clone() }
    }

    fn to(&self, stage: Stage) -> Self {
        Self { stage, ..self.clone() }
    }

    fn with_error(self, last_error: Option<String>) -> Self {
        Self { last_error, ..self }
    }
}

#[cfg(test)]
mod tests;
