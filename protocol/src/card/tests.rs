//! Content of a card, and every try to say more in somebody's name.

use super::*;
use crate::cast::{Person, alex, at, darren, mallory, now};
use crate::limits::{ADDRESS_CHARS, CARD_ADDRESSES, CARD_INTENTS, CARD_LIFE, CARD_NODES};
use serde_json::Value;
use std::time::Duration;

fn draft(person: &Person, sequence: u64) -> CardDraft {
    CardDraft {
        agent: person.sender.agent.clone(),
        human: person.sender.human.clone(),
        sequence,
        issued_at: now(),
        expires_at: now() + CARD_LIFE,
        delegation: person.sender.delegation.clone(),
        nodes: vec![CardNode {
            peer: "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN".to_owned(),
            addresses: vec!["/ip4/192.168.1.7/udp/4001/quic-v1".to_owned()],
            prekeys: vec![person.prekey.public(now() + Duration::from_secs(2 * 24 * 3600))],
        }],
        mailboxes: Vec::new(),
        intents: vec!["schedule.meeting".parse().expect("an intent")],
        languages: vec!["en".to_owned()],
        timezone: Some("Europe/London".to_owned()),
    }
}

fn card(person: &Person, sequence: u64) -> Card {
    draft(person, sequence).sign(&person.sender.key).expect("a good card")
}

/// Returns what reading gives when the agent signs the changed card itself.
fn signed(change: impl FnOnce(&mut Object)) -> Result<Card, Refusal> {
    let alex = alex();
    let mut object = card(&alex, 41).object().clone();
    change(&mut object);
    alex.sender.key.sign(Tag::Card, &mut object);
    Card::read(&canonical(&object))
}

fn refused(pointer: &str, value: Value) -> (Code, String) {
    let refusal = signed(|object| {
        let mut whole = Value::Object(object.clone());
        *whole.pointer_mut(pointer).expect("a member") = value;
        *object = whole.as_object().cloned().expect("an object");
    })
    .expect_err("it is to be refused");
    (refusal.code, refusal.place)
}

#[test]
fn a_card_says_what_its_agent_signed() {
    let alex = alex();
    let card = card(&alex, 41);
    let read = Card::read(card.bytes()).expect("a good card");
    assert_eq!((read.did(), read.sequence()), (&alex.did(), 41));
    assert_eq!((read.agent(), read.human()), (&alex.sender.agent, &alex.sender.human));
    assert_eq!(read.nodes()[0].prekey(now()).map(PublicPrekey::id), Some(alex.prekey.id()));
    assert_eq!((read.intents().len(), read.languages().len(), read.timezone()), (1, 1, Some("Europe/London")));
    assert_eq!(read, card);
}

#[test]
fn only_the_delegated_key_signs_a_card() {
    let (alex, mallory) = (alex(), mallory());
    let code = |card: Result<Card, Refusal>| card.map_err(|refusal| refusal.code).err();
    assert_eq!(code(draft(&alex, 1).sign(&mallory.sender.key)), Some(Code::BadSignature));
    let mut unsigned = card(&alex, 1).object().clone();
    unsigned.remove("signature");
    assert_eq!(code(Card::read(&canonical(&unsigned))), Some(Code::BadSignature));
    unsigned.remove("delegation");
    assert_eq!(code(Card::read(&canonical(&unsigned))), Some(Code::BadDelegation));
    let mut claimed = card(&mallory, 1).object().clone();
    claimed.insert("did".to_owned(), json!(alex.did()));
    mallory.sender.key.sign(Tag::Card, &mut claimed);
    assert_eq!(code(Card::read(&canonical(&claimed))), Some(Code::BadDelegation));
    let before = CardDraft { issued_at: at("2025-12-31T23:00Z"), expires_at: now(), ..draft(&alex, 1) };
    assert_eq!(code(before.sign(&alex.sender.key)), Some(Code::LifeTooLong));
    let before = CardDraft { expires_at: at("2026-01-01T23:00Z"), ..before };
    assert_eq!(code(before.sign(&alex.sender.key)), Some(Code::BadDelegation));
}

#[test]
fn a_changed_card_is_refused() {
    for (name, value) in [("human", json!("Eve")), ("sequence", json!(42)), ("nodes", json!([])), ("x", json!(1))] {
        let mut object = card(&alex(), 41).object().clone();
        object.insert(name.to_owned(), value);
        assert_eq!(Card::read(&canonical(&object)).map_err(|refusal| refusal.code), Err(Code::BadSignature));
    }
}

