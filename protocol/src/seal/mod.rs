//! Sealing: what a relay or mailbox sees of an envelope is its recipient, and nothing else.
//!
//! HPKE (RFC 9180) in base mode, with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM, to a prekey from the
//! recipient's card. The signature is inside, and covers the recipient.

mod prekey;
mod sequence;
#[cfg(test)]
mod tests;

use std::fmt;

use data_encoding::BASE64;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable as _, Kem, OpModeR, OpModeS, Serializable as _};
use rand_core::CryptoRng;
use serde_json::{Value, json};

use crate::canonical::{Object, canonical, to_object};
use crate::code::Code;
use crate::did::Did;
use crate::digest::Digest;
use crate::envelope::Content;
use crate::json_reader::{Members, VERSION};
use crate::limits::{ENVELOPE_BYTES, SEALED_BYTES};
use crate::refusal::Refusal;

pub use prekey::{Prekey, PrekeyId, PrekeyIdError, PublicPrekey};
pub use sequence::how_many_under_one_seal;

/// The one suite of this version, as cards and sealed envelopes name it.
pub const SUITE: &str = "x25519-hkdf-sha256-aes-256-gcm";
/// Context that binds every key of a sealing to this protocol and version.
const INFO: &[u8] = b"ai2ai/0.2/sealed";
/// Bytes that AES-256-GCM adds to what it seals.
pub(crate) const TAG_BYTES: usize = 16;

type Suite = X25519HkdfSha256;

/// The recipient's prekey is no usable key: a signed card offers a point of small order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the recipient's card offers a key that nothing can be sealed to")]
pub struct SealError;

/// One envelope or several, sealed: a recipient and a ciphertext.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// All members but `enc` and `ciphertext`.
    open: Object,
    /// Their canonical form, which is sealed along without being secret.
    aad: Vec<u8>,
    to: Did,
    prekey: PrekeyId,
    enc: [u8; 32],
    ciphertext: Vec<u8>,
}

/// Seals an envelope to its recipient's prekey. Sealing again gives another ciphertext.
///
/// # Errors
/// [`SealError`] when the prekey is no usable key.
pub fn seal(envelope: &Content, prekey: &PublicPrekey, rng: &mut impl CryptoRng) -> Result<Sealed, SealError> {
    seal_bytes(&[envelope.bytes()], envelope.to().did, prekey, rng)
}

/// Seals envelopes to `to` under one seal, as they were stored when they were signed: at least one, and as many as
/// [`how_many_under_one_seal`]. One key agreement serves them all.
///
/// # Errors
/// [`SealError`] when the prekey is no usable key.
pub fn seal_bytes(
    envelopes: &[&[u8]],
    to: Did,
    prekey: &PublicPrekey,
    rng: &mut impl CryptoRng,
) -> Result<Sealed, SealError> {
    let prekey_id = prekey.id();
    let open = to_object(&json!({
        "ai2ai": VERSION, "type": "sealed", "suite": SUITE, "to": to, "prekey": prekey_id,
    }));
    let aad = canonical(&open);
    let key = <Suite as Kem>::PublicKey::from_bytes(prekey.key()).map_err(|_| SealError)?;
    let sealed = hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, Suite>(
        &OpModeS::Base,
        &key,
        INFO,
        &sequence::join(envelopes),
        &aad,
        rng,
    );
    let (enc, ciphertext) = sealed.map_err(|_| SealError)?;
    Ok(Sealed { open, aad, to, prekey: prekey_id, enc: enc.to_bytes().into(), ciphertext })
}

impl Sealed {
    /// Reads a sealed envelope; nothing is opened yet.
    ///
    /// # Errors
    /// [`Code::Malformed`], [`Code::UnsupportedVersion`], [`Code::UnknownSuite`] or [`Code::TooLarge`], with the place.
    pub fn read(value: &Value) -> Result<Self, Refusal> {
        let object = value.as_object().ok_or_else(|| Refusal::malformed("", "an object is needed here"))?;
        let root = Members::of(object);
        root.check_version()?;
        root.check_type("sealed")?;
        if root.at("suite")?.str()? != SUITE {
            return Err(root.refused(Code::UnknownSuite, "suite"));
        }
        let to = root.text("to")?;
        let prekey = root.text("prekey")?;
        let enc = root.base64("enc")?;
        let enc = enc.try_into().map_err(|_| root.malformed("enc", "32 bytes are needed here"))?;
        let ciphertext = root.base64("ciphertext")?;
        if ciphertext.len() < TAG_BYTES {
            return Err(root.malformed("ciphertext", "it is too short to be one"));
        }
        if ciphertext.len() > ENVELOPE_BYTES + TAG_BYTES {
            return Err(root.refused(Code::TooLarge, "ciphertext"));
        }
        let open: Object =
            object.iter().filter(|(name, _)| *name != "enc" && *name != "ciphertext").map(cloned).collect();
        let sealed = Self { aad: canonical(&open), open, to, prekey, enc, ciphertext };
        if sealed.size() > SEALED_BYTES { Err(Refusal::new(Code::TooLarge, "")) } else { Ok(sealed) }
    }

    /// Opens it: the bytes of 1 to 64 envelopes, from nobody knows whom until they are verified.
    ///
    /// # Errors
    /// [`Code::UnknownPrekey`] when it is sealed to another prekey, [`Code::CannotOpen`] when it was made or changed
    /// by somebody who does not follow the protocol, [`Code::Malformed`] or [`Code::TooLarge`] when what was sealed is no sequence
    /// of envelopes.
    pub fn open(&self, prekey: &Prekey) -> Result<Vec<Vec<u8>>, Code> {
        if prekey.id() != self.prekey {
            return Err(Code::UnknownPrekey);
        }
        let enc = <Suite as Kem>::EncappedKey::from_bytes(&self.enc).map_err(|_| Code::CannotOpen)?;
        let opened = hpke::single_shot_open::<AesGcm256, HkdfSha256, Suite>(
            &OpModeR::Base,
            &prekey.private(),
            &enc,
            INFO,
            &self.ciphertext,
            &self.aad,
        );
        let opened = opened.map_err(|_| Code::CannotOpen)?;
        Ok(sequence::split(&opened)?.into_iter().map(<[u8]>::to_vec).collect())
    }

    /// The recipient.
    #[must_use]
    pub fn to(&self) -> &Did {
        &self.to
    }

    /// The prekey that opens it.
    #[must_use]
    pub fn prekey(&self) -> PrekeyId {
        self.prekey
    }

    /// The digest of the sealed object: what a receipt names when it can't be opened.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&canonical(&self.object()))
    }

    /// Bytes of its canonical form.
    #[must_use]
    pub fn size(&self) -> usize {
        const MEMBERS: usize = r#","enc":"","ciphertext":"""#.len();
        let base64 = |bytes: &[u8]| BASE64.encode_len(bytes.len());
        self.aad.len() + MEMBERS + base64(&self.enc) + base64(&self.ciphertext)
    }

    /// The sealed envelope as it stands in a batch.
    #[must_use]
    pub fn object(&self) -> Object {
        let mut object = self.open.clone();
        object.insert("enc".to_owned(), BASE64.encode(&self.enc).into());
        object.insert("ciphertext".to_owned(), BASE64.encode(&self.ciphertext).into());
        object
    }
}

fn cloned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes to {:?})", self.size(), self.to)
    }
}
