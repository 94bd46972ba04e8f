//! The sender's side of one message: when it is tried again, and what is known of it.
//!
//! `queued → sent → in custody → delivered → read → answered`, or `expired`, or `dead`. What nobody answered is *unknown*, never
//! refused: it is tried again with the same id, and the other side tells a repeat from a new message. A final refusal
//! is never tried again. A closing act (a confirm, a reject) is asked on past its expiry, since they may have it.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

mod backoff;
mod breaker;
mod custody;
mod remedy;
mod stage;
mod state;
mod transitions;

pub use backoff::backoff;
pub use breaker::{Breaker, BreakerEvent};
pub use custody::Keeper;
pub use remedy::Remedy;
pub use state::{DeliveryEvent, State};

use stage::Stage;

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
                transitions::answered_with(self, *outcome, *retry_after_s, now, jitter)
            }
            DeliveryEvent::Read => transitions::told(self, Stage::Read),
            DeliveryEvent::Unanswered => transitions::told(self, Stage::Unanswered),
            DeliveryEvent::Answered => transitions::told(self, Stage::Answered),
            DeliveryEvent::Attempted => transitions::attempted(self, now),
            DeliveryEvent::Failed { error } => transitions::failed(self, error, true, now, jitter),
            DeliveryEvent::Unreached { error } => transitions::failed(self, error, false, now, jitter),
            DeliveryEvent::Deposited(keeper) => self.deposited(keeper, now, jitter),
            DeliveryEvent::PeerSeen => transitions::hurried(self, now),
            DeliveryEvent::Withdrawn => transitions::withdrawn(self),
            DeliveryEvent::Tick => self.clone(),
        };
        let late = now >= expires_at && !self.closing && !next.state().is_over();
        if late { Self { stayed: next.is_surely_here(), ..next.to(Stage::Expired) } } else { next }
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
