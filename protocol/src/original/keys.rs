//! The original's keys: Ed25519 and X25519 as SPKI (RFC 8410), in PEM or base64; and the fingerprint that people compare.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use x25519_dalek::StaticSecret;

use super::agreement_key::Agreement;
use crate::json_reader::base64;
use crate::key::PublicKey;

/// Prefix of the 32 bytes of an Ed25519 key in its SPKI form.
const ED25519_SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const PEM_BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const PEM_END: &str = "-----END PUBLIC KEY-----";
/// Characters of a PEM text with one key, however its lines end.
const PEM_CHARS: usize = 160;
/// Groups of four hexadecimal digits in a fingerprint.
const GROUPS: usize = 8;

/// A text is no Ed25519 public key in PEM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no Ed25519 public key in PEM (SPKI)")]
pub struct PemError;

/// The Ed25519 key that a PEM text is.
///
/// # Errors
/// [`PemError`]: it is something else, another kind of key, or a key that any signature fits.
pub fn key_of_pem(pem: &str) -> Result<PublicKey, PemError> {
    if pem.len() > PEM_CHARS {
        return Err(PemError);
    }
    let inner = pem.trim().strip_prefix(PEM_BEGIN).and_then(|rest| rest.strip_suffix(PEM_END)).ok_or(PemError)?;
    let der = base64(inner.trim()).ok_or(PemError)?;
    let bytes: [u8; 32] = der.strip_prefix(&ED25519_SPKI).and_then(|key| key.try_into().ok()).ok_or(PemError)?;
    let key = VerifyingKey::from_bytes(&bytes).map_err(|_| PemError)?;
    if key.is_weak() { Err(PemError) } else { Ok(PublicKey::from_bytes(bytes)) }
}

/// A key in PEM, as Node.js exports it.
#[must_use]
pub fn pem_of_key(key: &PublicKey) -> String {
    let spki = BASE64.encode(&[&ED25519_SPKI[..], &key.to_bytes()[..]].concat());
    format!("{PEM_BEGIN}\n{spki}\n{PEM_END}\n")
}

/// The reason why a text is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is eight groups of four hexadecimal digits with colons between, such as 0123:4567:89ab:cdef:…")]
pub struct FingerprintError;

/// Fingerprint that people compare: eight groups of four hexadecimal digits of the SHA-256 of the PEM text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 2 * GROUPS]);

impl Fingerprint {
    /// Computes the fingerprint of a key, in PEM as Node.js exports it.
    #[must_use]
    pub fn of(key: &PublicKey) -> Self {
        let digest = Sha256::digest(pem_of_key(key));
        let mut bytes = [0; 2 * GROUPS];
        bytes.copy_from_slice(&digest[..2 * GROUPS]);
        Self(bytes)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups: Vec<String> = self.0.chunks(2).map(|pair| HEXLOWER.encode(pair)).collect();
        f.write_str(&groups.join(":"))
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let groups: Vec<&str> = text.split(':').collect();
        if groups.len() != GROUPS || groups.iter().any(|group| group.len() != 4) {
            return Err(FingerprintError);
        }
        let bytes = HEXLOWER.decode(groups.concat().to_lowercase().as_bytes()).map_err(|_| FingerprintError)?;
        bytes.try_into().map(Self).map_err(|_| FingerprintError)
    }
}

/// Keys of this node towards agents of the original: one that signs and one that opens. Both are erased when dropped.
pub struct OriginalIdentity {
    signing: SigningKey,
    opening: StaticSecret,
}

impl OriginalIdentity {
    /// The identity that grows from two secrets of 32 random bytes.
    #[must_use]
    pub fn from_secrets(signing: &[u8; 32], opening: [u8; 32]) -> Self {
        Self { signing: SigningKey::from_bytes(signing), opening: StaticSecret::from(opening) }
    }

    /// The key that its signatures are checked with.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey::from_bytes(self.signing.verifying_key().to_bytes())
    }

    /// The key that others encrypt to.
    #[must_use]
    pub fn agreement(&self) -> Agreement {
        Agreement::of(&self.opening)
    }

    pub(super) fn opening(&self) -> &StaticSecret {
        &self.opening
    }

    pub(super) fn sign(&self, text: &str) -> String {
        BASE64.encode(&self.signing.sign(text.as_bytes()).to_bytes())
    }
}

impl fmt::Debug for OriginalIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({}, secret)", self.public())
    }
}

/// Returns whether a signature of 64 bytes in base64 is this key's for this text. Strict, as everywhere: one form, one author.
pub(super) fn is_signed(key: &PublicKey, text: &str, signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(&key.to_bytes())
        .is_ok_and(|key| key.verify_strict(text.as_bytes(), &Signature::from_bytes(signature)).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_from_its_pem_and_nothing_else_is_one() {
        let key = OriginalIdentity::from_secrets(&[7; 32], [8; 32]).public();
        let pem = pem_of_key(&key);
        assert_eq!(key_of_pem(&pem), Ok(key));
        assert_eq!(key_of_pem(pem.trim()), Ok(key));
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let x25519 = pem.replace("MCowBQYDK2Vw", "MCowBQYDK2Vu");
        let weak = pem_of_key(&PublicKey::from_bytes(neutral));
        for bad in ["", "key", &x25519, &weak, &pem.replace("PUBLIC", "PRIVATE"), &pem.repeat(2), &" ".repeat(1_000)] {
            assert_eq!(key_of_pem(bad), Err(PemError), "{bad}");
        }
    }

    #[test]
    fn a_fingerprint_reads_back() {
        let one = Fingerprint::of(&OriginalIdentity::from_secrets(&[7; 32], [8; 32]).public());
        assert_eq!(one.to_string().parse(), Ok(one));
        assert_eq!(one.to_string().to_uppercase().parse(), Ok(one));
        for bad in ["", "0123", "0123:4567:89ab:cdef:0123:4567:89ab", "012:34567:89ab:cdef:0123:4567:89ab:cdef"] {
            assert_eq!(bad.parse::<Fingerprint>(), Err(FingerprintError), "{bad}");
        }
    }
}
