//! Stages of one message's way, each with what is known only there.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// Not tried now; tried again at `next`, and not before `not_before` even when they are seen.
    Waiting {
        left: bool,
        next: Timestamp,
        not_before: Option<Timestamp>,
    },
    /// Being tried. If nothing is heard of the attempt, such as after a crash, it is tried again at `until`.
    UnderWay {
        left: bool,
        until: Timestamp,
    },
    /// With their node; `held` until their human lets it in.
    Delivered {
        held: bool,
    },
    Read,
    Unanswered,
    Answered,
    Expired,
    /// `refused` by them for good, else withdrawn.
    Dead {
        refused: bool,
    },
}

/// Attempts at a message that is not over.
pub(super) struct OnItsWay {
    /// True if they may have it.
    pub left: bool,
    /// The time at which it is tried again.
    pub next: Timestamp,
    /// Before when they don't want it.
    pub not_before: Option<Timestamp>,
}

/// The last word that they had on a message: each is only ever followed by one that says more.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Word {
    None,
    Delivered,
    Read,
    Unanswered,
    Answered,
    Refused,
}

impl Stage {
    /// Returns what is known of it while it is tried; nothing, once it is over.
    pub(super) fn on_its_way(self) -> Option<OnItsWay> {
        match self {
            Self::Waiting { left, next, not_before } => Some(OnItsWay { left, next, not_before }),
            Self::UnderWay { left, until } => Some(OnItsWay { left, next: until, not_before: None }),
            Self::Delivered { .. }
            | Self::Read
            | Self::Unanswered
            | Self::Answered
            | Self::Expired
            | Self::Dead { .. } => None,
        }
    }

    /// Their last word on it.
    pub(super) fn word(self) -> Word {
        match self {
            Self::Waiting { .. } | Self::UnderWay { .. } | Self::Expired | Self::Dead { refused: false } => Word::None,
            Self::Delivered { .. } => Word::Delivered,
            Self::Read => Word::Read,
            Self::Unanswered => Word::Unanswered,
            Self::Answered => Word::Answered,
            Self::Dead { refused: true } => Word::Refused,
        }
    }
}
