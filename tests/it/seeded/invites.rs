//! An invite makes one person a contact, once; and twelve words tell two people that nobody is between them.

use std::time::Duration;

use ai2ai_core::forget;
use ai2ai_core::inbound::receive;
use ai2ai_core::people::{self, invites, own_card};
use ai2ai_discovery::invite::InviteLink;
use ai2ai_engine::commands::contacts::invite_link;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::envelope::{Draft, Kind, VerifiedEnvelope};
use ai2ai_protocol::invite::{INTENT, Join, Secret};
use ai2ai_protocol::limits::INVITE_LIFE_DEFAULT;
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_protocol::trust::Trust;
use ai2ai_store::contacts::{self, ContactRow};
use ai2ai_store::{conversations, inbox, quarantine, replay};
use ai2ai_tests::world::{Faults, World};
use serde_json::Value;

const ALEX: usize = 0;
const SAM: usize = 1;
const MALLORY: usize = 2;
const INVALID: Outcome = Outcome::Refused(Code::InviteInvalid);

fn world() -> World {
    World::new(1, &["Alex", "Sam", "Mallory"], Faults::default())
}

fn card_of(world: &mut World, who: usize) -> Card {
    world.transact(who, |txn| own_card::renew(txn, vec!["/ip4/192.0.2.7/tcp/4001".to_owned()])).expect("a card")
}

fn invites(world: &mut World, name: Option<&str>) -> InviteLink {
    let card = card_of(world, ALEX);
    let name = name.map(str::to_owned);
    let made = world.transact(ALEX, move |txn| invite_link(txn, Some(&card), name, None)).expect("an invite");
    made.link.parse().expect("a link")
}

/// What somebody brings who says that Alex invited them.
fn brings(world: &mut World, who: usize, n: u8, secret: &Secret) -> VerifiedEnvelope {
    let card = card_of(world, who);
    envelope(world, who, n, Kind::Ping, Join { secret: secret.clone(), card }.to_payload().into())
}

fn envelope(world: &World, from: usize, n: u8, kind: Kind, payload: Value) -> VerifiedEnvelope {
    let intent = INTENT.parse().expect("an intent");
    let payload = payload.as_object().cloned().expect("an object");
    world.signed(from, ALEX, Draft { kind, intent, payload, ..world.draft(ALEX, n, world.now) })
}

fn arrives(world: &mut World, envelope: &VerifiedEnvelope) -> Receipt {
    world.transact(ALEX, |txn| receive::arrive(txn, envelope)).expect("a receipt")
}

fn contact_of(world: &World, who: usize) -> Option<ContactRow> {
    let tx = world.people[ALEX].store.read().expect("a look");
    contacts::get(&tx, world.people[who].me.did()).expect("a look")
}

/// Contacts, items, held words and conversations that Alex has.
fn all_there_is(world: &World) -> (usize, usize, u64, usize) {
    let tx = world.people[ALEX].store.read().expect("a look");
    (
        contacts::all(&tx).expect("contacts").len(),
        inbox::all(&tx).expect("items").len(),
        quarantine::count(&tx).expect("held"),
        conversations::latest(&tx, 1_000).expect("conversations").len(),
    )
}

#[test]
fn whoever_brings_the_secret_first_is_a_contact_without_a_question() {
    let mut world = world();
    let link = invites(&mut world, Some("Sam from work"));
    assert_eq!((link.did, link.addresses.len()), (*world.people[ALEX].me.did(), 1));
    let letter = brings(&mut world, SAM, 1, &link.secret);
    let receipt = arrives(&mut world, &letter);
    assert_eq!(receipt.outcome, Outcome::Accepted);
    let sam = contact_of(&world, SAM).expect("a contact");
    assert_eq!((sam.name.as_str(), sam.trust, sam.met.as_str()), ("Sam from work", Trust::Known, "invite"));
    assert_eq!(all_there_is(&world), (1, 0, 0, 0), "nothing waits, and no conversation began");

    world.now = world.now + Duration::from_secs(60);
    assert_eq!(arrives(&mut world, &letter), receipt, "a repeat gets its first receipt");
    let again = brings(&mut world, SAM, 2, &link.secret);
    assert_eq!(arrives(&mut world, &again).outcome, Outcome::Accepted, "an answer may have been lost");
    assert_eq!(contact_of(&world, SAM), Some(sam), "and changes nothing");
}

#[test]
fn what_somebody_wrote_as_a_stranger_comes_in_when_they_are_invited() {
    let mut world = world();
    let words = envelope(&world, SAM, 1, Kind::Message, serde_json::json!({ "text": "it's me" }));
    assert_eq!(arrives(&mut world, &words).outcome, Outcome::Held);
    assert_eq!(all_there_is(&world), (0, 1, 1, 0));
    let link = invites(&mut world, None);
    let letter = brings(&mut world, SAM, 2, &link.secret);
    assert_eq!(arrives(&mut world, &letter).outcome, Outcome::Accepted);
    let (contacts, _, held, conversations) = all_there_is(&world);
    assert_eq!((contacts, held, conversations), (1, 0, 1));
}

