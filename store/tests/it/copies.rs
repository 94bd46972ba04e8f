//! A copy has every row, and no row that cannot be one gets into a copy.

use std::convert::Infallible;

use ai2ai_store::copy::{CopyError, Row, SCHEMA, each_row, fill};
use ai2ai_store::{Store, View};
use tempfile::TempDir;

use crate::{schemas, write};

fn rows_of(tx: &impl View) -> Vec<Row> {
    let mut rows = Vec::new();
    let counted = each_row::<Infallible>(tx, |table, key, value| {
        rows.push(Row { table: table.to_owned(), key: key.to_vec(), value: value.to_vec().into() });
        Ok(())
    });
    assert_eq!(counted.expect("readable"), rows.len() as u64);
    rows
}

fn copy(rows: Vec<Row>, schema: u64) -> Result<(TempDir, Store), CopyError<Infallible>> {
    let home = TempDir::new().expect("a directory");
    let mut rows = rows.into_iter();
    let (store, _) = fill(&home.path().join("copy.redb"), schema, || Ok(rows.next()))?;
    Ok((home, store))
}

fn full_store() -> Store {
    let store = Store::in_memory();
    write(&store, schemas::fill);
    store
}

#[test]
fn a_copy_has_every_room_and_goes_on_as_the_original_would() {
    let original = rows_of(&full_store().read().expect("a view"));
    let (_home, store) = copy(original.clone(), SCHEMA).expect("copied");
    schemas::find(&store.read().expect("a view"));
    assert_eq!(rows_of(&store.read().expect("a view")), original);
    schemas::goes_on(&store);
}

#[test]
fn a_copy_of_an_older_schema_becomes_this_one() {
    let rows = rows_of(&full_store().read().expect("a view"));
    let of_schema_1 = rows.into_iter().filter(|row| row.table != "inbox-by-end/1").collect();
    let (_home, store) = copy(of_schema_1, 1).expect("copied");
    schemas::find(&store.read().expect("a view"));
}

#[test]
fn rows_of_a_later_schema_are_refused() {
    for schema in [0, SCHEMA + 1, u64::MAX] {
        assert!(matches!(copy(Vec::new(), schema), Err(CopyError::Newer { found }) if found == schema));
    }
}

#[test]
fn a_row_that_cannot_be_one_is_an_error_and_no_panic() {
    let row = |table: &str, key: &[u8], value: &[u8]| Row {
        table: table.to_owned(),
        key: key.to_vec(),
        value: value.to_vec().into(),
    };
    let bad = [
        row("", b"", b""),
        row("schema", b"schema", &[0; 8]),
        row("contacts/2", &[0; 32], b""),
        row("../contacts/1", &[0; 32], b""),
        row("contacts/1", &[0; 31], b""),
        row("contacts/1", &[0; 33], b""),
        row("sequences/1", b"card", b"1234567"),
        row("sequences/1", b"\xff", &[0; 8]),
        row("texts/1", b"a", b"\xff\xfe"),
        row("contact-names/1", b"\xc3\x28", &[0; 32]),
        row("seen-by-end/1", &[0; 56], b"x"),
        row("messages-by-id/1", &[0; 48], &[0; 23]),
        row("audit/1", &[0; 7], b""),
    ];
    for row in bad {
        let good = rows_of(&full_store().read().expect("a view")).into_iter().take(3);
        let rows = good.chain([row.clone()]).collect();
        match copy(rows, SCHEMA) {
            Err(CopyError::Row { table }) => assert_eq!(table, row.table),
            other => panic!("{row:?} is taken: {:?}", other.map(drop)),
        }
    }
}

#[test]
fn more_rows_than_one_commit_keeps_are_all_there() {
    let number = |n: u32| Row {
        table: if n < 40_000 { "audit/1" } else { "messages/1" }.to_owned(),
        key: if n < 40_000 { u64::from(n).to_le_bytes().to_vec() } else { [&[0; 20][..], &n.to_be_bytes()].concat() },
        value: n.to_be_bytes().to_vec().into(),
    };
    let rows: Vec<Row> = (0..70_000).map(number).collect();
    let (_home, store) = copy(rows, SCHEMA).expect("copied");
    assert_eq!(rows_of(&store.read().expect("a view")).len(), 70_000);
}
