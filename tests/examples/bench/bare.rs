//! The parts, bare: what the cryptography of a message costs, and what the disk takes to keep 1 KiB.

use std::fs::File;
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Kem, OpModeR, OpModeS};
use rand::RngExt as _;

use crate::figures::Percentiles;

/// Bytes of an envelope that carries a text of 1 KiB: names, keys and the delegation are in it.
const ENVELOPE_BYTES: usize = 2_300;
/// How long each part is repeated.
const TIME: Duration = Duration::from_secs(2);
/// How often the disk is asked.
const WRITES: usize = 1_000;

/// Seconds for each part, and how many messages a second all of them together allow.
pub(crate) struct Parts {
    pub(crate) sign: f64,
    pub(crate) verify: f64,
    pub(crate) seal: f64,
    pub(crate) open: f64,
    pub(crate) one_core: f64,
    pub(crate) both_cores: f64,
    pub(crate) fsync: Percentiles,
}

type Secret = <X25519HkdfSha256 as Kem>::PrivateKey;
type Public = <X25519HkdfSha256 as Kem>::PublicKey;
type Encapped = <X25519HkdfSha256 as Kem>::EncappedKey;

/// What it takes to bring one envelope from one to another.
struct Crypto {
    key: SigningKey,
    known: VerifyingKey,
    prekey: (Secret, Public),
    envelope: Vec<u8>,
}

impl Crypto {
    fn new() -> Self {
        let mut dice = rand::rng();
        let key = SigningKey::from_bytes(&dice.random());
        let prekey = X25519HkdfSha256::derive_keypair(&dice.random::<[u8; 32]>());
        Self { known: key.verifying_key(), key, prekey, envelope: vec![b'x'; ENVELOPE_BYTES] }
    }

    fn sign(&self) -> Signature {
        self.key.sign(&self.envelope)
    }

    fn verify(&self, signature: &Signature) {
        // As a node does, which knows a key by its bytes.
        let key = VerifyingKey::from_bytes(self.known.as_bytes()).expect("a good key");
        key.verify_strict(&self.envelope, signature).expect("a good signature");
    }

    fn seal(&self) -> (Encapped, Vec<u8>) {
        hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &self.prekey.1,
            b"bench",
            &self.envelope,
            b"",
            &mut rand::rng(),
        )
        .expect("sealed")
    }

    fn open(&self, sealed: &(Encapped, Vec<u8>)) -> Vec<u8> {
        hpke::single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &self.prekey.0,
            &sealed.0,
            b"bench",
            &sealed.1,
            b"",
        )
        .expect("opened")
    }

    fn all(&self) {
        let signature = self.sign();
        let sealed = self.seal();
        black_box(self.open(&sealed));
        self.verify(&signature);
    }
}

/// Seconds for one time, over many.
fn seconds_of(mut part: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut times = 0_u32;
    while start.elapsed() < TIME {
        for _ in 0..100 {
            part();
        }
        times += 100;
    }
    start.elapsed().as_secs_f64() / f64::from(times)
}

/// Measures the parts; `folder` lies where the homes lie.
pub(crate) fn measure(folder: &Path) -> Parts {
    let crypto = Crypto::new();
    let signature = crypto.sign();
    let sealed = crypto.seal();
    let one = seconds_of(|| crypto.all());
    let both = thread::scope(|scope| {
        let other = scope.spawn(|| 1.0 / seconds_of(|| crypto.all()));
        1.0 / seconds_of(|| crypto.all()) + other.join().expect("the other core")
    });
    Parts {
        sign: seconds_of(|| {
            black_box(crypto.sign());
        }),
        verify: seconds_of(|| crypto.verify(&signature)),
        seal: seconds_of(|| drop(black_box(crypto.seal()))),
        open: seconds_of(|| drop(black_box(crypto.open(&sealed)))),
        one_core: 1.0 / one,
        both_cores: both,
        fsync: fsyncs(folder),
    }
}

fn fsyncs(folder: &Path) -> Percentiles {
    let mut file = File::create(folder.join("appended")).expect("a file");
    let took = (0..WRITES).map(|_| {
        let start = Instant::now();
        file.write_all(&[7; 1_024]).and_then(|()| file.sync_data()).expect("kept");
        start.elapsed()
    });
    Percentiles::of(took.collect())
}
