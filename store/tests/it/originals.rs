//! Agents of the protocol's original: in one table with native contacts, and in the file of a schema that kept them in tables of
//! their own.

use std::fs;
use std::path::PathBuf;

use ai2ai_protocol::id::{ConversationId, ItemId, MessageId};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::audit::AuditRow;
use ai2ai_store::contacts::{self, LegacyContactRow};
use ai2ai_store::inbox::{self, AnyItem, LegacyItemRow};
use ai2ai_store::outbox::{self, LegacyOutboxRow};
use ai2ai_store::wire::Wire;
use ai2ai_store::{Store, StoreError, Write, audit, originals};
use tempfile::TempDir;

use crate::rows::{self, at, conversation_id, did, item_id, message_id};
use crate::write;

/// The file of a schema with agents of the original. That of schema 2 was made by the last program that kept them in tables of
/// their own, with the rows of `schemas::fill` and of `rows`; that of schema 3 has what [`fill`] writes.
fn file(schema: u64) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "files", &format!("schema-{schema}-originals.redb")].iter().collect()
}

/// This file, as this program opens it the second time.
fn opened(schema: u64) -> (TempDir, Store) {
    let home = TempDir::new().expect("a directory");
    let path = home.path().join("store.redb");
    fs::copy(file(schema), &path).expect("copied");
    drop(Store::open(&path).expect("opens"));
    let store = Store::open(&path).expect("opens again");
    (home, store)
}

/// Writes a contact, an item and a message of each wire, and what only the original has.
fn fill(tx: &Write) {
    contacts::put(tx, &rows::contact(1, "Alex", 5)).expect("put");
    contacts::put_legacy(tx, &rows::legacy(11, "Darren")).expect("put");
    inbox::put(tx, &rows::item(1, 1, Some(21))).expect("put");
    rows::legacy_items()[..3].iter().for_each(|row| inbox::put_legacy(tx, row).expect("put"));
    outbox::put(tx, &rows::outgoing(1, 1, rows::waits(2))).expect("put");
    rows::legacy_outgoing()[..2].iter().for_each(|row| outbox::put_legacy(tx, row).expect("put"));
    [rows::talk(21, 11), rows::talk(22, 1)].iter().for_each(|row| originals::put_talk(tx, row).expect("put"));
    let (scope, seen) = rows::legacy_seen();
    originals::put_seen(tx, &scope, "first", &seen).expect("put");
}

#[test]
#[ignore = "makes the file of the newest schema, once"]
fn make() {
    let file = file(ai2ai_store::copy::SCHEMA);
    assert!(!file.exists(), "it is never written again");
    write(&Store::open(&file).expect("a new store"), fill);
}

#[test]
fn agents_of_the_original_are_found_in_a_file_of_every_schema() {
    for schema in [2, ai2ai_store::copy::SCHEMA] {
        println!("schema {schema}");
        let (_home, store) = opened(schema);
        find(&store);
    }
}

fn find(store: &Store) {
    let tx = store.read().expect("a view");
    let darren = rows::legacy(11, "Darren");
    assert_eq!(contacts::find(&tx, &did(11)).expect("readable"), Some(Wire::Legacy(darren.clone())));
    assert_eq!(contacts::by_name(&tx, "DARREN").expect("readable"), Some(Wire::Legacy(darren)));
    let [came, unproven, draft, _] = rows::legacy_items();
    assert_eq!(inbox::all_legacy(&tx).expect("readable"), [came.clone(), unproven.clone(), draft.clone()]);
    assert_eq!(inbox::of_talk(&tx, &conversation_id(21)).expect("readable"), Some(came.clone()));
    assert_eq!(inbox::all_of_contact(&tx, &did(11)).expect("readable"), [came, draft].map(Wire::Legacy));
    let ended = inbox::expired(&tx, at(52)).expect("readable");
    assert_eq!(ended.iter().map(AnyItem::id).collect::<Vec<ItemId>>(), [51, 52].map(item_id));
    let [waits, dead, _] = rows::legacy_outgoing();
    assert_eq!(outbox::all_legacy(&tx).expect("readable"), [waits.clone(), dead.clone()]);
    assert!(outbox::due_for(&tx, at(6), 99).expect("readable").contains(&Wire::Legacy(did(11))));
    assert!(outbox::dead(&tx, 99).expect("readable").contains(&Wire::Legacy(dead)));
    assert!(outbox::all_waiting(&tx, 99).expect("readable").contains(&Wire::Legacy(waits)));
    assert_eq!(originals::talks(&tx, 9).expect("readable"), [rows::talk(22, 1), rows::talk(21, 11)]);
    let (scope, seen) = rows::legacy_seen();
    assert_eq!(originals::seen(&tx, &scope, "first").expect("readable"), Some(seen));
}

