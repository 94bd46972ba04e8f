//! Sealed envelopes, and batches of them.

use ai2ai_protocol::batch::write_batch;
use ai2ai_protocol::canonical::{Object, canonical};
use ai2ai_protocol::code::Code;
use ai2ai_protocol::seal::{Sealed, seal, seal_bytes};
use data_encoding::{BASE64, HEXLOWER};
use rand_core::{TryCryptoRng, TryRng};
use serde_json::{Value, json};

use super::envelopes::dinner;
use super::people::{ALEX, DARREN, MALLORY, at, text, with, without};
use super::{File, Vector};

/// The vectors.
pub(crate) fn file() -> File {
    let one = [good(), no_sequences(), closed(), misshapen()].into_iter().flatten();
    let one = one.map(|vector| vector.given("prekey_secret", HEXLOWER.encode(&**ALEX.prekey().secret())));
    File {
        about: "SPEC.md §8. `input` is a sealed envelope, opened with the X25519 secret `prekey_secret` (hexadecimal digits): \
                `opened` is what is inside, an envelope on each line. `ephemeral_ikm` is the input keying material of the sender's ephemeral key \
                (RFC 9180 §7.1.3), so that sealing them gives `input` again. `digest` is that of the sealed object. Where \
                `batch` is given, `input` is a whole batch, and `sealed` says of each entry its digest and `ok` or the code. \
                What does not open has the `code` instead."
            .to_owned(),
        vectors: one.chain(batches()).collect(),
    }
}

/// The sealed dinner, with an ephemeral key that grows from these bytes.
pub(crate) fn sealed(ikm: u8) -> Sealed {
    let prekey = ALEX.prekey().public(at("2026-02-09T03:55:00Z"));
    seal(&dinner(), &prekey, &mut Repeated(ikm)).expect("a good prekey")
}

/// Something sealed to Darren.
pub(crate) fn sealed_to_darren() -> Sealed {
    let prekey = DARREN.prekey().public(at("2026-02-09T03:55:00Z"));
    seal_bytes(&[b"{}"], DARREN.did(), &prekey, &mut Repeated(9)).expect("a good prekey")
}

fn object() -> Object {
    sealed(7).object()
}

fn good() -> Vec<Vector> {
    let opened = String::from_utf8(dinner().bytes().to_vec()).expect("JSON is UTF-8");
    let good = |name: &str, ikm: u8| {
        let sealed = sealed(ikm);
        let result = [("opened", opened.clone()), ("digest", sealed.digest().to_string())];
        Vector::good(name, text(&sealed.object()), result).given("ephemeral_ikm", HEXLOWER.encode(&[ikm; 32]))
    };
    let two = sealed_text(&[dinner().bytes(), dinner().bytes()]);
    let result = [("opened", format!("{opened}\n{opened}")), ("digest", two.digest().to_string())];
    let two = Vector::good("two under one seal, as a JSON text sequence", text(&two.object()), result);
    vec![
        good("dinner, sealed to Alex", 7),
        good("the same, sealed again", 8),
        two.given("ephemeral_ikm", HEXLOWER.encode(&[7; 32])),
    ]
}

/// Any texts, under one seal.
fn sealed_text(texts: &[&[u8]]) -> Sealed {
    let prekey = ALEX.prekey().public(at("2026-02-09T03:55:00Z"));
    seal_bytes(texts, ALEX.did(), &prekey, &mut Repeated(7)).expect("a good prekey")
}

/// Makes texts that do not come apart again.
fn no_sequences() -> Vec<Vector> {
    let bad = |name: &str, plain: &[u8], code: Code| Vector::bad(name, text(&sealed_text(&[plain]).object()), code, "");
    vec![
        bad("a sequence without its last line feed", b"\x1e{}\n\x1e{}", Code::Malformed),
        bad("a sequence with an end and nothing in it", b"\x1e{}\n\x1e", Code::Malformed),
        bad("a sequence of 65", &b"\x1e{}\n".repeat(65), Code::TooLarge),
    ]
}

fn flipped(name: &str) -> Object {
    let sealed = object();
    let mut bytes = BASE64.decode(sealed[name].as_str().expect("a text").as_bytes()).expect("base64");
    bytes[0] ^= 1;
    with(&sealed, name, json!(BASE64.encode(&bytes)))
}

