//! The primitives, as this crate uses them, against Project Wycheproof's attacks on their like.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use ed25519_dalek::{Signature, VerifyingKey};
use hkdf::Hkdf;
use sha2::Sha256;
use wycheproof::TestResult;
use x25519_dalek::{PublicKey, StaticSecret};

/// Signatures are checked strictly; nothing that Wycheproof calls valid is refused by that.
#[test]
fn ed25519_accepts_what_is_valid_and_nothing_else() {
    let set = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).expect("the tests");
    let mut count = 0;
    for group in set.test_groups {
        let key: [u8; 32] = group.key.pk[..].try_into().expect("32 bytes");
        let key = VerifyingKey::from_bytes(&key).expect("a key");
        for test in group.tests {
            let verified = Signature::from_slice(&test.sig).and_then(|sig| key.verify_strict(&test.msg, &sig));
            assert_eq!(verified.is_ok(), test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
            count += 1;
        }
    }
    assert!(count > 100);
}

#[test]
fn x25519_agrees_on_every_secret_and_notices_when_there_is_none() {
    let set = wycheproof::xdh::TestSet::load(wycheproof::xdh::TestName::X25519).expect("the tests");
    let mut count = 0;
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        let public: [u8; 32] = test.public_key[..].try_into().expect("32 bytes");
        let secret: [u8; 32] = test.private_key[..].try_into().expect("32 bytes");
        let shared = StaticSecret::from(secret).diffie_hellman(&PublicKey::from(public));
        assert_eq!(shared.as_bytes()[..], test.shared_secret[..], "{}: {}", test.tc_id, test.comment);
        let none = test.shared_secret.iter().all(|byte| *byte == 0);
        assert_eq!(shared.was_contributory(), !none, "{}: {}", test.tc_id, test.comment);
        count += 1;
    }
    assert!(count > 400);
}

#[test]
fn aes_256_gcm_seals_and_opens_what_is_valid_and_nothing_else() {
    let set = wycheproof::aead::TestSet::load(wycheproof::aead::TestName::AesGcm).expect("the tests");
    let used =
        |group: &wycheproof::aead::TestGroup| (group.key_size, group.nonce_size, group.tag_size) == (256, 96, 128);
    let mut count = 0;
    for test in set.test_groups.into_iter().filter(used).flat_map(|group| group.tests) {
        let cipher = Aes256Gcm::new_from_slice(&test.key).expect("32 bytes");
        let nonce: [u8; 12] = test.nonce[..].try_into().expect("12 bytes");
        let sealed = [&test.ct[..], &test.tag[..]].concat();
        let opened = cipher.decrypt(&nonce.into(), Payload { msg: &sealed, aad: &test.aad }).ok();
        if test.result == TestResult::Valid {
            assert_eq!(opened.as_deref(), Some(&test.pt[..]), "{}: {}", test.tc_id, test.comment);
            let again = cipher.encrypt(&nonce.into(), Payload { msg: &test.pt, aad: &test.aad });
            assert_eq!(again.ok(), Some(sealed), "{}: {}", test.tc_id, test.comment);
        } else {
            assert_eq!(opened, None, "{}: {}", test.tc_id, test.comment);
        }
        count += 1;
    }
    assert!(count > 60);
}

#[test]
fn hkdf_sha256_derives_what_is_valid_and_refuses_to_derive_too_much() {
    let set = wycheproof::hkdf::TestSet::load(wycheproof::hkdf::TestName::HkdfSha256).expect("the tests");
    let mut count = 0;
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        let mut derived = vec![0; test.size];
        let done = Hkdf::<Sha256>::new(Some(&test.salt), &test.ikm).expand(&test.info, &mut derived);
        assert_eq!(done.is_ok(), test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
        if done.is_ok() {
            assert_eq!(derived, test.okm[..], "{}: {}", test.tc_id, test.comment);
        }
        count += 1;
    }
    assert!(count > 80);
}
