//! Messages of agents of the original: JSON as JavaScript reads it, envelopes, answers and keys. What is accepted is written as it was read, and
//! counts as signed by nobody who has not signed it.

use ai2ai_protocol::original::{
    Agreement, ORIGINAL_BYTES, OriginalEnvelope, OriginalIdentity, TheirAnswer, key_of_pem, parse, pem_of_key,
    stringify,
};
use ai2ai_protocol::time::Timestamp;

use super::documents::THEN;

/// The secret of the vectors' recipient.
const OPENING: [u8; 32] = [0xa1; 32];
/// Statuses of an answer: taken, refused for good, and for now.
const STATUSES: [u16; 3] = [200, 400, 503];

pub(super) fn original(bytes: &[u8]) {
    if let Ok(value) = parse(bytes) {
        let text = stringify(&value);
        let again = parse(text.as_bytes()).expect("what is written can be read");
        assert_eq!(stringify(&again), text, "and says the same");
    }
    for status in STATUSES {
        let _ = TheirAnswer::read(status, bytes);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        keys(text);
    }
    envelope(bytes);
}

fn keys(text: &str) {
    if let Ok(key) = key_of_pem(text) {
        assert!(key_of_pem(&pem_of_key(&key)).is_ok_and(|again| again == key));
    }
    if let Ok(key) = Agreement::read(text) {
        assert!(Agreement::read(&key.text()).is_ok());
    }
}

fn envelope(bytes: &[u8]) {
    let identity = OriginalIdentity::from_secrets(&[1; 32], OPENING);
    let Ok(opened) = OriginalEnvelope::read(bytes).and_then(|envelope| envelope.open(&identity)) else { return };
    assert!(bytes.len() <= ORIGINAL_BYTES);
    let _ = opened.check_age(Timestamp::from_millis(THEN));
    let _ = (opened.is_for("alex-assistant"), opened.offered_key(), opened.payload().to_object());
    assert!(opened.verify(&identity.public()).is_err(), "the recipient's own key has signed nothing");
}
