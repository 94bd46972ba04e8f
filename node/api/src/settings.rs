//! Settings that decisions need: how much others may ask of this node, and what they are told of its owner.

use std::ops::RangeInclusive;
use std::time::Duration;

use ai2ai_protocol::limits::{CONVERSATION_LIFE, CONVERSATION_MESSAGES, ENVELOPE_BYTES};
use ai2ai_protocol::policy::Budget;
use serde::Deserialize;

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Bounds of what others may ask: `[limits]` in `config.toml`. Beyond them they are told to come later, or not at all.
/// Each has a range: see [`Limits::check`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// New envelopes of one contact in a minute, and at once after a quiet minute. A repeat is not new.
    pub messages_per_minute: u64,
    /// Bytes of these envelopes in a minute, and at once after a quiet minute.
    pub bytes_per_minute: u64,
    /// Envelopes that are held of all strangers together in an hour; with 0, nobody who is no contact is heard.
    pub strangers_per_hour: u64,
    /// Messages in one conversation, of both sides together. Acts that close it go beyond.
    pub messages_per_conversation: u64,
    /// Items of one contact that wait for the owner, beyond which no new conversation of theirs is let in.
    pub items_per_contact: usize,
    /// Days after its opening in which something new can be said in a conversation. Acts that close it go beyond.
    pub conversation_days: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            messages_per_minute: 600,
            bytes_per_minute: 16 * 1024 * 1024,
            strangers_per_hour: 60,
            messages_per_conversation: CONVERSATION_MESSAGES,
            items_per_contact: 200,
            conversation_days: CONVERSATION_LIFE.as_secs() / DAY.as_secs(),
        }
    }
}

/// Range of `messages_per_minute`.
const MESSAGES_PER_MINUTE: RangeInclusive<u64> = 1..=1_000_000;
/// Range of `bytes_per_minute`: at least one envelope of any size, at most 64 GiB.
const BYTES_PER_MINUTE: RangeInclusive<u64> = ENVELOPE_BYTES as u64..=64 << 30;
/// Range of `strangers_per_hour`.
const STRANGERS_PER_HOUR: RangeInclusive<u64> = 0..=10_000;
/// Range of `messages_per_conversation`.
const MESSAGES_PER_CONVERSATION: RangeInclusive<u64> = 2..=10_000_000;
/// Range of `items_per_contact`.
const ITEMS_PER_CONTACT: RangeInclusive<u64> = 1..=10_000_000;
/// Range of `conversation_days`.
const CONVERSATION_DAYS: RangeInclusive<u64> = 1..=3_650;

impl Limits {
    /// Bounds of one conversation.
    #[must_use]
    pub fn budget(&self) -> Budget {
        let life = Duration::from_secs(self.conversation_days.saturating_mul(DAY.as_secs()));
        Budget { messages: self.messages_per_conversation, life }
    }

    /// Checks that each bound lies in its range.
    ///
    /// # Errors
    /// Names the first that does not, and its range.
    pub fn check(&self) -> Result<(), String> {
        let items = u64::try_from(self.items_per_contact).unwrap_or(u64::MAX);
        for (name, value, range) in [
            ("messages_per_minute", self.messages_per_minute, MESSAGES_PER_MINUTE),
            ("bytes_per_minute", self.bytes_per_minute, BYTES_PER_MINUTE),
            ("strangers_per_hour", self.strangers_per_hour, STRANGERS_PER_HOUR),
            ("messages_per_conversation", self.messages_per_conversation, MESSAGES_PER_CONVERSATION),
            ("items_per_contact", items, ITEMS_PER_CONTACT),
            ("conversation_days", self.conversation_days, CONVERSATION_DAYS),
        ] {
            if !range.contains(&value) {
                let (least, most) = range.into_inner();
                return Err(format!("`limits.{name}` is {value}; it can be {least} to {most}"));
            }
        }
        Ok(())
    }
}

/// Facts that others are told of the owner, beside what they need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Privacy {
    /// Tells contacts that what they sent was read. Strangers and blocked senders are never told.
    pub tell_when_read: bool,
    /// Tells contacts that what they sent waited for the owner until its time ran out. Nobody else is ever told.
    pub tell_when_unanswered: bool,
}

impl Default for Privacy {
    fn default() -> Self {
        Self { tell_when_read: true, tell_when_unanswered: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_within_their_ranges_and_are_what_the_protocol_says() {
        let limits = Limits::default();
        assert_eq!(limits.check(), Ok(()));
        assert_eq!(limits.budget(), Budget::default());
    }

    #[test]
    fn a_bound_out_of_its_range_is_named_with_the_range() {
        let wrong = [
            (Limits { messages_per_minute: 0, ..Limits::default() }, "messages_per_minute"),
            (Limits { bytes_per_minute: 1_000, ..Limits::default() }, "65536"),
            (Limits { strangers_per_hour: 10_001, ..Limits::default() }, "strangers_per_hour"),
            (Limits { messages_per_conversation: 1, ..Limits::default() }, "messages_per_conversation"),
            (Limits { items_per_contact: 0, ..Limits::default() }, "items_per_contact"),
            (Limits { conversation_days: u64::MAX, ..Limits::default() }, "3650"),
        ];
        for (limits, named) in wrong {
            let why = limits.check().expect_err(named);
            assert!(why.contains(named), "{why}");
        }
    }
}
