//! Properties of a seal: secrecy, integrity, and that another implementation of RFC 9180 opens it.

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use hkdf::Hkdf;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sha2::Sha256;

use crate::cast::{alex, darren, mallory, now};
use crate::envelope::{Kind, verify};
use crate::time::Timestamp;

use super::*;

fn rng() -> StdRng {
    StdRng::from_seed([5; 32])
}

fn sealed_to_alex() -> Sealed {
    seal(&darren().asks_for_dinner(&alex()), &alex().prekey.public(now()), &mut rng()).expect("a good prekey")
}

/// Returns what reading says to the sealed object after a change.
fn refused(name: &str, value: Value) -> (Code, String) {
    let mut object = sealed_to_alex().object();
    object.insert(name.to_owned(), value);
    let refusal = Sealed::read(&object.into()).expect_err("it is to be refused");
    (refusal.code, refusal.place)
}

#[test]
fn what_is_sealed_to_alex_is_opened_by_alex() {
    let signed = darren().asks_for_dinner(&alex());
    let sealed = Sealed::read(&sealed_to_alex().object().into()).expect("a sealed envelope");
    assert_eq!((sealed.to(), sealed.prekey()), (&alex().did(), alex().prekey.id()));
    let opened = sealed.open(&alex().prekey).expect("it opens");
    assert_eq!(opened, [signed.bytes()]);
    assert!(verify(&opened[0], &alex().did()).is_ok());
}

#[test]
fn several_envelopes_go_under_one_seal_and_come_out_in_their_order() {
    let dinner = darren().asks_for_dinner(&alex());
    let ping = darren().draft(2, &alex(), Kind::Ping, json!({})).sign(&darren().sender).expect("a good draft");
    let both = [dinner.bytes(), ping.bytes()];
    let sealed = seal_bytes(&both, alex().did(), &alex().prekey.public(now()), &mut StdRng::from_seed([5; 32]));
    let sealed = Sealed::read(&sealed.expect("a good prekey").object().into()).expect("a sealed envelope");
    assert_eq!(sealed.open(&alex().prekey).expect("it opens"), both);
}

#[test]
fn what_is_sealed_and_is_no_whole_sequence_is_refused() {
    for bad in [&b"\x1e"[..], b"\x1e{}", b"\x1e{}\n\x1e"] {
        let sealed = seal_bytes(&[bad], alex().did(), &alex().prekey.public(now()), &mut StdRng::from_seed([5; 32]));
        assert_eq!(sealed.expect("a good prekey").open(&alex().prekey), Err(Code::Malformed));
    }
}

/// The original signed, then encrypted, and its own receiver rejected the result.
#[test]
fn a_sealed_envelope_survives_being_written_and_read() {
    let sealed = sealed_to_alex();
    let text = canonical(&sealed.object());
    assert_eq!(sealed.size(), text.len());
    assert_eq!(sealed.digest(), Digest::of(&text));
    let read: Value = serde_json::from_slice(&text).expect("JSON");
    assert_eq!(Sealed::read(&read), Ok(sealed));
}

