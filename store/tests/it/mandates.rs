//! Mandates, and how often each was used.

use ai2ai_protocol::id::MandateId;
use ai2ai_store::Store;
use ai2ai_store::mandates::{self, MandateRow};

use crate::rows::{at, message_id};
use crate::write;

fn row(n: u8) -> MandateRow {
    let id = MandateId::from_bytes([n; 16]);
    MandateRow { id, granted_at: at(n), revoked_at: None, bytes: b"{\"signed\": \xff\x00".to_vec() }
}

#[test]
fn a_mandate_comes_back_byte_for_byte_and_can_be_taken_back() {
    let store = Store::in_memory();
    write(&store, |tx| {
        mandates::put(tx, &row(2)).expect("put");
        mandates::put(tx, &row(1)).expect("put");
        assert_eq!(mandates::all(tx).expect("readable"), [row(1), row(2)]);
        let revoked = MandateRow { revoked_at: Some(at(9)), ..row(1) };
        mandates::put(tx, &revoked).expect("put");
        assert_eq!(mandates::get(tx, &row(1).id).expect("readable"), Some(revoked));
    });
}

#[test]
fn uses_are_counted_between_two_moments_and_for_one_mandate() {
    let store = Store::in_memory();
    write(&store, |tx| {
        let one = row(1).id;
        let other = row(2).id;
        for n in 1..=9 {
            mandates::used(tx, &one, at(n), &message_id(n)).expect("put");
            mandates::used(tx, &one, at(n), &message_id(n)).expect("the same again");
        }
        mandates::used(tx, &other, at(5), &message_id(5)).expect("put");
        assert_eq!(mandates::uses(tx, &one, at(3), at(6)).expect("readable"), 4);
        assert_eq!(mandates::uses(tx, &other, at(0), at(200)).expect("readable"), 1);
        mandates::forget_uses(tx, &one, at(4)).expect("forgotten");
        assert_eq!(mandates::uses(tx, &one, at(0), at(200)).expect("readable"), 6);
        assert_eq!(mandates::uses(tx, &other, at(0), at(200)).expect("readable"), 1, "another's uses stay");
    });
}
