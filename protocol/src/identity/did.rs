//! Identities: `did:key` of an owner's Ed25519 key (W3C did:key method §3.1, multicodec `ed25519-pub`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::key::{KeyError, OwnerKey, PublicKey};

/// An identity: the owner's public key, written `did:key:z6Mk…`.
///
/// Only the form is checked here; 32 bytes that are no point of the curve are a `Did` for which no signature verifies.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Did(PublicKey);

impl Did {
    /// The identity whose owner key this is.
    #[must_use]
    pub fn new(key: PublicKey) -> Self {
        Self(key)
    }

    /// The owner's key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.0
    }

    /// The identity whose owner key has these 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(PublicKey::from_bytes(bytes))
    }

    /// The 32 bytes of the owner's key.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// A form for a narrow screen, `z6MkpTHR…Z2oF`; never enough to tell two people apart for certain.
    #[must_use]
    pub fn short(&self) -> String {
        let key = self.0.to_string();
        format!("{}…{}", &key[..8], &key[key.len() - 4..])
    }
}

impl OwnerKey {
    /// The identity that this key is.
    #[must_use]
    pub fn did(&self) -> Did {
        Did::new(self.public())
    }
}

impl FromStr for Did {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        text.strip_prefix("did:key:").ok_or(KeyError)?.parse().map(Self)
    }
}

impl TryFrom<String> for Did {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<Did> for String {
    fn from(did: Did) -> String {
        did.to_string()
    }
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "did:key:{}", self.0)
    }
}

impl fmt::Debug for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the did:key method specification, §3.1.
    const EXAMPLE: &str = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";

    #[test]
    fn the_specifications_example_reads_and_writes() {
        assert_eq!(EXAMPLE.parse::<Did>().map(|did| did.to_string()), Ok(EXAMPLE.to_owned()));
    }

    #[test]
    fn what_names_no_ed25519_key_is_refused() {
        for bad in [
            "",
            "did:web:alex.example",
            "did:key:",
            "did:key:z6Mk",
            &EXAMPLE[8..],
            &EXAMPLE.replace("z6Mk", "u6Mk"),
            &format!("{EXAMPLE}#key"),
            "did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc",
            &format!("did:key:z{}", "1".repeat(10_000)),
        ] {
            assert_eq!(bad.parse::<Did>(), Err(KeyError), "{bad}");
        }
    }
}
