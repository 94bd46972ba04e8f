//! What somebody who writes into the file could try, each found, and at its first place.

use serde_json::{Value, json};

use super::chain::check;
use super::*;
use crate::Store;

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
fn audit(older: i64, linked: i64) -> Write {
    let tx = Store::in_memory().write().expect("a transaction");
    for number in 1..=older {
        let bare = AuditRow { message: None, ..row(number) };
        put(&tx, number.unsigned_abs(), &serde_json::to_value(bare).expect("JSON"));
    }
    for number in older + 1..=older + linked {
        assert_eq!(append(&tx, &row(number)).expect("kept"), number.unsigned_abs());
    }
    tx
}

fn put(tx: &Write, number: u64, entry: &Value) {
    let mut audit = tx.table_mut(AUDIT).expect("the table");
    audit.insert(number, encode(entry).as_slice()).expect("put");
}

fn stored(tx: &Write, number: u64) -> Value {
    let audit = tx.table_mut(AUDIT).expect("the table");
    let bytes = audit.get(number).expect("readable").expect("there").value().to_vec();
    serde_json::from_slice(&bytes[1..]).expect("JSON")
}

fn remove(tx: &Write, number: u64) {
    tx.table_mut(AUDIT).expect("the table").remove(number).expect("removed");
}

fn broken(tx: &Write, kept: Option<&Head>) -> Option<Break> {
    verify(tx, kept).expect("readable").broken
}

#[test]
fn of_too_many_entries_the_oldest_goes_and_the_rest_is_a_chain_still() {
    let tx = audit(0, 0);
    for number in 1..=10 {
        assert_eq!(keep(&tx, &row(number), 4).expect("kept"), number.unsigned_abs());
    }
    let left: Vec<i64> = all(&tx).expect("readable").iter().map(|row| row.at.as_millis()).collect();
    assert_eq!(left, [7, 8, 9, 10]);
    let verdict = |kept| check(&tx.table_mut(AUDIT).expect("the table"), kept, 4).expect("readable");
    let head = head(&tx).expect("readable").expect("a head");
    let found = verdict(None);
    assert_eq!((found.first, found.entries, found.head, found.broken), (7, 4, Some(head), None));
    let old = Head { number: 3, link: head.link };
    assert!(verdict(Some(&old)).kept_is_gone, "nothing can be said of what went long ago");
    let last_gone = Head { number: 6, link: head.link };
    assert_eq!(verdict(Some(&last_gone)).broken, Some(Break::Kept(6)), "the oldest that is left holds its link");
    remove(&tx, 7);
    assert_eq!(verdict(None).broken, Some(Break::Missing(7)), "with fewer than that, none has gone by itself");
}

#[test]
fn a_chain_that_nobody_touched_is_whole_and_each_kept_head_of_it_fits() {
    let tx = audit(0, 0);
    assert_eq!(head(&tx).expect("readable"), None);
    assert_eq!(broken(&tx, None), None);
    let mut heads = Vec::new();
    for number in 1..=5 {
        append(&tx, &row(number)).expect("kept");
        heads.push(head(&tx).expect("readable").expect("a head"));
    }
    for head in &heads {
        assert_eq!(broken(&tx, Some(head)), None);
        assert_eq!(head.to_string().parse(), Ok(*head));
    }
    assert_eq!(verify(&tx, None).expect("readable").head.as_ref(), heads.last());
    for bad in ["", "5", "5-", "x-sha256:00", &heads[0].to_string()[1..], &format!("{} ", heads[0])] {
        assert_eq!(bad.parse::<Head>(), Err(HeadError), "{bad}");
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
        let tx = audit(0, 4);
        let names: Vec<String> = stored(&tx, number).as_object().expect("an object").keys().cloned().collect();
        assert_eq!(names.len(), 8, "{names:?}");
        for name in names {
            for change in [Some(other(&name)), None] {
                let tx = audit(0, 4);
                let head = head(&tx).expect("readable").expect("a head");
                let mut entry = stored(&tx, number);
                let object = entry.as_object_mut().expect("an object");
                match change {
                    Some(value) => object.insert(name.clone(), value),
                    None => object.remove(&name),
                };
                put(&tx, number, &entry);
                let found = broken(&tx, None).expect("found");
                let places = [Break::Link(number), Break::Link(number + 1)];
                assert!(places.contains(&found), "{name} of {number}: {found}");
                assert!(broken(&tx, Some(&head)).is_some());
            }
        }
        for (name, value) in [("note", json!("new")), ("number", json!(number))] {
            let tx = audit(0, 4);
            let mut entry = stored(&tx, number);
            entry[name] = value;
            put(&tx, number, &entry);
            assert!(broken(&tx, None).is_some(), "{name} was added");
        }
    }
}