#[test]
fn it_shows_the_recipient_and_nothing_else() {
    let text = String::from_utf8(canonical(&sealed_to_alex().object())).expect("UTF-8");
    let darren = darren();
    for secret in [&darren.did().to_string(), "Darren", "darren-assistant", "schedule", "Dinner", "request"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let again = seal(&darren.asks_for_dinner(&alex()), &alex().prekey.public(now()), &mut StdRng::from_seed([6; 32]));
    assert_ne!(again, Ok(sealed_to_alex()));
}

#[test]
fn nobody_else_opens_it_and_nothing_in_it_can_be_changed() {
    let sealed = sealed_to_alex();
    assert_eq!(sealed.open(&mallory().prekey), Err(Code::UnknownPrekey));
    for change in [
        |sealed: &mut Sealed| sealed.enc[0] ^= 1,
        |sealed: &mut Sealed| sealed.enc = [0; 32],
        |sealed: &mut Sealed| sealed.ciphertext[0] ^= 1,
        |sealed: &mut Sealed| sealed.ciphertext.truncate(20),
        |sealed: &mut Sealed| sealed.ciphertext.push(0),
        |sealed: &mut Sealed| sealed.open["to"] = json!(mallory().did()),
        |sealed: &mut Sealed| drop(sealed.open.insert("note".to_owned(), json!(1))),
    ] {
        let mut changed = sealed.clone();
        change(&mut changed);
        let read = Sealed::read(&changed.object().into()).expect("its form is still good");
        assert_eq!(read.open(&alex().prekey), Err(Code::CannotOpen));
    }
    let mut moved = sealed;
    moved.prekey = mallory().prekey.id();
    moved.open["prekey"] = json!(moved.prekey);
    moved.aad = canonical(&moved.open);
    assert_eq!(moved.open(&mallory().prekey), Err(Code::CannotOpen));
}

#[test]
fn what_is_no_sealed_envelope_is_refused_with_its_place() {
    for (name, value, code) in [
        ("ai2ai", json!("0.1"), Code::UnsupportedVersion),
        ("ai2ai", json!(null), Code::Malformed),
        ("type", json!("envelope"), Code::Malformed),
        ("suite", json!("x-wing"), Code::UnknownSuite),
        ("suite", json!(null), Code::Malformed),
        ("to", json!("../../x"), Code::Malformed),
        ("prekey", json!("../../x"), Code::Malformed),
        ("enc", json!("AAAA"), Code::Malformed),
        ("enc", json!("?"), Code::Malformed),
        ("ciphertext", json!(""), Code::Malformed),
        ("ciphertext", json!(BASE64.encode(&[0; 15])), Code::Malformed),
        ("ciphertext", json!(BASE64.encode(&vec![0; ENVELOPE_BYTES + 17])), Code::TooLarge),
    ] {
        assert_eq!(refused(name, value), (code, format!("/{name}")));
    }
    assert_eq!(refused("x", json!("x".repeat(SEALED_BYTES))).0, Code::TooLarge);
    assert_eq!(Sealed::read(&json!("sealed")).map_err(|refusal| refusal.code), Err(Code::Malformed));
}

#[test]
fn the_largest_envelope_fits_into_a_seal() {
    let text = "x".repeat(ENVELOPE_BYTES - 2_000);
    let draft = darren().draft(1, &alex(), crate::envelope::Kind::Message, json!({ "text": text }));
    let signed = draft.sign(&darren().sender).expect("a good draft");
    let sealed = seal(&signed, &alex().prekey.public(now()), &mut rng()).expect("a good prekey");
    assert!(Sealed::read(&sealed.object().into()).is_ok());
}

#[test]
fn a_prekey_of_small_order_is_refused_by_the_sender() {
    let neutral = json!({
        "id": PrekeyId::of(&[0; 32]), "suite": SUITE, "key": BASE64.encode(&[0; 32]), "not_after": now(),
    });
    let members = crate::cast::object(neutral);
    let prekey = PublicPrekey::read(&Members::of(&members)).expect("its form is good").expect("a known suite");
    assert_eq!(seal(&darren().asks_for_dinner(&alex()), &prekey, &mut rng()), Err(SealError));
}

#[test]
fn a_prekeys_secret_is_not_printed() {
    let prekey = Prekey::from_secret([7; 32]);
    assert_eq!(**prekey.secret(), [7; 32]);
    let printed = format!("{prekey:?}");
    assert!(printed.contains("secret") && !printed.contains("7, 7"), "{printed}");
    assert_eq!(prekey.id().to_string().parse(), Ok(prekey.id()));
    for bad in ["", "0", &"0".repeat(31), &"A".repeat(32), "../../x"] {
        assert_eq!(bad.parse::<PrekeyId>(), Err(PrekeyIdError), "{bad}");
    }
}

/// RFC 9180 §4 and §5 in so many words, from other building blocks than the `hpke` crate's own schedule.
fn open_by_the_book(sealed: &Sealed, secret: [u8; 32]) -> Vec<u8> {
    let kem: &[u8] = b"KEM\x00\x20";
    let suite: &[u8] = b"HPKE\x00\x20\x00\x01\x00\x02";
    let extract = |suite: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]| {
        Hkdf::<Sha256>::extract(Some(salt), &[b"HPKE-v1", suite, label, ikm].concat()).0
    };
    let expand = |suite: &[u8], prk: &[u8], label: &[u8], info: &[u8], length: u16| {
        let labelled = [&length.to_be_bytes(), &b"HPKE-v1"[..], suite, label, info].concat();
        let mut out = vec![0; length.into()];
        Hkdf::<Sha256>::from_prk(prk).expect("32 bytes").expand(&labelled, &mut out).expect("short enough");
        out
    };
    let secret = x25519_dalek::StaticSecret::from(secret);
    let public = x25519_dalek::PublicKey::from(&secret);
    let dh = secret.diffie_hellman(&sealed.enc.into());
    let context = [&sealed.enc[..], public.as_bytes()].concat();
    let shared = expand(kem, &extract(kem, b"", b"eae_prk", dh.as_bytes()), b"shared_secret", &context, 32);
    let context =
        [&[0][..], &extract(suite, b"", b"psk_id_hash", b""), &extract(suite, b"", b"info_hash", INFO)].concat();
    let secret = extract(suite, &shared, b"secret", b"");
    let key = expand(suite, &secret, b"key", &context, 32);
    let nonce = expand(suite, &secret, b"base_nonce", &context, 12);
    let payload = Payload { msg: &sealed.ciphertext, aad: &sealed.aad };
    let nonce: [u8; 12] = nonce.try_into().expect("12 bytes");
    let cipher = aes_gcm::Aes256Gcm::new_from_slice(&key).expect("32 bytes");
    cipher.decrypt(&nonce.into(), payload).expect("it opens")
}

