//! Keys that payloads of the original are encrypted to.

use data_encoding::BASE64;
use x25519_dalek::{PublicKey, StaticSecret};

use crate::json_reader::base64;

/// Prefix of the 32 bytes of an X25519 key in its SPKI form.
const X25519_SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00];

/// A text is no X25519 key that anything can be encrypted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no X25519 public key that anything can be encrypted to")]
pub struct AgreementError;

/// A key that payloads are encrypted to, written as the base64 of its SPKI form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement([u8; 32]);

impl Agreement {
    pub(super) fn of(secret: &StaticSecret) -> Self {
        Self(PublicKey::from(secret).to_bytes())
    }

    /// The key that a text is.
    ///
    /// # Errors
    /// [`AgreementError`].
    pub fn read(text: &str) -> Result<Self, AgreementError> {
        let der = base64(text).ok_or(AgreementError)?;
        let key = der.strip_prefix(&X25519_SPKI).and_then(|key| key.try_into().ok());
        key.map(Self).ok_or(AgreementError)
    }

    pub(super) fn key(self) -> PublicKey {
        PublicKey::from(self.0)
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> String {
        BASE64.encode(&[&X25519_SPKI[..], &self.0[..]].concat())
    }
}