#[test]
fn what_is_native_in_that_file_is_as_it_was() {
    let (_home, store) = opened(2);
    let tx = store.read().expect("a view");
    assert_eq!(contacts::all(&tx).expect("readable"), [rows::contact(1, "Alex", 5), rows::contact(2, "Zoë", 0)]);
    assert_eq!(inbox::count(&tx).expect("readable"), 3);
    assert_eq!(outbox::waiting(&tx, 99).expect("readable").len(), 2);
    drop(tx);
    write(&store, |tx| assert!(audit::verify(tx, None).expect("readable").broken.is_none()));
}

#[test]
fn a_name_that_is_taken_gets_the_end_of_the_key_and_the_audit_says_so() {
    let (_home, store) = opened(2);
    let tx = store.read().expect("a view");
    let key = did(12).to_string();
    let name = format!("ALEX {}", &key[key.len() - 6..]);
    let moved = contacts::get_legacy(&tx, &did(12)).expect("readable");
    assert_eq!(moved, Some(LegacyContactRow { name: name.clone(), ..rows::legacy(12, "ALEX") }));
    assert_eq!(contacts::by_name(&tx, "alex").expect("readable").map(|row| *row.did()), Some(did(1)));
    let said = |row: &AuditRow| row.what == "rename" && row.who == Some(did(12)) && row.outcome.contains(&name);
    assert!(audit::all(&tx).expect("readable").iter().any(said));
}

#[test]
fn a_key_that_is_a_native_contact_is_only_that() {
    let (_home, store) = opened(2);
    let tx = store.read().expect("a view");
    assert_eq!(contacts::find(&tx, &did(1)).expect("readable"), Some(Wire::Native(rows::contact(1, "Alex", 5))));
    assert_eq!(inbox::find(&tx, &item_id(54)).expect("readable"), None);
    assert_eq!(outbox::find(&tx, &message_id(43)).expect("readable"), None);
    let said = |row: &AuditRow| row.what == "forget" && row.who == Some(did(1)) && row.outcome.contains("Alex at home");
    assert!(audit::all(&tx).expect("readable").iter().any(said));
}

fn both() -> Store {
    let store = Store::in_memory();
    write(&store, fill);
    store
}

#[test]
fn whoever_asks_for_a_native_row_never_gets_one_of_the_original() {
    let store = both();
    let tx = store.read().expect("a view");
    let end = Timestamp::from_millis(i64::MAX);
    assert_eq!(contacts::get(&tx, &did(11)).expect("readable"), None);
    assert_eq!(contacts::all(&tx).expect("readable"), [rows::contact(1, "Alex", 5)]);
    assert_eq!(inbox::get(&tx, &item_id(51)).expect("readable"), None);
    assert_eq!(inbox::of_contact(&tx, &did(11)).expect("readable"), []);
    assert_eq!(inbox::count(&tx).expect("readable"), 1);
    assert_eq!(outbox::get(&tx, &message_id(41)).expect("readable"), None);
    assert_eq!(outbox::to(&tx, &did(11)).expect("readable"), []);
    let native = [rows::outgoing(1, 1, rows::waits(2))];
    assert_eq!(outbox::waiting(&tx, 1).expect("readable"), native);
    assert_eq!(outbox::due(&tx, end, 1).expect("readable"), native);
    assert_eq!(outbox::all(&tx).expect("readable"), native);
    let all = [MessageId::from_bytes([0; 16]), MessageId::from_bytes([255; 16])];
    assert_eq!(outbox::range(&tx, &all[0], &all[1], 9).expect("readable"), native);
}