fn closed() -> Vec<Vector> {
    let bad = |name: &str, object: &Object, code: Code| Vector::bad(name, text(object), code, "");
    let zero = with(&object(), "enc", json!(BASE64.encode(&[0; 32])));
    vec![
        bad("sealed to another prekey", &with(&object(), "prekey", json!(MALLORY.prekey().id())), Code::UnknownPrekey),
        bad("the encapsulated key is changed", &flipped("enc"), Code::CannotOpen),
        bad("the encapsulated key is of small order", &zero, Code::CannotOpen),
        bad("the ciphertext is changed", &flipped("ciphertext"), Code::CannotOpen),
        bad("the recipient is changed", &with(&object(), "to", json!(MALLORY.did())), Code::CannotOpen),
        bad("a member put in", &with(&object(), "note", json!("x")), Code::CannotOpen),
    ]
}

fn misshapen() -> Vec<Vector> {
    let bad = |name: &str, member: &str, value: Value, code: Code| {
        Vector::bad(name, text(&with(&object(), member, value)), code, &format!("/{member}"))
    };
    vec![
        bad("another version", "ai2ai", json!("0.1"), Code::UnsupportedVersion),
        bad("another suite", "suite", json!("x-wing-hkdf-sha256-aes-256-gcm"), Code::UnknownSuite),
        bad("another type", "type", json!("card"), Code::Malformed),
        bad("a recipient that is a path", "to", json!("../../x"), Code::Malformed),
        bad("a prekey that is a path", "prekey", json!("../../x"), Code::Malformed),
        bad("an encapsulated key of 31 bytes", "enc", json!(BASE64.encode(&[1; 31])), Code::Malformed),
        bad("base64 without its padding", "enc", json!("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"), Code::Malformed),
        bad(
            "base64 with bits left over",
            "enc",
            json!("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQF="),
            Code::Malformed,
        ),
        bad("a ciphertext of 15 bytes", "ciphertext", json!(BASE64.encode(&[1; 15])), Code::Malformed),
        Vector::bad("without a ciphertext", text(&without(&object(), "ciphertext")), Code::Malformed, "/ciphertext"),
        Vector::bad("no object", "[]", Code::Malformed, ""),
    ]
}

fn batches() -> Vec<Vector> {
    let of = |list: Value| canonical(&json!({ "ai2ai": "0.2", "type": "batch", "sealed": list }));
    let bad = |name: &str, input: Vec<u8>, code: Code, place: &str| Vector::bad(name, input, code, place);
    let entry = |object: &Object| {
        let digest = ai2ai_protocol::digest::Digest::of(&canonical(object));
        Sealed::read(&object.clone().into())
            .map_or_else(|refusal| format!("{digest} {}", refusal.code), |_| format!("{digest} ok"))
    };
    let other = with(&object(), "suite", json!("x-wing-hkdf-sha256-aes-256-gcm"));
    let two = [sealed(7), sealed(8)];
    let said = |objects: &[&Object]| objects.iter().map(|object| entry(object)).collect::<Vec<_>>().join("\n");
    let list = vec![
        Vector::good("two in a batch", write_batch(&two), [("sealed", said(&[&two[0].object(), &two[1].object()]))]),
        Vector::good(
            "one bad one spoils no other",
            of(json!([other, object()])),
            [("sealed", said(&[&other, &object()]))],
        ),
        bad("an empty batch", of(json!([])), Code::Malformed, "/sealed"),
        bad("65 in a batch", of(Value::Array(vec![json!({}); 65])), Code::TooLarge, "/sealed"),
        bad(
            "a batch of another version",
            canonical(&json!({ "ai2ai": "0.3", "type": "batch", "sealed": [1] })),
            Code::UnsupportedVersion,
            "/ai2ai",
        ),
        bad("a batch that is null", b"null".to_vec(), Code::Malformed, ""),
    ];
    list.into_iter().map(|vector| vector.given("batch", true)).collect()
}

/// Randomness that is one byte, again and again.
struct Repeated(u8);

impl TryRng for Repeated {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(u32::from_ne_bytes([self.0; 4]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(u64::from_ne_bytes([self.0; 8]))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill(self.0);
        Ok(())
    }
}

impl TryCryptoRng for Repeated {}
