//! The owner's PIN, as a request carries it.

use std::fmt;

use ai2ai_protocol::name::is_unseen;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// The fewest characters of a PIN.
pub const PIN_CHARS: usize = 4;
/// The most bytes of a PIN.
pub const PIN_BYTES: usize = 256;

/// Advice for whoever chooses a PIN.
pub const PIN_ADVICE: &str = "Six digits or more, or a few words, are better than four. Nobody can reset it.";

/// Reason why a text is no PIN.
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

    /// Number of its characters.
    #[must_use]
    pub fn chars(&self) -> usize {
        self.0.chars().count()
    }

    /// The bytes from which the key is derived.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
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
}
