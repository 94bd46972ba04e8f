//! The owner key at rest: sealed with the PIN (Argon2id, then AES-256-GCM), or plain where there is none.
//!
//! The key derivation's parameters stand in the file, so that they can grow; the `did` is bound to the ciphertext.

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::key::OwnerKey;
use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::BASE64;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use ai2ai_api::pin::Pin;

use super::seed::Seed;

/// Type mark of the file.
const KIND: &str = "ai2ai owner key 1";

/// Cost of guessing a PIN or a passphrase: parameters of Argon2id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cost {
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
    pub(crate) lanes: u32,
}

impl Cost {
    /// The memory of RFC 9106 §4's second recommendation and its passes, on one lane: about 0.1 s.
    pub(crate) const NOW: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
    /// The most that a file can ask for: a damaged one must not eat the machine.
    const MOST: Self = Self { memory_kib: 1024 * 1024, passes: 16, lanes: 16 };

    fn params(self) -> Option<Params> {
        let bounded = self.memory_kib <= Self::MOST.memory_kib
            && self.passes <= Self::MOST.passes
            && self.lanes <= Self::MOST.lanes;
        if bounded { Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).ok() } else { None }
    }
}

/// Reason why the owner key does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnlockError {
    /// It is sealed, and no PIN was given.
    #[error("this needs your PIN")]
    PinNeeded,
    /// The PIN is wrong; a changed ciphertext looks the same.
    #[error("that is not the PIN")]
    WrongPin,
    /// The file is not what was written.
    #[error("the owner key is damaged: {0}")]
    Damaged(String),
    /// The file is not there, or open to others.
    #[error("{0}")]
    Unreadable(String),
}

/// The owner key's file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnerFile {
    kind: String,
    did: Did,
    key: OwnerSecret,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OwnerSecret {
    Sealed(SealedOwnerKey),
    Plain(Seed),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedOwnerKey {
    argon2id: Cost,
    salt: String,
    aes_256_gcm_nonce: String,
    ciphertext: String,
}

impl OwnerFile {
    /// The file for this key: sealed when there is a PIN.
    pub(super) fn seal(key: &OwnerKey, pin: Option<&Pin>, cost: Cost, rng: &mut impl CryptoRng) -> Self {
        let did = key.did();
        let seed = key.seed();
        let secret = match pin {
            Some(pin) => OwnerSecret::Sealed(SealedOwnerKey::seal(&seed, &did, pin, cost, rng)),
            None => OwnerSecret::Plain(Seed::new(*seed)),
        };
        Self { kind: KIND.to_owned(), did, key: secret }
    }

    /// Reads the file's form; nothing is opened.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, UnlockError> {
        let file: Self = serde_json::from_slice(bytes).map_err(|error| UnlockError::Damaged(error.to_string()))?;
        if file.kind == KIND { Ok(file) } else { Err(damaged("it is of another kind or version")) }
    }

    /// Set if a PIN seals it.
    pub(super) fn has_pin(&self) -> bool {
        matches!(self.key, OwnerSecret::Sealed(_))
    }

    /// The identity that the key belongs to.
    pub(super) fn did(&self) -> &Did {
        &self.did
    }

    /// Opens it. With a PIN this takes about 0.1 s and 64 MiB.
    pub(super) fn open(&self, pin: Option<&Pin>) -> Result<OwnerKey, UnlockError> {
        let seed = match &self.key {
            OwnerSecret::Plain(seed) => Zeroizing::new(*seed.bytes()),
            OwnerSecret::Sealed(sealed) => sealed.open(&self.did, pin.ok_or(UnlockError::PinNeeded)?)?,
        };
        let key = OwnerKey::from_seed(&seed);
        if key.did() == self.did { Ok(key) } else { Err(damaged("it is the key of another identity")) }
    }
}

impl SealedOwnerKey {
    fn seal(seed: &[u8; 32], did: &Did, pin: &Pin, cost: Cost, rng: &mut impl CryptoRng) -> Self {
        let mut salt = [0; 16];
        let mut nonce = [0; 12];
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut nonce);
        let cipher = cipher(pin, &salt, cost).expect("the costs of this build are within the bounds");
        let whose = did.to_string();
        let payload = Payload { msg: seed, aad: whose.as_bytes() };
        let sealed = cipher.encrypt(&Nonce::from(nonce), payload).expect("32 bytes are not too many for AES-GCM");
        Self {
            argon2id: cost,
            salt: BASE64.encode(&salt),
            aes_256_gcm_nonce: BASE64.encode(&nonce),
            ciphertext: BASE64.encode(&sealed),
        }
    }

    fn open(&self, did: &Did, pin: &Pin) -> Result<Zeroizing<[u8; 32]>, UnlockError> {
        let salt: [u8; 16] = fixed(&self.salt).ok_or_else(|| damaged("its salt"))?;
        let nonce: [u8; 12] = fixed(&self.aes_256_gcm_nonce).ok_or_else(|| damaged("its nonce"))?;
        let sealed: [u8; 48] = fixed(&self.ciphertext).ok_or_else(|| damaged("its ciphertext"))?;
        let cipher = cipher(pin, &salt, self.argon2id).ok_or_else(|| damaged("its costs are out of bounds"))?;
        let whose = did.to_string();
        let payload = Payload { msg: &sealed, aad: whose.as_bytes() };
        let opened = cipher.decrypt(&Nonce::from(nonce), payload).map_err(|_| UnlockError::WrongPin)?;
        let seed = Zeroizing::new(opened);
        <[u8; 32]>::try_from(seed.as_slice()).map(Zeroizing::new).map_err(|_| damaged("its length"))
    }
}

