//! Laws that hold for every signed document, whatever is in it and whoever changes it.

use std::sync::LazyLock;

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::batch::read_batch;
use crate::canonical::{Object, canonical, read_object};
use crate::card::{Card, CardDraft, CardNode};
use crate::cast::{alex, darren, now};
use crate::code::Code;
use crate::delegation::Delegation;
use crate::digest::Digest;
use crate::key::Tag;
use crate::limits::{CARD_LIFE, ENVELOPE_BYTES};
use crate::receipt::{Outcome, Receipt, Receipts};
use crate::seal::{Sealed, seal};

use super::*;

/// JSON that a strict reader reads.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (any::<i32>(), 1..9_u32)
            .prop_map(|(n, shift)| Value::from(f64::from(n) / 2_f64.powi(2) / f64::from(shift / 8 + 1))),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(vec!["../../x", "0.2", "2026-02-10T19:00", "did:key:z6Mk", "sha256:"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,6}", inner, 0..4).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// A place anywhere in a document.
fn places(value: &Value) -> Vec<String> {
    let below = |name: &str, inner: &Value| {
        let escaped = name.replace('~', "~0").replace('/', "~1");
        places(inner).into_iter().map(move |rest| format!("/{escaped}{rest}"))
    };
    let inner: Vec<_> = match value {
        Value::Object(members) => members.iter().flat_map(|(name, inner)| below(name, inner)).collect(),
        Value::Array(list) => list.iter().enumerate().flat_map(|(n, inner)| below(&n.to_string(), inner)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    [String::new()].into_iter().chain(inner).collect()
}

fn card() -> Card {
    let alex = alex();
    let draft = CardDraft {
        agent: alex.sender.agent,
        human: alex.sender.human,
        sequence: 41,
        issued_at: now(),
        expires_at: now() + CARD_LIFE,
        delegation: alex.sender.delegation,
        nodes: vec![CardNode {
            peer: "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN".to_owned(),
            addresses: vec!["/ip4/192.168.1.7/tcp/4001".to_owned()],
            prekeys: vec![alex.prekey.public(now() + CARD_LIFE)],
        }],
        mailboxes: Vec::new(),
        intents: vec!["schedule.meeting".parse().expect("an intent")],
        languages: vec!["en".to_owned()],
        timezone: Some("Europe/London".to_owned()),
    };
    draft.sign(&alex.sender.key).expect("a good card")
}

/// A kind of document: an example, how it is read, and how its author signs it anew.
struct Kindred {
    bytes: Vec<u8>,
    reads: fn(&[u8]) -> Result<Vec<u8>, Code>,
    sign: fn(&mut Object),
}

/// One of each kind of document that comes from outside.
static DOCUMENTS: LazyLock<Vec<Kindred>> = LazyLock::new(|| {
    let receipt = Receipt {
        id: None,
        digest: Digest::of(b""),
        outcome: Outcome::Refused(Code::Busy),
        retry_after_s: Some(5),
        state: None,
        at: now(),
    };
    let dinner = darren().asks_for_dinner(&alex());
    vec![
        Kindred {
            bytes: dinner.bytes().to_vec(),
            reads: |bytes| {
                verify(bytes, &alex().did()).map(|read| read.bytes().to_vec()).map_err(|refusal| refusal.code)
            },
            sign: |object| darren().sender.key.sign(Tag::Envelope, object),
        },
        Kindred {
            bytes: card().bytes().to_vec(),
            reads: |bytes| Card::read(bytes).map(|card| card.bytes().to_vec()).map_err(|refusal| refusal.code),
            sign: |object| alex().sender.key.sign(Tag::Card, object),
        },
        Kindred {
            bytes: Receipts::sign(&[receipt.clone(), receipt], &alex().sender, Some(&card()), now()),
            reads: |bytes| Receipts::read(bytes, &alex().did()).map(|_| bytes.to_vec()).map_err(|refusal| refusal.code),
            sign: |object| alex().sender.key.sign(Tag::Receipts, object),
        },
        Kindred {
            bytes: canonical(alex().sender.delegation.object()),
            reads: |bytes| {
                let value = read_object(bytes, ENVELOPE_BYTES).map_err(|_| Code::Malformed)?;
                Delegation::read(&value.into()).map(|_| bytes.to_vec()).map_err(|refusal| refusal.code)
            },
            sign: |object| alex().owner.sign(Tag::Delegation, object),
        },
        Kindred {
            bytes: canonical(
                &seal(&dinner, &alex().prekey.public(now()), &mut StdRng::from_seed([1; 32]))
                    .expect("it seals")
                    .object(),
            ),
            reads: |bytes| {
                let value = read_object(bytes, ENVELOPE_BYTES).map_err(|_| Code::Malformed)?;
                let sealed = Sealed::read(&value.into()).map_err(|refusal| refusal.code)?;
                sealed.open(&alex().prekey).map(drop).map(|()| bytes.to_vec())
            },
            sign: drop_nothing,
        },
    ]
});

/// A sealed envelope has no signature of its own.
fn drop_nothing(_: &mut Object) {}

#[test]
fn every_example_is_good() {
    for Kindred { bytes, reads, .. } in DOCUMENTS.iter() {
        assert_eq!(reads(bytes).as_ref(), Ok(bytes));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_signed_is_read_as_it_was_meant(payload in prop::collection::btree_map(".{0,8}", values(), 0..5)) {
        let payload: Value = payload.into_iter().collect();
        let signed = darren().draft(1, &alex(), Kind::Message, payload.clone()).sign(&darren().sender);
        if let Ok(signed) = signed {
            let read = verify(signed.bytes(), &alex().did()).expect("what is signed is good");
            prop_assert_eq!(&*read, &*signed);
            prop_assert_eq!(canonical(read.payload()), canonical(&payload));
        }
    }

    /// Any changed byte of a signed document fails.
    #[test]
    fn no_byte_can_be_changed(which in 0..5_usize, place in any::<prop::sample::Index>(), change in 1..=255_u8) {
        let Kindred { bytes, reads, .. } = &DOCUMENTS[which];
        let mut bytes = bytes.clone();
        let place = place.index(bytes.len());
        bytes[place] ^= change;
        prop_assert!(reads(&bytes).is_err());
    }

    #[test]
    fn no_byte_can_be_left_out_or_put_in(
        which in 0..5_usize,
        place in any::<prop::sample::Index>(),
        byte in prop::option::of(any::<u8>()),
    ) {
        let Kindred { bytes, reads, .. } = &DOCUMENTS[which];
        let mut bytes = bytes.clone();
        let place = place.index(bytes.len());
        match byte {
            // JSON means the same with them: space between members, and `\/` for a slash (RFC 8259 §2, §7).
            Some(byte) if byte.is_ascii_whitespace() || (byte == b'\\' && bytes[place] == b'/') => return Ok(()),
            Some(byte) => bytes.insert(place, byte),
            None => drop(bytes.remove(place)),
        }
        prop_assert!(reads(&bytes).is_err());
    }

    /// Whatever stands at any place of a document: it is refused or read, and nobody panics. What its author didn't
    /// sign is never read.
    #[test]
    fn no_member_can_be_changed(
        which in 0..5_usize,
        place in any::<prop::sample::Index>(),
        value in prop::option::of(values()),
    ) {
        let Kindred { bytes, reads, sign } = &DOCUMENTS[which];
        let good: Value = serde_json::from_slice(bytes).expect("JSON");
        let places = places(&good);
        let pointer = place.get(&places[1..]);
        let mut changed = good.clone();
        match value {
            Some(value) => *changed.pointer_mut(pointer).expect("a place in it") = value,
            None => take_out(&mut changed, pointer),
        }
        let reading = reads(&canonical(&changed));
        prop_assert!(reading.is_err() || changed == good, "{}", pointer);
        if let Value::Object(mut object) = changed {
            sign(&mut object);
            drop(reads(&canonical(&object)));
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for document in DOCUMENTS.iter() {
            prop_assert!((document.reads)(&bytes).is_err());
        }
        prop_assert!(read_batch(&bytes).is_err());
    }

    #[test]
    fn arbitrary_json_is_refused(value in values()) {
        let bytes = canonical(&value);
        for document in DOCUMENTS.iter() {
            prop_assert!((document.reads)(&bytes).is_err());
        }
        prop_assert!(read_batch(&bytes).is_err());
        let batch = json!({ "ai2ai": "0.2", "type": "batch", "sealed": [value] });
        prop_assert!(read_batch(&canonical(&batch)).is_ok_and(|list| list[0].is_err()));
    }
}

/// Takes the member or entry at `pointer` out of `value`.
fn take_out(value: &mut Value, pointer: &str) {
    let (parent, name) = pointer.rsplit_once('/').expect("a place below the document");
    match value.pointer_mut(parent) {
        Some(Value::Object(members)) => drop(members.remove(name)),
        Some(Value::Array(list)) => drop(list.remove(name.parse::<usize>().expect("an index"))),
        _ => unreachable!("the place is in the document"),
    }
}
