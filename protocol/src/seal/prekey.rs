//! Prekeys: the keys that envelopes are sealed to, offered in the card and replaced every day.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use hpke::{Deserializable as _, Kem, Serializable as _};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::json_reader::Members;
use crate::refusal::Refusal;
use crate::time::Timestamp;

use super::{SUITE, Suite};

/// The reason why a text names no prekey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a prekey's id is written as 32 hexadecimal digits in lower case")]
pub struct PrekeyIdError;

/// The name of a prekey: the first 16 bytes of the SHA-256 digest of its public key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PrekeyId([u8; 16]);

impl PrekeyId {
    /// The id that has these 16 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    pub(super) fn of(key: &[u8; 32]) -> Self {
        let mut id = [0; 16];
        id.copy_from_slice(&Sha256::digest(key)[..16]);
        Self(id)
    }
}

/// A key that opens what was sealed to it. Its secret is erased from memory when dropped, and never printed.
pub struct Prekey {
    secret: Zeroizing<[u8; 32]>,
    public: [u8; 32],
    id: PrekeyId,
}

impl Prekey {
    /// The prekey that has this secret: 32 random bytes.
    #[must_use]
    pub fn from_secret(secret: [u8; 32]) -> Self {
        let secret = Zeroizing::new(secret);
        let public = Suite::sk_to_pk(&private(&secret)).to_bytes().into();
        Self { secret, public, id: PrekeyId::of(&public) }
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> PrekeyId {
        self.id
    }

    /// The half for the card, offered until `not_after`.
    #[must_use]
    pub fn public(&self, not_after: Timestamp) -> PublicPrekey {
        PublicPrekey { id: self.id, key: self.public, not_after }
    }

    /// The secret, to be kept in the store.
    #[must_use]
    pub fn secret(&self) -> &Zeroizing<[u8; 32]> {
        &self.secret
    }

    /// The secret as HPKE takes it.
    pub(super) fn private(&self) -> <Suite as Kem>::PrivateKey {
        private(&self.secret)
    }
}

fn private(secret: &[u8; 32]) -> <Suite as Kem>::PrivateKey {
    <Suite as Kem>::PrivateKey::from_bytes(secret).expect("any 32 bytes are an X25519 secret")
}

/// A prekey as a card offers it, of the suite that is known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicPrekey {
    id: PrekeyId,
    key: [u8; 32],
    not_after: Timestamp,
}

impl PublicPrekey {
    /// Reads a prekey from a card; `None` when its suite is not known here.
    pub(crate) fn read(members: &Members<'_>) -> Result<Option<Self>, Refusal> {
        if members.at("suite")?.str()? != SUITE {
            return Ok(None);
        }
        let id: PrekeyId = members.text("id")?;
        let key: [u8; 32] =
            members.base64("key")?.try_into().map_err(|_| members.malformed("key", "32 bytes are needed here"))?;
        if id != PrekeyId::of(&key) {
            return Err(members.malformed("id", "it is another key's"));
        }
        Ok(Some(Self { id, key, not_after: members.text("not_after")? }))
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> PrekeyId {
        self.id
    }

    /// The X25519 public key.
    #[must_use]
    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// Until when to seal to it.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }
}

impl Serialize for PublicPrekey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({ "id": self.id, "suite": SUITE, "key": BASE64.encode(&self.key), "not_after": self.not_after })
            .serialize(serializer)
    }
}

impl FromStr for PrekeyId {
    type Err = PrekeyIdError;

    fn from_str(text: &str) -> Result<Self, PrekeyIdError> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| PrekeyIdError)?;
        bytes.try_into().map(Self).map_err(|_| PrekeyIdError)
    }
}

impl TryFrom<String> for PrekeyId {
    type Error = PrekeyIdError;

    fn try_from(text: String) -> Result<Self, PrekeyIdError> {
        text.parse()
    }
}

impl From<PrekeyId> for String {
    fn from(id: PrekeyId) -> String {
        id.to_string()
    }
}

impl fmt::Display for PrekeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for PrekeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Prekey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prekey({}, secret)", self.id)
    }
}
