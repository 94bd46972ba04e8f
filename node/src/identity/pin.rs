//! The owner's PIN, and the patience that guessing it needs.

use std::fmt;
use std::time::Duration;

use ai2ai_protocol::name::is_unseen;
use ai2ai_protocol::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// The fewest characters of a PIN.
pub const PIN_CHARS: usize = 4;
/// The most bytes of a PIN.
pub const PIN_BYTES: usize = 256;

/// Wrong PINs before there is a wait.
pub const FREE_TRIES: u32 = 5;
/// The wait after that many; it doubles with every further one.
pub const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait.
pub const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// What to say where a PIN is chosen.
pub const PIN_ADVICE: &str = "Six digits or more, or a few words, are better than four. Nobody can reset it.";

/// Why a text is no PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a PIN has at least {PIN_CHARS} characters and at most {PIN_BYTES} bytes, none of them invisible")]
pub struct PinError;

/// The owner's PIN: erased from memory when dropped, and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Zeroizing<String>);

impl Pin {
    /// The PIN that is this text.
    ///
    /// # Errors
    /// [`PinError`] for a text that is too short, too long, or cannot have been typed.
    pub fn new(text: impl Into<Zeroizing<String>>) -> Result<Self, PinError> {
        let text = text.into();
        let good = text.chars().count() >= PIN_CHARS && text.len() <= PIN_BYTES && !text.chars().any(is_unseen);
        if good { Ok(Self(text)) } else { Err(PinError) }
    }

    /// How many characters it has.
    #[must_use]
    pub fn chars(&self) -> usize {
        self.0.chars().count()
    }

    /// The bytes from which the key is derived.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(secret)")
    }
}

/// As plain text: only for the local socket, from the owner's hand to the owner's node.
impl Serialize for Pin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Pin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        Self::new(text).map_err(serde::de::Error::custom)
    }
}

/// How many wrong PINs there were in a row, and when. Pure: it is stored by whoever holds it, so that a restart is no way
/// around the wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PinGuard {
    wrong: u32,
    last: Option<Timestamp>,
}

impl PinGuard {
    /// Allows one try, and counts it as wrong until [`PinGuard::right`] is called, so that neither a crash nor a second
    /// try at the same time is a free one. Store the guard before the try.
    ///
    /// # Errors
    /// How long to wait, after too many wrong ones.
    pub fn attempt(&mut self, now: Timestamp) -> Result<(), Duration> {
        if self.last.is_some_and(|last| last > now) {
            self.last = Some(now);
        }
        let since = self.last.map_or(Duration::MAX, |last| now.since(last));
        let left = self.wait().saturating_sub(since);
        if !left.is_zero() {
            return Err(left);
        }
        *self = Self { wrong: self.wrong.saturating_add(1), last: Some(now) };
        Ok(())
    }

    /// The try was right: wrong ones before it no longer count.
    pub fn right(&mut self) {
        *self = Self::default();
    }

    fn wait(&self) -> Duration {
        match self.wrong.checked_sub(FREE_TRIES) {
            Some(more) => FIRST_WAIT.saturating_mul(2_u32.saturating_pow(more)).min(LONGEST_WAIT),
            None => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(text: &str) -> Result<Pin, PinError> {
        Pin::new(text.to_owned())
    }

    #[test]
    fn a_pin_is_something_that_a_person_can_type() {
        for good in ["1234", "correct horse battery", "åäöü", &"x".repeat(PIN_BYTES)] {
            assert!(pin(good).is_ok(), "{good}");
        }
        for bad in ["", "123", "12345\n", "1234\u{200b}", &"x".repeat(PIN_BYTES + 1)] {
            assert_eq!(pin(bad), Err(PinError), "{bad:?}");
        }
    }

    #[test]
    fn a_pin_is_not_printed_but_crosses_the_socket() {
        let secret = pin("2468-secret").expect("a PIN");
        assert_eq!(format!("{secret:?}"), "Pin(secret)");
        let text = serde_json::to_string(&secret).expect("JSON");
        assert_eq!(serde_json::from_str::<Pin>(&text).expect("a PIN"), secret);
        assert!(serde_json::from_str::<Pin>("\"123\"").is_err());
        assert!(serde_json::from_str::<Pin>("1234").is_err());
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_770_000_000_000) + Duration::from_secs(seconds)
    }

    #[test]
    fn after_five_wrong_pins_each_further_try_costs_twice_the_wait() {
        let mut guard = PinGuard::default();
        for _ in 0..FREE_TRIES {
            assert_eq!(guard.attempt(at(0)), Ok(()));
        }
        assert_eq!(guard.attempt(at(0)), Err(FIRST_WAIT));
        assert_eq!(guard.attempt(at(29)), Err(Duration::from_secs(1)));
        assert_eq!(guard.attempt(at(30)), Ok(()));
        assert_eq!(guard.attempt(at(30)), Err(FIRST_WAIT * 2));
        guard.right();
        assert_eq!(guard.attempt(at(31)), Ok(()));
    }

    #[test]
    fn the_wait_has_an_end_and_survives_a_restart_and_a_clock_set_back() {
        let mut guard = PinGuard { wrong: u32::MAX, last: Some(at(0)) };
        assert_eq!(guard.attempt(at(1)), Err(LONGEST_WAIT - Duration::from_secs(1)));
        let text = serde_json::to_string(&guard).expect("JSON");
        let mut restarted: PinGuard = serde_json::from_str(&text).expect("a guard");
        assert_eq!(restarted, guard);
        let earlier = at(0) - Duration::from_secs(400 * 24 * 3_600);
        assert_eq!(restarted.attempt(earlier), Err(LONGEST_WAIT));
        assert_eq!(restarted.attempt(earlier + LONGEST_WAIT), Ok(()));
    }
}
