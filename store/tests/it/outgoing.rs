//! The outbox as its users see it: order, retries, and what is over.

use ai2ai_store::wire::Wire;
use ai2ai_store::{Store, outbox};

use crate::rows::{at, did, ends, message_id, outgoing, waits};
use crate::write;

const DELIVERED: u8 = 0;
const REFUSED: u8 = 1;

fn ids(rows: &[outbox::OutboxRow]) -> Vec<u8> {
    rows.iter().map(|row| row.id.to_bytes()[0]).collect()
}

#[test]
fn messages_wait_in_the_order_in_which_they_were_queued() {
    let store = Store::in_memory();
    write(&store, |tx| {
        for id in [3, 1, 2] {
            outbox::put(tx, &outgoing(id, 7, waits(9 - id))).expect("put");
        }
        outbox::put(tx, &outgoing(1, 7, waits(8))).expect("put");
        assert_eq!(ids(&outbox::to(tx, &did(7)).expect("readable")), [3, 1, 2], "a new attempt moves nobody");
        assert_eq!(ids(&outbox::due(tx, at(8), 2).expect("readable")), [3, 2], "the longest wait is first");
    });
}

#[test]
fn much_that_waits_for_one_hides_nobody_else() {
    let store = Store::in_memory();
    write(&store, |tx| {
        for id in 0..250 {
            outbox::put(tx, &outgoing(id, 7, waits(1))).expect("put");
        }
        outbox::put(tx, &outgoing(250, 8, waits(2))).expect("put");
        outbox::put(tx, &outgoing(251, 9, waits(5))).expect("put");
        assert_eq!(outbox::due_for(tx, at(4), 1_000).expect("readable"), [did(7), did(8)].map(Wire::Native));
        assert_eq!(outbox::due_for(tx, at(4), 10).expect("readable"), [Wire::Native(did(7))], "the bound counts rows");
    });
}

#[test]
fn a_dead_letter_that_is_sent_again_goes_to_the_end() {
    let store = Store::in_memory();
    write(&store, |tx| {
        outbox::put(tx, &outgoing(1, 7, ends(&waits(0), REFUSED))).expect("put");
        outbox::put(tx, &outgoing(2, 7, waits(0))).expect("put");
        assert_eq!(
            outbox::dead(tx, 9).expect("readable").iter().map(outbox::AnyMessage::id).collect::<Vec<_>>(),
            [message_id(1)]
        );

        outbox::put(tx, &outgoing(1, 7, waits(0))).expect("put");
        assert_eq!(ids(&outbox::to(tx, &did(7)).expect("readable")), [2, 1]);
        assert_eq!(outbox::count_dead(tx).expect("readable"), 0);
    });
}

#[test]
fn what_was_delivered_stays_to_be_seen_and_is_not_waited_for() {
    let store = Store::in_memory();
    write(&store, |tx| {
        outbox::put(tx, &outgoing(1, 7, ends(&waits(0), DELIVERED))).expect("put");
        assert_eq!(outbox::next_due(tx).expect("readable"), None);
        assert_eq!(outbox::count_waiting(tx).expect("readable"), 0);
        assert!(outbox::get(tx, &message_id(1)).expect("readable").is_some());
    });
}

#[test]
fn a_message_that_turns_to_somebody_else_is_the_last_of_theirs() {
    let store = Store::in_memory();
    write(&store, |tx| {
        outbox::put(tx, &outgoing(1, 7, waits(0))).expect("put");
        outbox::put(tx, &outgoing(2, 8, waits(0))).expect("put");
        outbox::put(tx, &outgoing(1, 8, waits(0))).expect("put");
        assert!(outbox::to(tx, &did(7)).expect("readable").is_empty());
        assert_eq!(ids(&outbox::to(tx, &did(8)).expect("readable")), [2, 1]);
    });
}
