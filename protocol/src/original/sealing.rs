//! The original's payload encryption: an ephemeral X25519 key, HKDF-SHA256 with an empty salt, AES-256-GCM.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead as _, KeyInit as _};
use data_encoding::BASE64;
use hkdf::Hkdf;
use rand_core::CryptoRng;
use sha2::Sha256;
use x25519_dalek::{SharedSecret, StaticSecret};
use zeroize::Zeroizing;

use super::agreement_key::{Agreement, AgreementError};
use super::js::{Js, JsMembers, read, stringify};
use super::keys::OriginalIdentity;
use crate::json_reader::base64;

/// Context that binds the key to this use.
const INFO: &[u8] = b"ai2ai-payload-encryption";
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// Returns whether a payload says that it is encrypted.
#[must_use]
pub fn is_sealed(payload: &JsMembers) -> bool {
    payload.get("_encrypted") == Some(&Js::Bool(true))
}

/// Encrypts a payload to a key.
///
/// # Errors
/// [`AgreementError`]: the key is a point of small order.
pub(super) fn seal(payload: &Js, to: Agreement, rng: &mut impl CryptoRng) -> Result<Js, AgreementError> {
    let mut secret = Zeroizing::new([0; 32]);
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(secret.as_mut());
    rng.fill_bytes(&mut nonce);
    let ephemeral = StaticSecret::from(*secret);
    let cipher = cipher(&ephemeral.diffie_hellman(&to.key())).ok_or(AgreementError)?;
    let sealed = cipher.encrypt(&nonce.into(), stringify(payload).as_bytes()).map_err(|_| AgreementError)?;
    let (ciphertext, tag) = sealed.split_at(sealed.len() - TAG_BYTES);
    let text = |text: &str| Js::Text(text.into());
    let mut members = JsMembers::default();
    members.set("_encrypted", Js::Bool(true));
    members.set("ephemeralPub", text(&Agreement::of(&ephemeral).text()));
    members.set("nonce", text(&BASE64.encode(&nonce)));
    members.set("ciphertext", text(&BASE64.encode(ciphertext)));
    members.set("tag", text(&BASE64.encode(tag)));
    Ok(Js::Members(members))
}

/// Opens a payload that says that it is encrypted; nothing, if it does not open or is no object.
pub(super) fn open(payload: &JsMembers, identity: &OriginalIdentity) -> Option<JsMembers> {
    let bytes = |name: &str| payload.get(name).and_then(Js::as_text).and_then(|text| base64(&text));
    let theirs = Agreement::read(&payload.get("ephemeralPub")?.as_text()?).ok()?;
    let nonce: [u8; NONCE_BYTES] = bytes("nonce")?.try_into().ok()?;
    let tag: [u8; TAG_BYTES] = bytes("tag")?.try_into().ok()?;
    let sealed = [bytes("ciphertext")?, tag.to_vec()].concat();
    let cipher = cipher(&identity.opening().diffie_hellman(&theirs.key()))?;
    let plain = Zeroizing::new(cipher.decrypt(&nonce.into(), sealed.as_slice()).ok()?);
    match read(&plain).ok()? {
        Js::Members(members) => Some(members),
        Js::Null | Js::Bool(_) | Js::Number(_) | Js::Text(_) | Js::List(_) => None,
    }
}

fn cipher(shared: &SharedSecret) -> Option<Aes256Gcm> {
    if !shared.was_contributory() {
        return None;
    }
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(&[]), shared.as_bytes()).expand(INFO, key.as_mut()).ok()?;
    Aes256Gcm::new_from_slice(key.as_ref()).ok()
}