#[test]
fn a_seal_is_what_rfc_9180_says() {
    let opened = open_by_the_book(&sealed_to_alex(), **alex().prekey.secret());
    assert_eq!(opened, darren().asks_for_dinner(&alex()).bytes());
}

/// RFC 9180 appendix A.1.1, whose AEAD is AES-128-GCM: the vector that the RFC prints for this KEM and KDF.
#[test]
fn the_rfcs_own_vector_is_reproduced() {
    let hex = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).expect("hexadecimal digits");
    let info = hex("4f6465206f6e2061204772656369616e2055726e");
    let ikm_r = hex("6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037");
    let ikm_e = hex("7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234");
    let (secret, public) = Suite::derive_keypair(&ikm_r);
    assert_eq!(public.to_bytes()[..], hex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d"));
    let (enc, ciphertext) = hpke::single_shot_seal_with_rng::<hpke::aead::AesGcm128, HkdfSha256, Suite>(
        &OpModeS::Base,
        &public,
        &info,
        &hex("4265617574792069732074727574682c20747275746820626561757479"),
        b"Count-0",
        &mut Fixed(ikm_e),
    )
    .expect("it seals");
    assert_eq!(enc.to_bytes()[..], hex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"));
    let expected = "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a";
    assert_eq!(ciphertext, hex(expected));
    assert_eq!(Suite::sk_to_pk(&secret), public);
}

/// A source of randomness that gives these bytes and no others.
struct Fixed(Vec<u8>);

impl rand_core::TryRng for Fixed {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        unreachable!("HPKE asks for bytes")
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        unreachable!("HPKE asks for bytes")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.copy_from_slice(&self.0);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Fixed {}

/// A prekey is only offered for a while, but that is the card's and the store's to know: sealing asks no clock.
#[test]
fn sealing_asks_no_clock() {
    let long_gone = alex().prekey.public(Timestamp::from_millis(0));
    assert!(seal(&darren().asks_for_dinner(&alex()), &long_gone, &mut rng()).is_ok());
}
