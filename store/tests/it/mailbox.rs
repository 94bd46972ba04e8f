//! Mail that a volunteer keeps for others: each once, in the order of arrival, counted to the byte, and gone when it is over.

use std::collections::BTreeMap;

use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::mailbox::{HeldMail, Place};
use ai2ai_store::mailbox::{self, PlaceRow};
use ai2ai_store::{Store, Write};
use proptest::prelude::*;

use crate::rows::{at, did};
use crate::write;

fn place(until: u8) -> Place {
    Place { peer: "12D3".to_owned(), delegation: 1, claimed_at: at(0), until: at(until) }
}

fn bytes_of(n: u8) -> Vec<u8> {
    vec![n; usize::from(n) + 1]
}

fn digest_of(n: u8) -> Digest {
    Digest::of(&bytes_of(n))
}

fn keep(tx: &Write, who: u8, n: u8, until: u8) -> bool {
    mailbox::keep(tx, &did(who), &digest_of(n), &bytes_of(n), at(until)).expect("kept")
}

fn waiting(tx: &Write, who: u8, after: u64) -> Vec<(u64, Vec<u8>)> {
    let (mail, more) = mailbox::waiting(tx, &did(who), after, |_| true).expect("readable");
    assert_eq!(more, 0);
    mail.into_iter().map(|mail| (mail.order, mail.bytes)).collect()
}

fn row(tx: &Write, who: u8) -> Option<PlaceRow> {
    mailbox::place(tx, &did(who)).expect("readable")
}

#[test]
fn what_is_kept_is_kept_once_in_order_and_let_go_by_its_digest() {
    let store = Store::in_memory();
    write(&store, |tx| {
        assert!(!keep(tx, 1, 7, 50), "nobody has a place");
        mailbox::claim(tx, &did(1), &place(90)).expect("claimed");
        assert!(keep(tx, 1, 7, 50) && keep(tx, 1, 3, 50) && keep(tx, 1, 7, 60) && keep(tx, 1, 5, 50));
        assert_eq!(waiting(tx, 1, 0), [(1, bytes_of(7)), (2, bytes_of(3)), (3, bytes_of(5))]);
        assert_eq!(waiting(tx, 1, 2), [(3, bytes_of(5))]);
        assert_eq!(row(tx, 1).expect("a place").held, HeldMail { messages: 3, bytes: 8 + 4 + 6 });

        let (first, more) = mailbox::waiting(tx, &did(1), 0, |mail| mail.order < 2).expect("readable");
        assert_eq!((first.len(), more), (1, 2));
        assert_eq!(mailbox::remove(tx, &did(2), &[digest_of(3)]).expect("nothing"), 0, "it is not theirs");
        assert_eq!(mailbox::remove(tx, &did(1), &[digest_of(3), digest_of(9), digest_of(3)]).expect("gone"), 1);
        assert_eq!(waiting(tx, 1, 0), [(1, bytes_of(7)), (3, bytes_of(5))]);
        mailbox::claim(tx, &did(1), &place(95)).expect("claimed again");
        assert_eq!(waiting(tx, 1, 0).len(), 2, "a renewed place keeps what waits in it");
        assert!(keep(tx, 1, 3, 50));
        assert_eq!(waiting(tx, 1, 3), [(4, bytes_of(3))], "what was let go may come again, behind the others");
    });
}

#[test]
fn what_has_ended_goes_and_a_place_that_has_ended_takes_its_mail_along() {
    let store = Store::in_memory();
    write(&store, |tx| {
        mailbox::claim(tx, &did(1), &place(90)).expect("claimed");
        mailbox::claim(tx, &did(2), &place(40)).expect("claimed");
        assert!(keep(tx, 1, 1, 30) && keep(tx, 1, 2, 60) && keep(tx, 2, 3, 80));
        assert!(!mailbox::has_due(tx, at(29)).expect("readable"));
        assert!(mailbox::has_due(tx, at(30)).expect("readable"));
        assert_eq!(mailbox::erase_due(tx, at(30)).expect("erased"), 1);
        assert_eq!(waiting(tx, 1, 0), [(2, bytes_of(2))]);
        assert_eq!(mailbox::erase_due(tx, at(40)).expect("erased"), 1);
        assert_eq!((row(tx, 2), mailbox::count_places(tx).expect("readable")), (None, 1));
        assert_eq!(mailbox::held_in_all(tx).expect("readable"), HeldMail { messages: 1, bytes: 3 });
        assert!(!mailbox::has_due(tx, at(59)).expect("readable"));
    });
}

#[test]
fn a_file_from_before_there_were_mailboxes_has_one_once_it_is_opened() {
    let home = tempfile::TempDir::new().expect("a directory");
    let path = home.path().join("store.redb");
    std::fs::copy(crate::schemas::file(2), &path).expect("copied");
    let store = Store::open(&path).expect("opens");
    let view = store.read().expect("a view");
    assert_eq!(mailbox::place(&view, &did(1)).expect("readable"), None);
    assert_eq!(mailbox::count_places(&view).expect("readable"), 0);
}

proptest! {
    #[test]
    fn it_agrees_with_a_list(steps in prop::collection::vec((0_u8..4, 1_u8..4, 0_u8..12, 1_u8..100), 1..60)) {
        write(&Store::in_memory(), |tx| agrees_with_a_list(tx, &steps))?;
    }
}

/// The mailbox and a plain list of what should be in it never disagree.
fn agrees_with_a_list(tx: &Write, steps: &[(u8, u8, u8, u8)]) -> Result<(), TestCaseError> {
    let mut list: BTreeMap<u8, Vec<(u8, u8)>> = BTreeMap::new();
    for who in 1..4 {
        mailbox::claim(tx, &did(who), &place(200)).expect("claimed");
    }
    for &(what, who, n, when) in steps {
        let of_them = list.entry(who).or_default();
        match what {
            0 | 1 => {
                prop_assert!(keep(tx, who, n, when));
                if of_them.iter().all(|(known, _)| *known != n) {
                    of_them.push((n, when));
                }
            }
            2 => {
                mailbox::remove(tx, &did(who), &[digest_of(n)]).expect("let go");
                of_them.retain(|(known, _)| *known != n);
            }
            _ => {
                mailbox::erase_due(tx, at(when)).expect("erased");
                list.values_mut().for_each(|mail| mail.retain(|(_, until)| *until > when));
            }
        }
    }
    let mut all = HeldMail::default();
    for (who, mail) in &list {
        let held = mail.iter().fold(HeldMail::default(), |held, (n, _)| held.with(bytes_of(*n).len() as u64));
        prop_assert_eq!(row(tx, *who).expect("a place").held, held);
        let expected: Vec<Vec<u8>> = mail.iter().map(|(n, _)| bytes_of(*n)).collect();
        prop_assert_eq!(waiting(tx, *who, 0).into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>(), expected);
        all = HeldMail { messages: all.messages + held.messages, bytes: all.bytes + held.bytes };
    }
    prop_assert_eq!(mailbox::held_in_all(tx).expect("readable"), all);
    Ok(())
}
