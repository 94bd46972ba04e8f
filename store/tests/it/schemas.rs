//! A file that an earlier schema wrote is read for ever. `files/schema-N.redb` is made once, and then only read.

use std::fs;
use std::path::PathBuf;

use ai2ai_protocol::seal::PrekeyId;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::wire::Wire;
use ai2ai_store::{
    Store, View, Write, audit, cards, contacts, conversations, inbox, kv, messages, outbox, prekeys, quarantine, replay,
};
use tempfile::TempDir;

use crate::rows::{self, at, conversation_id, did, item_id, message_id};
use crate::write;

/// The schemas of which there is a file: every one so far.
const SCHEMAS: [u64; 3] = [1, 2, 3];

pub(crate) fn file(schema: u64) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "files", &format!("schema-{schema}.redb")].iter().collect()
}

/// Writes into every room.
pub(crate) fn fill(tx: &Write) {
    assert_eq!(kv::next_sequence(tx, "card").expect("put"), 1);
    assert_eq!(kv::next_sequence(tx, "card").expect("put"), 2);
    kv::put(tx, "greeting", "Привет").expect("put");
    contacts::put(tx, &rows::contact(1, "Alex", 5)).expect("put");
    contacts::put(tx, &rows::contact(2, "Zoë", 0)).expect("put");
    cards::put(tx, &did(1), &rows::card(1, 3)).expect("put");
    prekeys::put(tx, &rows::prekey(1, 3)).expect("put");
    prekeys::put(tx, &rows::prekey(2, 4)).expect("put");
    for n in 0..3 {
        conversations::put(tx, &rows::conversation(n, n + 1)).expect("put");
        replay::put(tx, &did(1), &message_id(n), &rows::seen(n, n + 1)).expect("put");
        inbox::put(tx, &rows::item(n + 1, n, Some(n))).expect("put");
        quarantine::put(tx, &rows::held(4, n, 9 - n, n + 1)).expect("put");
        audit::append(tx, &rows::audit(n)).expect("put");
    }
    messages::append(tx, &rows::message(1, 0, 1, true)).expect("put");
    messages::append(tx, &rows::message(1, 1, 2, false)).expect("put");
    for how in 0..5 {
        outbox::put(tx, &rows::outgoing(how, 1, rows::ends(&rows::waits(9), how))).expect("put");
    }
    outbox::put(tx, &rows::outgoing(5, 1, rows::waits(2))).expect("put");
}

/// Finds what [`fill`] wrote.
pub(crate) fn find(tx: &impl View) {
    assert_eq!(kv::get(tx, "greeting").expect("readable").as_deref(), Some("Привет"));
    let people = [rows::contact(1, "Alex", 5), rows::contact(2, "Zoë", 0)];
    assert_eq!(contacts::all(tx).expect("readable"), people);
    assert_eq!(contacts::by_name(tx, "zoË").expect("readable"), Some(Wire::Native(people[1].clone())));
    assert_eq!(cards::get(tx, &did(1)).expect("readable"), Some(rows::card(1, 3)));
    assert_eq!(prekeys::get(tx, &PrekeyId::from_bytes([1; 16])).expect("readable"), Some(rows::prekey(1, 3)));
    assert_eq!(prekeys::newest(tx).expect("readable"), Some(rows::prekey(2, 4)));
    find_conversations(tx);
    for n in 0..3 {
        assert_eq!(replay::get(tx, &did(1), &message_id(n)).expect("readable"), Some(rows::seen(n, n + 1)));
        let item = Some(rows::item(n + 1, n, Some(n)));
        assert_eq!(inbox::get(tx, &item_id(n + 1)).expect("readable"), item);
        assert_eq!(inbox::of_conversation(tx, &conversation_id(n)).expect("readable"), item);
        assert_eq!(inbox::of_contact(tx, &did(n)).expect("readable"), Vec::from_iter(item));
        assert_eq!(inbox::count_of_contact(tx, &did(n), usize::MAX).expect("readable"), 1);
    }
    let ends = inbox::expired(tx, Timestamp::from_millis(i64::MAX)).expect("readable");
    assert_eq!(ends.len(), 3, "the index by end has all items");
    let strangers = [rows::held(4, 2, 7, 3), rows::held(4, 1, 8, 2), rows::held(4, 0, 9, 1)];
    assert_eq!(quarantine::of(tx, &did(4)).expect("readable"), strangers);
    assert_eq!(audit::all(tx).expect("readable"), [rows::audit(0), rows::audit(1), rows::audit(2)]);
    find_outgoing(tx);
}

