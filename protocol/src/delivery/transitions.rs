//! Transitions: what becomes of a message when something is tried, told or answered.

use std::time::Duration;

use super::stage::{Stage, Word};
use super::{Delivery, backoff};
use crate::code::Code;
use crate::limits::{ATTEMPT_WITHIN, DELIVERY_ERROR_CHARS, RETRY_AFTER_MOST};
use crate::outcome::Outcome;
use crate::time::Timestamp;

pub(super) fn answered_with(
    before: &Delivery,
    outcome: Outcome,
    retry_after_s: Option<u32>,
    now: Timestamp,
    jitter: u64,
) -> Delivery {
    let tried = before.counted();
    match (before.stage, outcome) {
        _ if before.stage.word() > Word::Delivered => before.clone(),
        (_, Outcome::Accepted) => tried.to(Stage::Delivered { held: false }).with_error(None),
        (Stage::Delivered { .. }, Outcome::Held) => before.clone(),
        (_, Outcome::Held) => tried.to(Stage::Delivered { held: true }).with_error(None),
        (_, Outcome::Refused(code)) if code.is_passing() => comes_again(&tried, code, retry_after_s, now, jitter),
        (Stage::Delivered { held: false }, Outcome::Refused(_)) => before.clone(),
        (_, Outcome::Refused(code)) => tried.to(Stage::Dead { refused: true }).with_error(Some(code.to_string())),
    }
}

/// They can't take it now. A sealing key that is gone is no reason to wait: the answer brought the new one.
fn comes_again(before: &Delivery, code: Code, retry_after_s: Option<u32>, now: Timestamp, jitter: u64) -> Delivery {
    if before.state().is_over() {
        return before.clone();
    }
    let error = code.to_string();
    let asked = retry_after_s.map(|seconds| Duration::from_secs(seconds.into()).min(RETRY_AFTER_MOST));
    let not_before = asked.map(|wait| now + wait);
    let new_key = code == Code::UnknownPrekey && before.last_error.as_deref() != Some(&error);
    let next = if new_key { now } else { now + backoff(before.attempts, jitter) };
    let next = not_before.map_or(next, |not_before| next.max(not_before));
    before.to(Stage::Waiting { left: true, next, not_before }).with_error(Some(error))
}

pub(super) fn attempted(before: &Delivery, now: Timestamp) -> Delivery {
    let Some(way) = before.stage.on_its_way() else { return before.clone() };
    let attempts = before.attempts.saturating_add(1);
    Delivery { attempts, ..before.to(Stage::UnderWay { left: way.left, until: now + ATTEMPT_WITHIN }) }
}

pub(super) fn failed(before: &Delivery, error: &str, may_have_left: bool, now: Timestamp, jitter: u64) -> Delivery {
    let Some(way) = before.stage.on_its_way() else { return before.clone() };
    let tried = before.counted();
    let next = now + backoff(tried.attempts, jitter);
    let next = way.not_before.map_or(next, |not_before| next.max(not_before));
    let error = error.chars().take(DELIVERY_ERROR_CHARS).collect();
    let stage = Stage::Waiting { left: way.left || may_have_left, next, not_before: way.not_before };
    tried.to(stage).with_error(Some(error))
}

pub(super) fn hurried(before: &Delivery, now: Timestamp) -> Delivery {
    let Stage::Waiting { left, next, not_before } = before.stage else { return before.clone() };
    let next = next.min(not_before.map_or(now, |not_before| now.max(not_before)));
    before.to(Stage::Waiting { left, next, not_before })
}

/// They told of it. It may come late: what is known already may say more.
pub(super) fn told(before: &Delivery, stage: Stage) -> Delivery {
    if before.stage.word() > stage.word() { before.clone() } else { before.to(stage).with_error(None) }
}

pub(super) fn withdrawn(before: &Delivery) -> Delivery {
    let Stage::Waiting { left: false, .. } = before.stage else { return before.clone() };
    before.to(Stage::Dead { refused: false }).with_error(Some("withdrawn".to_owned()))
}
