//! Attacks of somebody who writes into the file, each found, and at its first place.

use serde_json::{Value, json};

use super::chain::check;
use super::*;
use crate::{Read, Store};

fn row(number: i64) -> AuditRow {
    AuditRow {
        at: Timestamp::from_millis(number),
        what: "approve".to_owned(),
        who: Some(Did::from_bytes([7; 32])),
        item: Some(ItemId::from_bytes([1; 16])),
        factor: "pin".to_owned(),
        outcome: "done".to_owned(),
        message: Some(MessageId::from_bytes([2; 16])),
    }
}

/// An audit of `linked` entries, after `older` ones that were written before there was a chain.
fn audit(older: i64, linked: i64) -> Store {
    let store = Store::in_memory();
    for number in 1..=older {
        let bare = AuditRow { message: None, ..row(number) };
        put(&store, number.unsigned_abs(), &serde_json::to_value(bare).expect("JSON"));
    }
    for number in older + 1..=older + linked {
        assert_eq!(add(&store, &row(number)), number.unsigned_abs());
    }
    store
}

fn view(store: &Store) -> Read {
    store.read().expect("a view")
}

fn add(store: &Store, row: &AuditRow) -> u64 {
    store.write(|tx| append(tx, row)).expect("kept")
}

fn put(store: &Store, number: u64, entry: &Value) {
    let put = store.write(|tx| Ok(tx.table_mut(AUDIT)?.insert(number, encode(entry).as_slice()).map(drop)?));
    put.expect("put");
}

fn stored(store: &Store, number: u64) -> Value {
    let bytes = store.write(|tx| Ok(tx.table_mut(AUDIT)?.get(number)?.expect("there").value().to_vec()));
    let bytes = bytes.expect("readable");
    serde_json::from_slice(&bytes[1..]).expect("JSON")
}

fn remove(store: &Store, number: u64) {
    store.write(|tx| Ok(tx.table_mut(AUDIT)?.remove(number).map(drop)?)).expect("removed");
}

fn broken(store: &Store, kept: Option<&ChainHead>) -> Option<Break> {
    verify(&view(store), kept).expect("readable").broken
}

fn end(store: &Store) -> ChainHead {
    head(&view(store)).expect("readable").expect("a head")
}

#[test]
fn of_too_many_entries_the_oldest_goes_and_the_rest_is_a_chain_still() {
    let store = audit(0, 0);
    for number in 1..=10 {
        assert_eq!(store.write(|tx| keep(tx, &row(number), 4)).expect("kept"), number.unsigned_abs());
    }
    let left: Vec<i64> = all(&view(&store)).expect("readable").iter().map(|row| row.at.as_millis()).collect();
    assert_eq!(left, [7, 8, 9, 10]);
    let verdict = |kept| store.write(|tx| check(&*tx.table_mut(AUDIT)?, kept, 4)).expect("readable");
    let head = end(&store);
    let found = verdict(None);
    assert_eq!((found.first, found.entries, found.head, found.broken), (7, 4, Some(head), None));
    let old = ChainHead { number: 3, link: head.link };
    assert!(verdict(Some(&old)).kept_is_gone, "nothing can be said of what went long ago");
    let last_gone = ChainHead { number: 6, link: head.link };
    assert_eq!(verdict(Some(&last_gone)).broken, Some(Break::Kept(6)), "the oldest that is left holds its link");
    remove(&store, 7);
    assert_eq!(verdict(None).broken, Some(Break::Missing(7)), "with fewer than that, none has gone by itself");
}

#[test]
fn a_chain_that_nobody_touched_is_whole_and_each_kept_head_of_it_fits() {
    let store = audit(0, 0);
    assert_eq!(head(&view(&store)).expect("readable"), None);
    assert_eq!(broken(&store, None), None);
    let mut heads = Vec::new();
    for number in 1..=5 {
        add(&store, &row(number));
        heads.push(end(&store));
    }
    for head in &heads {
        assert_eq!(broken(&store, Some(head)), None);
        assert_eq!(head.to_string().parse(), Ok(*head));
    }
    assert_eq!(verify(&view(&store), None).expect("readable").head.as_ref(), heads.last());
    for bad in ["", "5", "5-", "x-sha256:00", &heads[0].to_string()[1..], &format!("{} ", heads[0])] {
        assert_eq!(bad.parse::<ChainHead>(), Err(HeadError), "{bad}");
    }
}

