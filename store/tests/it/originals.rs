//! Agents of the protocol's original in the file of a schema that kept them in tables of their own.

use std::fs;
use std::path::PathBuf;

use ai2ai_store::originals;
use ai2ai_store::{Store, Write};

use crate::{rows, schemas, write};

/// Made once, by the last program that kept them so; it is never written again.
pub(crate) fn file() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "files", "schema-2-originals.redb"].iter().collect()
}

#[test]
#[ignore = "makes the file, once"]
fn make() {
    let file = file();
    assert!(!file.exists(), "it is never written again");
    let store = Store::open(&file).expect("a new store");
    write(&store, |tx: &Write| {
        schemas::fill(tx);
        for row in [rows::legacy(11, "Darren"), rows::legacy(12, "ALEX"), rows::legacy(1, "Alex at home")] {
            originals::put_contact(tx, &row).expect("put");
        }
        for row in [rows::talk(21, 11), rows::talk(22, 1)] {
            originals::put_talk(tx, &row).expect("put");
        }
        for row in rows::legacy_items() {
            originals::put_item(tx, &row).expect("put");
        }
        for row in rows::legacy_outgoing() {
            originals::put_outgoing(tx, &row).expect("put");
        }
        let (scope, seen) = rows::legacy_seen();
        originals::put_seen(tx, &scope, "first", &seen).expect("put");
    });
    drop(store);
    assert!(fs::metadata(file).expect("a file").len() > 0);
}