#[test]
fn a_secret_that_was_used_guessed_forged_or_is_over_changes_nothing() {
    let mut world = world();
    let link = invites(&mut world, None);
    let nothing = all_there_is(&world);
    let refused = |world: &mut World, who: usize, n: u8, secret: &Secret, code: Outcome| {
        let letter = brings(world, who, n, secret);
        let before = all_there_is(world);
        assert_eq!(arrives(world, &letter).outcome, code);
        assert_eq!(all_there_is(world), before);
        let tx = world.people[ALEX].store.read().expect("a look");
        assert!(replay::get(&tx, &letter.from().did, &letter.id()).expect("a look").is_none(), "nothing is kept of it");
    };
    refused(&mut world, MALLORY, 1, &Secret::from_bytes([0; 16]), INVALID);
    let mut near = link.secret.reveal().into_bytes();
    near[3] = if near[3] == b'A' { b'B' } else { b'A' };
    let near = String::from_utf8(near).expect("a text").parse().expect("a secret");
    refused(&mut world, MALLORY, 2, &near, INVALID);

    let sams = card_of(&mut world, SAM);
    let secret = link.secret.clone();
    let stolen = envelope(&world, MALLORY, 3, Kind::Ping, Join { secret, card: sams }.to_payload().into());
    assert_eq!(arrives(&mut world, &stolen).outcome, Outcome::Refused(Code::Malformed), "another's card");
    assert_eq!(all_there_is(&world), nothing);

    let letter = brings(&mut world, SAM, 4, &link.secret);
    assert_eq!(arrives(&mut world, &letter).outcome, Outcome::Accepted);
    refused(&mut world, MALLORY, 5, &link.secret, INVALID);

    let late = invites(&mut world, None);
    world.now = world.now + INVITE_LIFE_DEFAULT;
    refused(&mut world, MALLORY, 6, &late.secret, INVALID);
    let open = invites(&mut world, None);
    assert_eq!(world.transact(ALEX, invites::cancel_all).expect("done"), 1);
    refused(&mut world, MALLORY, 7, &open.secret, INVALID);
}

#[test]
fn who_is_blocked_or_was_forgotten_does_not_come_back_by_an_invite() {
    let mut world = world();
    world.introduce(ALEX, SAM);
    let link = invites(&mut world, None);
    let who = world.people[SAM].me.did().to_string();
    world
        .transact(ALEX, {
            let who = who.clone();
            move |txn| people::contacts::block(txn, &who, true)
        })
        .expect("blocked");
    let letter = brings(&mut world, SAM, 1, &link.secret);
    assert_eq!(arrives(&mut world, &letter).outcome, INVALID, "as anybody is told for whom it is not");
    assert!(contact_of(&world, SAM).is_some_and(|row| row.blocked));
    let letter = brings(&mut world, MALLORY, 2, &link.secret);
    assert_eq!(arrives(&mut world, &letter).outcome, Outcome::Accepted, "it is still good for somebody else");

    let who = world.people[MALLORY].me.did().to_string();
    world.transact(ALEX, move |txn| forget::contact(txn, &who)).expect("forgotten");
    let letter = brings(&mut world, MALLORY, 3, &link.secret);
    assert_eq!(arrives(&mut world, &letter).outcome, INVALID);
    assert!(contact_of(&world, MALLORY).is_none());
}

#[test]
fn whom_the_owner_knows_stays_as_the_owner_has_them_and_nobody_takes_anothers_name() {
    let mut world = world();
    world.introduce(ALEX, SAM);
    let known = contact_of(&world, SAM).expect("a contact");
    let link = invites(&mut world, Some("Somebody"));
    let letter = brings(&mut world, SAM, 1, &link.secret);
    assert_eq!(arrives(&mut world, &letter).outcome, Outcome::Accepted);
    let after = contact_of(&world, SAM).expect("a contact");
    assert_eq!((after.name, after.trust, after.met), (known.name.clone(), known.trust, known.met));
    let link = invites(&mut world, Some(&known.name.to_uppercase()));
    let letter = brings(&mut world, MALLORY, 2, &link.secret);
    assert_eq!(arrives(&mut world, &letter).outcome, Outcome::Accepted);
    let name = contact_of(&world, MALLORY).expect("a contact").name;
    assert!(name.to_lowercase().starts_with(&known.name.to_lowercase()) && name.len() > known.name.len(), "{name}");
}