/// The cipher whose key grows from the PIN; nothing when the costs are out of bounds.
fn cipher(pin: &Pin, salt: &[u8; 16], cost: Cost) -> Option<Aes256Gcm> {
    Aes256Gcm::new_from_slice(stretched(pin.bytes(), salt, cost)?.as_slice()).ok()
}

/// The key that grows from what a person knows; nothing when the costs are out of bounds.
pub(crate) fn stretched(known: &[u8], salt: &[u8; 16], cost: Cost) -> Option<Zeroizing<[u8; 32]>> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.params()?);
    let mut key = Zeroizing::new([0; 32]);
    argon2.hash_password_into(known, salt, key.as_mut_slice()).ok()?;
    Some(key)
}

fn fixed<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64.decode(text.as_bytes()).ok()?.try_into().ok()
}

fn damaged(what: &str) -> UnlockError {
    UnlockError::Damaged(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// Far too little for a real key, and quick.
    const LITTLE: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };

    fn pin(text: &str) -> Pin {
        Pin::new(text.to_owned()).expect("a PIN")
    }

    fn owner() -> OwnerKey {
        OwnerKey::from_seed(&[7; 32])
    }

    fn written(pin: Option<&Pin>) -> Value {
        serde_json::to_value(OwnerFile::seal(&owner(), pin, LITTLE, &mut rand::rng())).expect("JSON")
    }

    fn opened(file: &Value, pin: Option<&Pin>) -> Result<Did, UnlockError> {
        OwnerFile::read(file.to_string().as_bytes())?.open(pin).map(|key| key.did())
    }

    #[test]
    fn the_right_pin_opens_and_no_other() {
        let file = written(Some(&pin("2468")));
        assert_eq!(opened(&file, Some(&pin("2468"))), Ok(owner().did()));
        assert_eq!(opened(&file, Some(&pin("2469"))), Err(UnlockError::WrongPin));
        assert_eq!(opened(&file, None), Err(UnlockError::PinNeeded));
    }

    #[test]
    fn sealing_twice_shares_no_salt_nonce_or_ciphertext() {
        let one = written(Some(&pin("2468")));
        let two = written(Some(&pin("2468")));
        for member in ["salt", "aes_256_gcm_nonce", "ciphertext"] {
            assert_ne!(one["key"]["sealed"][member], two["key"]["sealed"][member], "{member}");
        }
    }

    #[test]
    fn without_a_pin_it_opens_by_itself_and_a_pin_does_no_harm() {
        let file = written(None);
        assert_eq!(opened(&file, None), Ok(owner().did()));
        assert_eq!(opened(&file, Some(&pin("2468"))), Ok(owner().did()));
    }

    #[test]
    fn a_file_that_was_changed_does_not_open() {
        let good = written(Some(&pin("2468")));
        let other = OwnerKey::from_seed(&[8; 32]).did();
        let changes: [(&str, Value); 9] = [
            ("/kind", "ai2ai owner key 2".into()),
            ("/did", other.to_string().into()),
            ("/key/sealed/salt", "AAAA".into()),
            ("/key/sealed/salt", BASE64.encode(&[0; 16]).into()),
            ("/key/sealed/aes_256_gcm_nonce", BASE64.encode(&[0; 12]).into()),
            ("/key/sealed/ciphertext", BASE64.encode(&[0; 48]).into()),
            ("/key/sealed/argon2id/passes", 2.into()),
            ("/key/sealed/argon2id/memory_kib", u32::MAX.into()),
            ("/key/sealed/argon2id/lanes", 0.into()),
        ];
        for (place, value) in changes {
            let mut bad = good.clone();
            *bad.pointer_mut(place).expect("a place in the file") = value;
            let refused = opened(&bad, Some(&pin("2468"))).expect_err(place);
            assert!(matches!(refused, UnlockError::WrongPin | UnlockError::Damaged(_)), "{place}: {refused}");
        }
    }

    #[test]
    fn a_plain_key_put_in_place_of_anothers_is_seen() {
        let mut file = written(None);
        file["key"]["plain"] = BASE64.encode(&[9; 32]).into();
        assert!(matches!(opened(&file, None), Err(UnlockError::Damaged(_))));
    }

    #[test]
    fn garbage_is_damaged_and_not_a_panic() {
        for bad in ["", "{", "null", "[]", "{\"kind\":\"ai2ai owner key 1\"}"] {
            assert!(matches!(OwnerFile::read(bad.as_bytes()), Err(UnlockError::Damaged(_))), "{bad}");
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let file = OwnerFile::seal(&owner(), None, LITTLE, &mut rand::rng());
        assert!(!format!("{file:?}").contains(&BASE64.encode(&[7; 32])));
    }
}
