//! The agent's key is another one, the person is the same: contacts learn it, also those who were away, and a thief of the old key
//! has nothing any more.

use std::time::Duration;

use ai2ai_core::content::Words;
use ai2ai_core::inbound;
use ai2ai_core::inbound::receive;
use ai2ai_core::outbound::compose::Said;
use ai2ai_core::outbound::{receipts, resend};
use ai2ai_core::{people, rotation};
use ai2ai_protocol::card::{Card, CardDraft};
use ai2ai_protocol::code::Code;
use ai2ai_protocol::delivery::State;
use ai2ai_protocol::envelope::{Sender, VerifiedEnvelope, verify};
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::receipt::Outcome;
use ai2ai_store::{audit, cards, contacts, messages, outbox};
use ai2ai_tests::stranger::card_draft;
use ai2ai_tests::world::{Faults, World};

const DARREN: usize = 0;
const ALEX: usize = 1;
const DAY: Duration = Duration::from_secs(24 * 3_600);

fn two() -> World {
    let mut world = World::new(7, &["Darren", "Alex"], Faults::default());
    world.introduce(DARREN, ALEX);
    for who in [DARREN, ALEX] {
        world.transact(who, rotation::begin).expect("it begins");
    }
    world
}

fn says(world: &mut World, who: usize, other: usize, text: &str) -> Said {
    world.says(who, other, None, Words::message(text)).expect("said")
}

fn state(world: &World, who: usize, id: MessageId) -> State {
    let tx = world.people[who].store.read().expect("a look");
    outbox::get(&tx, &id).expect("a look").expect("a row").delivery.state()
}

/// The envelope of a message, as it came to its recipient.
fn as_it_came(world: &World, from: usize, to: usize, id: MessageId) -> VerifiedEnvelope {
    let sender = *world.people[from].me.did();
    let tx = world.people[to].store.read().expect("a look");
    let row = messages::get(&tx, &sender, &id).expect("a look").expect("a message");
    verify(&row.bytes, world.people[to].me.did()).expect("it verifies")
}

/// Which delegation of the other's they have seen.
fn seen(world: &World, who: usize, other: usize) -> u64 {
    let tx = world.people[who].store.read().expect("a look");
    contacts::get(&tx, world.people[other].me.did()).expect("a look").expect("a contact").delegation
}

/// What somebody who has this key says to Alex.
fn by(world: &World, sender: &Sender) -> VerifiedEnvelope {
    let signed = world.draft(ALEX, 9, world.now).sign(sender).expect("a good draft");
    verify(signed.bytes(), world.people[ALEX].me.did()).expect("it verifies")
}

#[test]
fn whoever_was_away_learns_the_new_key_and_gets_what_waited_signed_with_it() {
    let mut world = two();
    let before = says(&mut world, DARREN, ALEX, "before");
    world.come_to_rest();
    world.people[ALEX].asleep = true;
    let waits = says(&mut world, DARREN, ALEX, "while you were away");
    world.tries();
    let stolen = world.renews_key(DARREN);
    world.wakes(ALEX);
    world.come_to_rest();

    assert_eq!(state(&world, DARREN, waits.id), State::Delivered);
    assert_eq!(as_it_came(&world, DARREN, ALEX, waits.id).delegation().sequence(), 2);
    assert_eq!((seen(&world, ALEX, DARREN), seen(&world, DARREN, ALEX)), (2, 1));
    // What was said under the old key stays verifiable, by the word that it carries.
    assert_eq!(as_it_came(&world, DARREN, ALEX, before.id).delegation(), &stolen.delegation);
    let tx = world.people[ALEX].store.read().expect("a look");
    let audited: Vec<String> = audit::all(&tx).expect("the audit").into_iter().map(|row| row.what).collect();
    assert_eq!(audited.iter().filter(|what| *what == "new_key").count(), 1, "{audited:?}");
}

#[test]
fn a_contact_is_told_even_if_nothing_else_is_said_and_the_thief_is_refused_from_then_on() {
    let mut world = two();
    let stolen = world.renews_key(DARREN);
    let forged = by(&world, &stolen);
    world.come_to_rest();
    assert_eq!(seen(&world, ALEX, DARREN), 2, "a node that begins under a new key says so");
    let receipt = world.transact(ALEX, |txn| receive::arrive(txn, &forged)).expect("a receipt");
    assert_eq!(receipt.outcome, Outcome::Refused(Code::BadDelegation));
    // The thief shows a card with a number as high as may be: it takes nobody's place.
    let card = world.card_of(DARREN);
    world.transact(ALEX, |txn| people::cards::learn(txn, &card)).expect("learned");
    let high = CardDraft {
        sequence: (1 << 53) - 1,
        issued_at: world.now.whole_second(),
        expires_at: world.now.whole_second() + DAY,
        ..card_draft(&stolen, Vec::new())
    };
    let thiefs = high.sign(&stolen.key).expect("a card");
    world.transact(ALEX, |txn| people::cards::learn(txn, &thiefs)).expect("looked at");
    let tx = world.people[ALEX].store.read().expect("a look");
    let kept = cards::get(&tx, card.did()).expect("a look").expect("a card");
    assert_eq!(Card::read(&kept.bytes).expect("a card"), card);
}

#[test]
fn a_node_that_crashes_after_its_key_changed_tells_its_contacts_once_all_the_same() {
    let mut world = two();
    world.people[ALEX].asleep = true;
    world.renews_key(DARREN);
    let waiting =
        |world: &World| outbox::count_waiting(&world.people[DARREN].store.read().expect("a look")).expect("a count");
    assert_eq!(waiting(&world), 1);
    for _ in 0..3 {
        world.transact(DARREN, rotation::begin).expect("it begins again");
    }
    assert_eq!(waiting(&world), 1);
    world.wakes(ALEX);
    world.come_to_rest();
    assert_eq!(seen(&world, ALEX, DARREN), 2);
}

#[test]
fn what_may_have_left_under_the_old_key_and_never_came_is_said_anew_once() {
    let mut world = two();
    let said = says(&mut world, DARREN, ALEX, "lost on its way");
    world.tries();
    world.loses_what_is_under_way();
    world.transact(DARREN, |txn| receipts::failed(txn, &[said.id], "no answer")).expect("noted");
    world.renews_key(DARREN);
    let card = world.card_of(DARREN);
    world.transact(ALEX, |txn| inbound::cards::seen(txn, &card)).expect("seen");
    world.come_to_rest();
    assert_eq!(state(&world, DARREN, said.id), State::Dead, "its signature is the old key's");

    let row =
        outbox::get(&world.people[DARREN].store.read().expect("a look"), &said.id).expect("a look").expect("a row");
    let anew = world.transact(DARREN, |txn| resend::resend(txn, &row, None)).expect("said anew").id.expect("a message");
    world.come_to_rest();
    assert_eq!(state(&world, DARREN, anew), State::Delivered);
    assert_eq!(as_it_came(&world, DARREN, ALEX, anew).delegation().sequence(), 2);
    let darren = *world.people[DARREN].me.did();
    let tx = world.people[ALEX].store.read().expect("a look");
    assert!(messages::get(&tx, &darren, &said.id).expect("a look").is_none(), "it came once");
}