fn find_conversations(tx: &impl View) {
    let [rejecting, rejected, open] = [0, 1, 2].map(|n| rows::conversation(n, n + 1));
    let latest = [open.clone(), rejected, rejecting.clone()];
    assert_eq!(conversations::latest(tx, 9).expect("readable"), latest);
    assert_eq!(conversations::all_open(tx).expect("readable"), [open, rejecting]);
    let said = [rows::message(1, 0, 1, true), rows::message(1, 1, 2, false)];
    assert_eq!(messages::of(tx, &conversation_id(1)).expect("readable"), said);
    assert_eq!(messages::cleared_of(tx, &conversation_id(1)).expect("readable"), said[..1]);
    assert_eq!(messages::get(tx, &did(1), &message_id(2)).expect("readable").as_ref(), Some(&said[1]));
}

fn find_outgoing(tx: &impl View) {
    let tried = rows::outgoing(4, 1, rows::ends(&rows::waits(9), 4));
    let waits = rows::outgoing(5, 1, rows::waits(2));
    let gone = [0, 1, 2, 3].map(|how| rows::outgoing(how, 1, rows::ends(&rows::waits(9), how)));
    assert_eq!(outbox::to(tx, &did(1)).expect("readable"), [tried.clone(), waits.clone()]);
    assert_eq!(outbox::due(tx, at(2), 9).expect("readable"), std::slice::from_ref(&waits));
    assert_eq!(outbox::next_due(tx).expect("readable"), Some(at(2)));
    assert_eq!(outbox::dead(tx, 9).expect("readable"), gone[1..].iter().cloned().map(Wire::Native).collect::<Vec<_>>());
    assert_eq!(outbox::get(tx, &message_id(0)).expect("readable").as_ref(), Some(&gone[0]));
    assert_eq!(outbox::all(tx).expect("readable").len(), 6);
}

#[test]
#[ignore = "makes the file of the newest schema, once"]
fn make() {
    let file = file(ai2ai_store::copy::SCHEMA);
    assert!(!file.exists(), "it is never written again");
    let store = Store::open(&file).expect("a new store");
    write(&store, fill);
}

#[test]
fn the_newest_schema_has_a_file_too() {
    assert_eq!(SCHEMAS.last(), Some(&ai2ai_store::copy::SCHEMA), "run the ignored test `make`, and keep its file");
}

#[test]
fn a_file_of_every_schema_has_every_room_as_it_was_written() {
    for schema in SCHEMAS {
        println!("schema {schema}");
        let home = TempDir::new().expect("a directory");
        let path = home.path().join("store.redb");
        fs::copy(file(schema), &path).expect("copied");
        let store = Store::open(&path).expect("opens");
        find(&store.read().expect("a view"));
        goes_on(&store);
        drop(store);
        Store::open(&path).expect("opens again");
    }
}

/// Writes what comes after [`fill`].
pub(crate) fn goes_on(store: &Store) {
    write(store, |tx| {
        assert_eq!(kv::next_sequence(tx, "card").expect("goes on"), 3);
        assert_eq!(audit::append(tx, &rows::audit(3)).expect("goes on"), 4);
        let chain = audit::verify(tx, None).expect("readable");
        assert_eq!((chain.entries, chain.broken), (4, None), "{} from before the chain", chain.older);
        assert_eq!(messages::append(tx, &rows::message(1, 1, 3, true)).expect("goes on"), 3);
        assert_eq!(replay::erase_due(tx, at(2)).expect("goes on"), 2);
        assert_eq!(quarantine::erase_due(tx, at(2)).expect("goes on"), 2);
        assert_eq!(prekeys::erase_due(tx, at(3)).expect("goes on"), 1);
        for n in 1..=3 {
            inbox::remove(tx, &item_id(n)).expect("goes on");
        }
        assert!(inbox::expired(tx, Timestamp::from_millis(i64::MAX)).expect("readable").is_empty());
    });
}

#[test]
fn a_new_store_reads_as_the_file_does() {
    let store = Store::in_memory();
    write(&store, |tx| {
        fill(tx);
        find(tx);
    });
}