#[test]
fn a_conversation_with_the_id_of_a_talk_has_an_item_of_its_own() {
    let store = both();
    write(&store, |tx| {
        let talk: ConversationId = conversation_id(21);
        assert_eq!(inbox::of_conversation(tx, &talk).expect("readable"), Some(rows::item(1, 1, Some(21))));
        let came: Option<LegacyItemRow> = Some(rows::legacy_items()[0].clone());
        assert_eq!(inbox::of_talk(tx, &talk).expect("readable"), came);
        inbox::remove(tx, &item_id(51)).expect("removed");
        assert_eq!(inbox::of_talk(tx, &talk).expect("readable"), None);
        assert!(inbox::of_conversation(tx, &talk).expect("readable").is_some());
    });
}

#[test]
fn an_agent_of_the_original_never_takes_the_place_or_the_name_of_a_native_contact() {
    let store = both();
    write(&store, |tx| {
        let error = contacts::put_legacy(tx, &rows::legacy(1, "Somebody")).expect_err("it is a native contact");
        assert!(matches!(error, StoreError::NativeContact { did: by } if by == did(1)), "{error}");
        let error = contacts::put_legacy(tx, &rows::legacy(12, "ALEX")).expect_err("the name is taken");
        assert!(matches!(error, StoreError::NameTaken { .. }), "{error}");
        let error = contacts::put(tx, &rows::contact(3, "darren", 1)).expect_err("the name is taken");
        assert!(matches!(error, StoreError::NameTaken { .. }), "{error}");
        assert_eq!(contacts::all(tx).expect("readable"), [rows::contact(1, "Alex", 5)]);
    });
}

#[test]
fn whoever_is_added_natively_is_no_contact_of_the_original_any_more() {
    let store = both();
    write(&store, |tx| {
        contacts::put(tx, &rows::contact(11, "Darren", 1)).expect("put");
        assert_eq!(contacts::all_legacy(tx).expect("readable"), []);
        contacts::remove(tx, &did(11)).expect("removed");
        contacts::put_legacy(tx, &rows::legacy(11, "Darren")).expect("the name is free");
        assert_eq!(contacts::all_legacy(tx).expect("readable").len(), 1);
        contacts::remove(tx, &did(11)).expect("removed");
        assert_eq!(contacts::all_legacy(tx).expect("readable"), []);
    });
}

#[test]
fn indexes_agree_with_rows_of_the_original() {
    let store = both();
    write(&store, |tx| {
        let [mut came, unproven, draft] =
            <[LegacyItemRow; 3]>::try_from(rows::legacy_items()[..3].to_vec()).expect("three");
        came.expires_at = at(99);
        inbox::put_legacy(tx, &came).expect("put");
        let ended: Vec<ItemId> = inbox::expired(tx, at(60)).expect("readable").iter().map(AnyItem::id).collect();
        assert_eq!(ended, [52, 53].map(item_id));
        for row in [&came, &unproven, &draft] {
            assert_eq!(inbox::remove(tx, &row.id).expect("removed").and_then(Wire::legacy).as_ref(), Some(row));
        }
        assert_eq!((inbox::count_legacy(tx).expect("counted"), inbox::count(tx).expect("counted")), (0, 1));
        let gone: Vec<Option<LegacyOutboxRow>> =
            [41, 42].map(|n| outbox::remove(tx, &message_id(n)).expect("removed").and_then(Wire::legacy)).to_vec();
        assert_eq!(gone, rows::legacy_outgoing()[..2].iter().cloned().map(Some).collect::<Vec<_>>());
        assert_eq!(outbox::count_legacy(tx).expect("counted"), 0);
        assert_eq!((outbox::count_waiting(tx).expect("counted"), outbox::count_dead(tx).expect("counted")), (1, 0));
    });
}