#[test]
fn what_is_gone_moved_or_made_up_is_found() {
    for number in 1..=3 {
        let tx = audit(0, 4);
        remove(&tx, number);
        assert_eq!(broken(&tx, None), Some(Break::Missing(number)));
    }
    let tx = audit(0, 5);
    let (three, four) = (stored(&tx, 3), stored(&tx, 4));
    put(&tx, 3, &four);
    put(&tx, 4, &three);
    assert_eq!(broken(&tx, None), Some(Break::Link(3)), "two changed places");

    let tx = audit(0, 5);
    for number in 2..5 {
        let next = stored(&tx, number + 1);
        put(&tx, number, &next);
    }
    remove(&tx, 5);
    assert_eq!(broken(&tx, None), Some(Break::Link(2)), "one was taken out, and the others moved up");

    let tx = audit(0, 3);
    let mut made_up = stored(&tx, 3);
    made_up["factor"] = json!("telegram");
    put(&tx, 4, &made_up);
    assert_eq!(broken(&tx, None), Some(Break::Link(4)));
    put(&tx, 4, &json!("no entry"));
    assert_eq!(broken(&tx, None), Some(Break::Unreadable(4)));
}

#[test]
fn whoever_kept_a_head_finds_that_the_end_was_cut_off_or_that_all_was_written_anew() {
    let tx = audit(0, 5);
    let head = head(&tx).expect("readable").expect("a head");
    remove(&tx, 5);
    assert_eq!(broken(&tx, None), None, "the chain alone cannot know");
    assert_eq!(broken(&tx, Some(&head)), Some(Break::Cut { last: 4, kept: 5 }));
    append(&tx, &AuditRow { factor: "typed".to_owned(), ..row(5) }).expect("kept");
    assert_eq!(broken(&tx, None), None);
    assert_eq!(broken(&tx, Some(&head)), Some(Break::Kept(5)));

    let anew = audit(0, 0);
    for number in 1..=9 {
        append(&anew, &AuditRow { outcome: "other".to_owned(), ..row(number) }).expect("kept");
    }
    assert_eq!(broken(&anew, None), None);
    assert_eq!(broken(&anew, Some(&head)), Some(Break::Kept(5)));
    assert_eq!(broken(&audit(0, 0), Some(&head)), Some(Break::Cut { last: 0, kept: 5 }));
}

#[test]
fn entries_from_before_the_chain_are_sealed_by_the_first_that_holds_a_link() {
    let tx = audit(3, 2);
    let verdict = verify(&tx, None).expect("readable");
    assert_eq!((verdict.first, verdict.entries, verdict.older, verdict.broken), (1, 5, 3, None));
    let mut entry = stored(&tx, 2);
    entry["outcome"] = json!("refused");
    put(&tx, 2, &entry);
    assert_eq!(broken(&tx, None), Some(Break::Link(4)), "the first that holds a link holds theirs");

    let tx = audit(3, 3);
    let mut entry = stored(&tx, 5);
    entry.as_object_mut().expect("an object").remove("before");
    put(&tx, 5, &entry);
    assert_eq!(broken(&tx, None), Some(Break::Link(5)), "none comes after the chain began");

    let tx = audit(3, 3);
    let mut entry = stored(&tx, 4);
    entry.as_object_mut().expect("an object").remove("before");
    put(&tx, 4, &entry);
    assert_eq!(broken(&tx, None), Some(Break::Link(5)), "nor can one pass for older than it is");
    let head = head(&audit(3, 0)).expect("readable").expect("a head");
    assert_eq!(broken(&audit(3, 2), Some(&head)), None, "an old audit has a head too");
}
