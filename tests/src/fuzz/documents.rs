//! The documents that travel: none makes a reader fall over, and what is accepted is what came.

use ai2ai_protocol::agreement;
use ai2ai_protocol::approval::Approval;
use ai2ai_protocol::batch::{read_batch, write_batch};
use ai2ai_protocol::bundle::Carried;
use ai2ai_protocol::canonical::{Object, canonical, read_object};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::{Content, verify, verify_any};
use ai2ai_protocol::limits::{BATCH_ENVELOPES, CARRIED_SEALS, ENVELOPE_BYTES, RECEIPTS_BYTES};
use ai2ai_protocol::mandate::Mandate;
use ai2ai_protocol::receipt::{self, Receipts};
use ai2ai_protocol::seal::{Prekey, Sealed};
use ai2ai_protocol::terms::{self, Terms, act_of};
use ai2ai_protocol::time::Timestamp;
use serde_json::Value;

use super::seeds;

/// A moment within the lives of the vectors' documents.
pub(super) const THEN: i64 = 1_770_436_800_000;

pub(super) fn envelope(bytes: &[u8]) {
    if let Ok(content) = Content::of_stored(bytes) {
        assert_eq!(content.bytes(), bytes, "the bytes that came are the bytes that are kept");
        let again = Content::of_stored(content.bytes()).expect("what is kept reads");
        assert_eq!((again.id(), again.digest()), (content.id(), content.digest()));
        asks_everything_of(&content);
    }
    if let Ok(verified) = verify_any(bytes) {
        assert_eq!(verified.bytes(), bytes);
        let object = read_object(bytes, ENVELOPE_BYTES).expect("what verifies is strict");
        assert_eq!(verified.digest(), Digest::of(&canonical(&object)));
        assert!(verify(bytes, &verified.to().did).is_ok(), "it is for whom it says");
        assert!(verify(bytes, &verified.from().did).is_err(), "and for nobody else");
        let _ = verified.check_life(Timestamp::from_millis(THEN));
    }
}

/// Asks everything of an envelope that a node asks, whether it verified or not.
fn asks_everything_of(content: &Content) {
    let act = act_of(content);
    let approved = Approval::check(content);
    assert!(approved.is_err() || act.is_ok(), "no approval holds for what is no act");
    let _ = receipt::of_payload(content);
    if let Some(object) = content.payload().get("terms").and_then(Value::as_object) {
        let _ = Approval::check_confirm(content, object);
        asks_of_terms(object.clone());
    }
}

pub(super) fn sealed(bytes: &[u8]) {
    let Ok(object) = read_object(bytes, ENVELOPE_BYTES * 2) else { return };
    let Ok(sealed) = Sealed::read(&Value::Object(object.clone())) else { return };
    assert_eq!(sealed.object(), object, "what came is what is kept");
    assert!(sealed.size() <= ai2ai_protocol::limits::SEALED_BYTES);
    if let Ok(opened) = sealed.open(&Prekey::from_secret(seeds::PREKEY)) {
        assert!((1..=BATCH_ENVELOPES).contains(&opened.len()));
        opened.iter().for_each(|text| envelope(text));
    }
}

pub(super) fn batch(bytes: &[u8]) {
    let Ok(entries) = read_batch(bytes) else { return };
    assert!((1..=BATCH_ENVELOPES).contains(&entries.len()));
    let good: Vec<Sealed> = entries.into_iter().filter_map(Result::ok).collect();
    if good.is_empty() {
        return;
    }
    let again = read_batch(&write_batch(&good)).expect("what was read can be written");
    let digests: Vec<Digest> = again.into_iter().map(|entry| entry.expect("read before").digest()).collect();
    assert_eq!(digests, good.iter().map(Sealed::digest).collect::<Vec<_>>());
}

/// A file that was carried has the same entries, under another name.
pub(super) fn carried(bytes: &[u8]) {
    let Ok(carried) = Carried::read(bytes) else { return };
    assert!((1..=CARRIED_SEALS).contains(&carried.sealed.len()));
    let good: Vec<Sealed> = carried.sealed.into_iter().filter_map(Result::ok).collect();
    assert!(good.iter().all(|sealed| *sealed.to() == carried.to), "nothing for somebody else is let in");
    if good.is_empty() {
        return;
    }
    let again = Carried::read(&Carried::write(&carried.to, &good)).expect("what was read can be written");
    assert_eq!(again.sealed, good.into_iter().map(Ok).collect::<Vec<_>>());
}

pub(super) fn card(bytes: &[u8]) {
    let Ok(card) = Card::read(bytes) else { return };
    assert_eq!(card.bytes(), bytes);
    assert!(!card.supersedes(&card), "nothing takes its own place");
    let now = Timestamp::from_millis(THEN);
    let _ = card.check_current(now);
    for node in card.nodes() {
        let _ = node.prekey(now);
        if let Some(finding) = ai2ai_discovery::from_card::read(*card.did(), &node.peer, &node.addresses, false, now) {
            assert!(finding.addresses.iter().all(|address| !ai2ai_discovery::address::is_loopback(address)));
        }
    }
}

pub(super) fn receipts(bytes: &[u8]) {
    let Ok(object) = read_object(bytes, RECEIPTS_BYTES) else { return };
    let did = object.get("from").and_then(|from| from.get("did")).and_then(Value::as_str);
    let Some(did) = did.and_then(|did| did.parse::<Did>().ok()) else { return };
    let Ok(receipts) = Receipts::read(bytes, &did) else { return };
    assert!(receipts.list().len() <= BATCH_ENVELOPES);
    assert!(Receipts::read(bytes, &Did::from_bytes([9; 32])).is_err(), "nobody else's receipts");
    assert!(receipts.card().is_none_or(|card| *card.did() == did));
}

/// Terms, and what stands beside them: mandates and delegations.
pub(super) fn terms(bytes: &[u8]) {
    let Ok(object) = read_object(bytes, ENVELOPE_BYTES) else { return };
    asks_of_terms(object.clone());
    let value = Value::Object(object);
    if let Ok(delegation) = Delegation::read(&value) {
        assert!(delegation.not_before() < delegation.not_after());
        let _ = delegation.covers(Timestamp::from_millis(THEN));
    }
    if let Ok(mandate) = Mandate::read(&value) {
        assert_eq!(Value::Object(mandate.object().clone()), value);
    }
}

fn asks_of_terms(object: Object) {
    let _ = terms::unresolved(&object);
    let hash = terms::hash(&object);
    let _ = Terms::draft(object.clone());
    if let Ok(terms) = Terms::read(object) {
        assert_eq!(terms.hash(), hash);
        let form = canonical(terms.object());
        let again = read_object(&form, usize::MAX).expect("a canonical form is strict");
        assert_eq!(terms::hash(&again), hash, "terms have one name, however they are written");
    }
}

pub(super) fn agreement(bytes: &[u8]) {
    let report = agreement::verify(bytes);
    assert_eq!(report.is_valid(), report.problems.is_empty(), "what is invalid is told why");
}