#[test]
fn each_member_of_each_entry_is_held_by_the_next() {
    let other = |name: &str| match name {
        "at" => json!("2026-01-01T00:00:00Z"),
        "who" => json!(Did::from_bytes([8; 32])),
        "item" => json!(ItemId::from_bytes([9; 16])),
        "message" => json!(MessageId::from_bytes([9; 16])),
        "before" => json!(Digest::of(b"another")),
        _ => json!("another"),
    };
    for number in 1..=3 {
        let store = audit(0, 4);
        let names: Vec<String> = stored(&store, number).as_object().expect("an object").keys().cloned().collect();
        assert_eq!(names.len(), 8, "{names:?}");
        for name in names {
            for change in [Some(other(&name)), None] {
                let store = audit(0, 4);
                let head = end(&store);
                let mut entry = stored(&store, number);
                let object = entry.as_object_mut().expect("an object");
                match change {
                    Some(value) => object.insert(name.clone(), value),
                    None => object.remove(&name),
                };
                put(&store, number, &entry);
                let found = broken(&store, None).expect("found");
                let places = [Break::Link(number), Break::Link(number + 1)];
                assert!(places.contains(&found), "{name} of {number}: {found}");
                assert!(broken(&store, Some(&head)).is_some());
            }
        }
        for (name, value) in [("note", json!("new")), ("number", json!(number))] {
            let store = audit(0, 4);
            let mut entry = stored(&store, number);
            entry[name] = value;
            put(&store, number, &entry);
            assert!(broken(&store, None).is_some(), "{name} was added");
        }
    }
}

#[test]
fn what_is_gone_moved_or_made_up_is_found() {
    for number in 1..=3 {
        let store = audit(0, 4);
        remove(&store, number);
        assert_eq!(broken(&store, None), Some(Break::Missing(number)));
    }
    let store = audit(0, 5);
    let three = stored(&store, 3);
    let four = stored(&store, 4);
    put(&store, 3, &four);
    put(&store, 4, &three);
    assert_eq!(broken(&store, None), Some(Break::Link(3)), "two changed places");

    let store = audit(0, 5);
    for number in 2..5 {
        let next = stored(&store, number + 1);
        put(&store, number, &next);
    }
    remove(&store, 5);
    assert_eq!(broken(&store, None), Some(Break::Link(2)), "one was taken out, and the others moved up");

    let store = audit(0, 3);
    let mut made_up = stored(&store, 3);
    made_up["factor"] = json!("telegram");
    put(&store, 4, &made_up);
    assert_eq!(broken(&store, None), Some(Break::Link(4)));
    put(&store, 4, &json!("no entry"));
    assert_eq!(broken(&store, None), Some(Break::Unreadable(4)));
}

#[test]
fn whoever_kept_a_head_finds_that_the_end_was_cut_off_or_that_all_was_written_anew() {
    let store = audit(0, 5);
    let head = end(&store);
    remove(&store, 5);
    assert_eq!(broken(&store, None), None, "the chain alone cannot know");
    assert_eq!(broken(&store, Some(&head)), Some(Break::Cut { last: 4, kept: 5 }));
    add(&store, &AuditRow { factor: "typed".to_owned(), ..row(5) });
    assert_eq!(broken(&store, None), None);
    assert_eq!(broken(&store, Some(&head)), Some(Break::Kept(5)));

    let anew = audit(0, 0);
    for number in 1..=9 {
        add(&anew, &AuditRow { outcome: "other".to_owned(), ..row(number) });
    }
    assert_eq!(broken(&anew, None), None);
    assert_eq!(broken(&anew, Some(&head)), Some(Break::Kept(5)));
    assert_eq!(broken(&audit(0, 0), Some(&head)), Some(Break::Cut { last: 0, kept: 5 }));
}

#[test]
fn entries_from_before_the_chain_are_sealed_by_the_first_that_holds_a_link() {
    let store = audit(3, 2);
    let verdict = verify(&view(&store), None).expect("readable");
    assert_eq!((verdict.first, verdict.entries, verdict.older, verdict.broken), (1, 5, 3, None));
    let mut entry = stored(&store, 2);
    entry["outcome"] = json!("refused");
    put(&store, 2, &entry);
    assert_eq!(broken(&store, None), Some(Break::Link(4)), "the first that holds a link holds theirs");

    let store = audit(3, 3);
    let mut entry = stored(&store, 5);
    entry.as_object_mut().expect("an object").remove("before");
    put(&store, 5, &entry);
    assert_eq!(broken(&store, None), Some(Break::Link(5)), "none comes after the chain began");

    let store = audit(3, 3);
    let mut entry = stored(&store, 4);
    entry.as_object_mut().expect("an object").remove("before");
    put(&store, 4, &entry);
    assert_eq!(broken(&store, None), Some(Break::Link(5)), "nor can one pass for older than it is");
    let head = end(&audit(3, 0));
    assert_eq!(broken(&audit(3, 2), Some(&head)), None, "an old audit has a head too");
}