#[test]
fn every_member_has_its_form_and_its_bound() {
    let many = |n: usize, value: Value| Value::Array(vec![value; n]);
    let node = json!({ "peer": "12D3", "addresses": [], "prekeys": [] });
    for (pointer, value, code) in [
        ("/type", json!("envelope"), Code::Malformed),
        ("/ai2ai", json!("0.3"), Code::UnsupportedVersion),
        ("/sequence", json!(-1), Code::Malformed),
        ("/human", json!("Al\u{200b}ex"), Code::Malformed),
        ("/expires_at", json!("2026-02-07T03:55:00Z"), Code::Malformed),
        ("/expires_at", json!("2026-02-14T03:55:01Z"), Code::LifeTooLong),
        ("/nodes", many(CARD_NODES + 1, node), Code::TooLarge),
        ("/nodes/0/peer", json!("../../x"), Code::Malformed),
        ("/nodes/0/addresses", many(CARD_ADDRESSES + 1, json!("/ip4/1.2.3.4/tcp/1")), Code::TooLarge),
        ("/nodes/0/addresses/0", json!("http://alex.example"), Code::Malformed),
        ("/nodes/0/addresses/0", json!("/ip4/1.2.3.4/tcp/1\n"), Code::Malformed),
        ("/nodes/0/addresses/0", json!("/".repeat(ADDRESS_CHARS + 1)), Code::Malformed),
        ("/nodes/0/prekeys/0/key", json!("AAAA"), Code::Malformed),
        ("/nodes/0/prekeys/0/id", json!("00".repeat(16)), Code::Malformed),
        ("/nodes/0/prekeys/0/not_after", json!("soon"), Code::Malformed),
        ("/mailboxes", json!("none"), Code::Malformed),
        ("/intents", many(CARD_INTENTS + 1, json!("a.b")), Code::TooLarge),
        ("/intents/0", json!("dinner"), Code::Malformed),
        ("/languages/0", json!("en us"), Code::Malformed),
        ("/timezone", json!("Europe/London\u{202e}"), Code::Malformed),
    ] {
        assert_eq!(refused(pointer, value.clone()), (code, pointer.to_owned()), "{value}");
    }
    let huge = signed(|object| drop(object.insert("x".to_owned(), json!("x".repeat(CARD_BYTES)))));
    assert_eq!(huge.map_err(|refusal| refusal.code), Err(Code::TooLarge));
}

/// A second suite can come without a new format: whoever doesn't know it passes over it.
#[test]
fn a_prekey_of_an_unknown_suite_is_passed_over() {
    let prekey = json!({ "id": "anything", "suite": "x-wing", "key": "A".repeat(1_624) });
    let card = signed(|object| {
        object["nodes"][0]["prekeys"].as_array_mut().expect("a list").push(prekey);
    });
    assert_eq!(card.map(|card| card.nodes()[0].prekeys.len()), Ok(1));
}

#[test]
fn what_may_be_left_out_is_left_out() {
    let card = signed(|object| {
        for name in ["mailboxes", "intents", "languages", "timezone"] {
            object.remove(name);
        }
    })
    .expect("a good card");
    assert!(card.intents().is_empty() && card.languages().is_empty() && card.timezone().is_none());
}

#[test]
fn a_card_is_of_its_time() {
    let card = card(&alex(), 1);
    assert_eq!(card.check_current(now()), Ok(()));
    assert_eq!(card.check_current(now() - CLOCK_SKEW), Ok(()));
    assert_eq!(card.check_current(now() - CLOCK_SKEW - Duration::from_secs(1)), Err(Code::NotYetValid));
    assert_eq!(card.check_current(now() + CARD_LIFE), Err(Code::Expired));
    let mut ending = draft(&alex(), 1);
    ending.delegation =
        Delegation::sign(&alex().owner, &alex().sender.key.public(), 2, now(), now() + Duration::from_secs(60));
    let ending = ending.sign(&alex().sender.key).expect("a good card");
    assert_eq!(ending.check_current(now() + Duration::from_secs(60)), Err(Code::BadDelegation));
}

/// A pinned card is replaced only by a newer one of the same owner, never by one under an older delegation.
#[test]
fn a_newer_card_takes_the_place_of_an_older_one() {
    let (alex, darren) = (alex(), darren());
    assert!(card(&alex, 2).supersedes(&card(&alex, 1)));
    assert!(!card(&alex, 1).supersedes(&card(&alex, 1)));
    assert!(!card(&alex, 1).supersedes(&card(&alex, 2)));
    assert!(!card(&darren, 9).supersedes(&card(&alex, 1)));
    let mut renewed = draft(&alex, 2);
    renewed.delegation =
        Delegation::sign(&alex.owner, &alex.sender.key.public(), 2, now(), now() + Duration::from_secs(60));
    let renewed = renewed.sign(&alex.sender.key).expect("a good card");
    assert!(renewed.supersedes(&card(&alex, 1)));
    assert!(!card(&alex, 3).supersedes(&renewed));
    let stolen = card(&alex, (1 << 53) - 1);
    assert!(renewed.supersedes(&stolen) && !stolen.supersedes(&renewed));
}

#[test]
fn the_prekey_to_seal_to_is_the_one_that_lasts_longest() {
    let (alex, darren) = (alex(), darren());
    let until = |hours: u64| now() + Duration::from_secs(hours * 3_600);
    let prekeys = vec![alex.prekey.public(until(1)), darren.prekey.public(until(2))];
    let node = CardNode { peer: String::new(), addresses: Vec::new(), prekeys };
    assert_eq!(node.prekey(now()).map(PublicPrekey::id), Some(darren.prekey.id()));
    assert_eq!(node.prekey(until(2)), None);
}
