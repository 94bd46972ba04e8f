//! Messages to a volunteer and by one: none makes a reader fall over, and what is accepted is bounded and bound to its maker.

use ai2ai_protocol::batch::BatchEntry;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::directory::{self, DirectoryEntry as Listed, Search, check_listing, read_found, read_listed};
use ai2ai_protocol::limits::{BATCH_ENVELOPES, DIRECTORY_FOUND};
use ai2ai_protocol::mailbox::{Collect, Custody, Deposit, GrantedPlace, Handover, MailboxRequest, Place};
use ai2ai_protocol::seal::Sealed;
use ai2ai_protocol::time::Timestamp;
use serde_json::Value;

/// A moment within the lives of the vectors' documents.
const THEN: i64 = 1_770_436_800_000;

/// Requests of a mailbox, and all its answers.
pub(super) fn mailbox(bytes: &[u8]) {
    match MailboxRequest::read(bytes) {
        Ok(MailboxRequest::Claim(claim)) => {
            let now = Timestamp::from_millis(THEN);
            assert!(claim.check("another volunteer", claim.peer(), now).is_err(), "it is good at one volunteer only");
            let place = Place::claimed(&claim, None, now).expect("nothing stands before it");
            assert!(place.is_of(claim.peer(), now) && !place.is_of("another peer", now));
        }
        Ok(MailboxRequest::Deposit(deposit)) => deposited(&deposit),
        Ok(MailboxRequest::Collect(collect)) => {
            assert!(collect.done.len() <= BATCH_ENVELOPES);
            assert_eq!(MailboxRequest::read(&collect.write()), Ok(MailboxRequest::Collect(collect)));
        }
        Err(_) => {}
    }
    if let Ok(granted) = GrantedPlace::read(bytes) {
        assert_eq!(GrantedPlace::read(&granted.write()), Ok(granted));
    }
    if let Ok(handover) = Handover::read(bytes) {
        assert!(handover.sealed.len() <= BATCH_ENVELOPES);
        let asks = Collect { did: Did::from_bytes([9; 32]), done: Vec::new(), after: handover.last };
        assert!(MailboxRequest::read(&asks.write()).is_ok(), "what was handed over last can be named");
    }
    custody(bytes);
}

fn deposited(deposit: &Deposit) {
    assert!((1..=BATCH_ENVELOPES).contains(&deposit.sealed.len()));
    let good: Vec<Sealed> =
        deposit.sealed.iter().filter_map(|entry: &BatchEntry| entry.as_ref().ok()).cloned().collect();
    assert!(good.iter().all(|sealed| *sealed.to() == deposit.to), "for one recipient only");
    if !good.is_empty() {
        assert!(MailboxRequest::read(&Deposit::write(&deposit.to, &good)).is_ok(), "what was read can be written");
    }
}

/// A custody receipt is believed of whom it names, and of nobody else.
fn custody(bytes: &[u8]) {
    let Ok(Value::Object(object)) = serde_json::from_slice(bytes) else { return };
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    let Ok(to) = text("to").parse::<Did>() else { return };
    if let Ok(custody) = Custody::read(bytes, text("mailbox"), &to) {
        assert!(custody.receipts.len() <= BATCH_ENVELOPES);
        assert!(Custody::read(bytes, text("mailbox"), &Did::from_bytes([9; 32])).is_err());
        assert!(Custody::read(bytes, "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN", &to).is_err());
    }
}

/// Requests of a directory, and all its answers.
pub(super) fn directory(bytes: &[u8]) {
    let now = Timestamp::from_millis(THEN);
    match directory::DirectoryRequest::read(bytes) {
        Ok(directory::DirectoryRequest::List(card)) => {
            assert!(check_listing(&card, "another peer", None, now).is_err(), "nobody lists somebody else");
            assert!(Search::default().fits(&Listed::of(&card)), "who asks for everybody finds it");
        }
        Ok(directory::DirectoryRequest::Search(search)) => {
            assert_eq!(search.check(), Ok(()));
            let again = directory::DirectoryRequest::read(&search.write());
            assert_eq!(again, Ok(directory::DirectoryRequest::Search(search)));
        }
        Ok(directory::DirectoryRequest::Unlist(_)) | Err(_) => {}
    }
    let _ = read_listed(bytes);
    if let Ok(cards) = read_found(bytes, &Search::default(), now) {
        assert!(cards.len() <= DIRECTORY_FOUND);
        assert!(cards.iter().all(|card| card.check_current(now).is_ok()), "old ones are left out");
    }
}
