//! What is taken back never arrives, what may have arrived is never taken back, and nothing that is sent again happens twice.

use std::time::Duration;

use ai2ai_api::exit::Failure;
use ai2ai_api::views::WithdrawnView;
use ai2ai_core::content::{Reply, Words};
use ai2ai_core::decisions::replies;
use ai2ai_core::inbox::items;
use ai2ai_core::outbound::compose::Said;
use ai2ai_core::outbound::due;
use ai2ai_core::outbound::{receipts, resend, withdraw};
use ai2ai_engine::explain::explain;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::conversation::{Phase, Side};
use ai2ai_protocol::delivery::{Remedy, State};
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_store::outbox::OutboxRow;
use ai2ai_store::{contacts, conversations, messages, outbox};
use ai2ai_tests::world::{Faults, World};

const NO_FAULTS: Faults = Faults { lost: 0, repeated: 0, crashes: 0 };
const ROUGH: Faults = Faults { lost: 20, repeated: 20, crashes: 3 };
const DARREN: usize = 0;
const ALEX: usize = 1;
const WEEK: Duration = Duration::from_secs(7 * 24 * 3_600);

fn two() -> World {
    let mut world = World::new(1, &["Darren", "Alex"], NO_FAULTS);
    world.introduce(DARREN, ALEX);
    world
}

fn terms(place: u32) -> Reply {
    let mut terms = Object::new();
    terms.insert("place".to_owned(), place.into());
    Reply { terms: Some(terms), ..Reply::default() }
}

fn reject() -> Reply {
    Reply::default()
}

/// Somebody says words to the other, in a conversation or to open one.
fn says(world: &mut World, who: usize, words: Words, conversation: Option<ConversationId>) -> Result<Said, Failure> {
    world.says(who, 1 - who, conversation, words)
}

/// Somebody answers in a conversation; a reply that says nothing rejects.
fn answers(world: &mut World, who: usize, id: ConversationId, reply: &Reply) -> Result<Said, Failure> {
    let words = world.transact(who, |txn| {
        let row = conversations::get(txn.view(), &id)?.expect("a conversation");
        if *reply == Reply::default() {
            return Ok(Words::rejection(row.intent, None, None));
        }
        replies::reply_in(txn.view(), &row, reply)
    });
    says(world, who, words?, Some(id))
}

fn offers_dinner(world: &mut World, who: usize) -> Said {
    let times = ["2026-02-10T19:00Z".to_owned()];
    says(world, who, Words::meeting("Dinner", &times, None, None).expect("words"), None).expect("said")
}

fn row(world: &World, who: usize, id: MessageId) -> OutboxRow {
    let tx = world.people[who].store.read().expect("a look");
    outbox::get(&tx, &id).expect("a look").expect("a message")
}

fn state(world: &World, who: usize, id: MessageId) -> State {
    row(world, who, id).delivery.state()
}

fn withdraws(world: &mut World, who: usize, id: MessageId) -> Result<WithdrawnView, Failure> {
    let row = row(world, who, id);
    world.transact(who, |txn| withdraw::message(txn, &row))
}

/// Withdraws right after a try, when the next one is not due yet.
fn withdraws_soon(world: &mut World, who: usize, id: MessageId) -> Result<WithdrawnView, Failure> {
    world.tries();
    withdraws(world, who, id)
}

fn sends_again(world: &mut World, who: usize, id: MessageId) -> Result<ai2ai_api::views::SentView, Failure> {
    let row = row(world, who, id);
    let owner = world.people[who].owner();
    world.transact(who, |txn| resend::resend(txn, &row, Some(&owner)))
}

/// The state, the terms that stand and whose they are, as one side knows them.
fn stands(world: &World, who: usize, id: ConversationId) -> Option<(Phase, Option<Side>, bool)> {
    let tx = world.people[who].store.read().expect("a look");
    let machine = conversations::get(&tx, &id).expect("a look")?.machine;
    Some((machine.phase(world.now), machine.standing().map(|standing| standing.by), machine.pending().is_some()))
}

fn heard(world: &World, who: usize, id: ConversationId) -> usize {
    let tx = world.people[who].store.read().expect("a look");
    messages::of(&tx, &id).expect("messages").iter().filter(|message| message.side == Side::Them).count()
}

fn lets_steps_pass(world: &mut World, steps: usize) {
    for _ in 0..steps {
        world.let_time_pass();
    }
}

fn code<T>(tried: Result<T, Failure>) -> String {
    tried.map(drop).expect_err("a refusal").code.to_string()
}

#[test]
fn an_opening_that_never_left_is_taken_back_and_nobody_ever_hears_of_it() {
    let mut world = two();
    world.people[ALEX].asleep = true;
    let said = offers_dinner(&mut world, DARREN);
    assert_eq!(code(withdraws(&mut world, DARREN, said.id)), "under_way", "the first try may be under way");
    lets_steps_pass(&mut world, 3);
    let withdrawn = withdraws_soon(&mut world, DARREN, said.id).expect("taken back");
    assert_eq!(withdrawn.state.as_deref(), Some("expired"));
    world.wakes(ALEX);
    world.come_to_rest();
    assert_eq!(stands(&world, ALEX, said.conversation), None);
    assert_eq!(row(&world, DARREN, said.id).delivery.last_error(), Some("withdrawn"));
    let late = answers(&mut world, DARREN, said.conversation, &terms(7));
    assert_eq!(code(late), "closed", "nothing can be said where nobody was asked");
}

#[test]
fn an_answer_that_never_left_is_taken_back_and_what_stood_stands_again() {
    for answer in [terms(7), Reply { accept: true, ..Reply::default() }, reject()] {
        let mut world = two();
        let offer = offers_dinner(&mut world, DARREN);
        world.come_to_rest();
        let before = stands(&world, ALEX, offer.conversation);
        let waiting = world.items(ALEX).len();
        world.people[DARREN].asleep = true;
        let said = answers(&mut world, ALEX, offer.conversation, &answer).expect("said");
        assert_eq!(world.items(ALEX).len(), waiting - 1);
        lets_steps_pass(&mut world, 3);
        withdraws_soon(&mut world, ALEX, said.id).expect("taken back");
        assert_eq!(stands(&world, ALEX, offer.conversation), before, "{answer:?}");
        assert_eq!(world.items(ALEX).len(), waiting, "what they asked waits for its answer again");
        world.wakes(DARREN);
        world.come_to_rest();
        assert_eq!(heard(&world, DARREN, offer.conversation), 0);
        answers(&mut world, ALEX, offer.conversation, &Reply { accept: true, ..Reply::default() }).expect("confirmed");
        world.come_to_rest();
        for who in [DARREN, ALEX] {
            assert_eq!(stands(&world, who, offer.conversation).map(|now| now.0), Some(Phase::Confirmed));
        }
    }
}

#[test]
fn a_rejection_that_is_taken_back_leaves_the_offer_before_it_as_it_was() {
    let mut world = two();
    world.people[ALEX].asleep = true;
    let offer = offers_dinner(&mut world, DARREN);
    lets_steps_pass(&mut world, 3);
    let before = stands(&world, DARREN, offer.conversation);
    let rejected = answers(&mut world, DARREN, offer.conversation, &reject()).expect("said");
    assert_eq!(code(withdraws(&mut world, DARREN, offer.id)), "said_after_it");
    withdraws_soon(&mut world, DARREN, rejected.id).expect("it waits behind the offer, so it was never tried");
    assert_eq!(stands(&world, DARREN, offer.conversation), before);
    world.wakes(ALEX);
    world.come_to_rest();
    answers(&mut world, ALEX, offer.conversation, &Reply { accept: true, ..Reply::default() }).expect("confirmed");
    world.come_to_rest();
    assert_eq!(stands(&world, DARREN, offer.conversation).map(|now| now.0), Some(Phase::Confirmed));
}

#[test]
fn a_rejection_of_an_offer_that_has_arrived_is_not_taken_back() {
    let mut world = two();
    let opened = says(&mut world, DARREN, Words::question("Dinner?"), None).expect("said");
    world.come_to_rest();
    let offer = answers(&mut world, ALEX, opened.conversation, &terms(7)).expect("said");
    let rejected = answers(&mut world, ALEX, opened.conversation, &reject()).expect("said");
    // Both would go in one batch: this one has just been tried in vain.
    world.transact(ALEX, |txn| receipts::unreached(txn, &[rejected.id], "asleep")).expect("noted");
    while state(&world, ALEX, offer.id) != State::Delivered {
        world.let_time_pass();
    }
    world.people[DARREN].asleep = true;
    lets_steps_pass(&mut world, 3);
    assert_eq!(code(withdraws_soon(&mut world, ALEX, rejected.id)), "offer_arrived");
    world.wakes(DARREN);
    world.come_to_rest();
    for who in [DARREN, ALEX] {
        assert_eq!(stands(&world, who, opened.conversation).map(|now| now.0), Some(Phase::Rejected));
    }
}

/// Their node closes the conversation by what a receipt says of it, whether or not the rejection itself was handed over.
#[test]
fn a_rejection_that_a_receipt_has_told_of_is_not_taken_back() {
    let mut world = two();
    let opened = says(&mut world, DARREN, Words::question("Dinner?"), None).expect("said");
    world.come_to_rest();
    world.people[ALEX].asleep = true;
    let rejected = answers(&mut world, DARREN, opened.conversation, &reject()).expect("said");
    lets_steps_pass(&mut world, 1);
    let hm = Reply { text: Some("hm".to_owned()), ..Reply::default() };
    let late = answers(&mut world, ALEX, opened.conversation, &hm).expect("said");
    while state(&world, ALEX, late.id) != State::Dead {
        world.let_time_pass();
    }
    assert_eq!(code(withdraws(&mut world, DARREN, rejected.id)), "may_have_arrived");
    world.wakes(ALEX);
    world.come_to_rest();
    for who in [DARREN, ALEX] {
        assert_eq!(stands(&world, who, opened.conversation).map(|now| now.0), Some(Phase::Rejected));
    }
}

#[test]
fn what_was_handed_over_is_not_taken_back() {
    let mut world = two();
    let said = offers_dinner(&mut world, DARREN);
    lets_steps_pass(&mut world, 1);
    assert_eq!(code(withdraws(&mut world, DARREN, said.id)), "under_way");
    world.transact(DARREN, |txn| receipts::failed(txn, &[said.id], "no answer")).expect("noted");
    assert_eq!(code(withdraws(&mut world, DARREN, said.id)), "may_have_arrived");
    world.come_to_rest();
    assert_eq!(code(withdraws(&mut world, DARREN, said.id)), "arrived");
}

/// A node that was killed in the middle of an attempt does not know any more whether the message left.
#[test]
fn what_may_have_left_before_a_crash_is_not_taken_back_after_it() {
    let mut world = two();
    let first = offers_dinner(&mut world, DARREN);
    world.transact(DARREN, receipts::recover).expect("started again");
    world.people[ALEX].asleep = true;
    lets_steps_pass(&mut world, 5);
    assert_eq!(code(withdraws(&mut world, DARREN, first.id)), "may_have_arrived");

    let second = says(&mut world, DARREN, Words::message("Hello?"), None).expect("said");
    lets_steps_pass(&mut world, 2);
    world.transact(DARREN, |txn| receipts::unreached(txn, &[second.id], "asleep")).expect("noted");
    let again = world.transact(DARREN, |txn| {
        let row = outbox::get(txn.view(), &second.id)?.expect("a row");
        due::hurry(txn, &row.to)?;
        receipts::attempted(txn, &[second.id])
    });
    assert_eq!(again.expect("noted"), [second.id]);
    world.transact(DARREN, receipts::recover).expect("started again");
    assert_eq!(code(withdraws(&mut world, DARREN, second.id)), "may_have_arrived");
}

#[test]
fn an_agent_takes_back_its_draft_and_what_came_in_goes_on_waiting() {
    let mut world = two();
    let offer = offers_dinner(&mut world, DARREN);
    world.come_to_rest();
    let did = *world.people[DARREN].me.did();
    let draft = |world: &mut World, conversation: ConversationId| {
        world.transact(ALEX, |txn| {
            let contact = contacts::get(txn.view(), &did)?.expect("a contact");
            items::raise_draft(txn, &contact, conversation, &Words::message("Can I bring my cat?"))
        })
    };
    let before = world.items(ALEX);
    let suggested = draft(&mut world, offer.conversation).expect("a draft");
    world.transact(ALEX, |txn| withdraw::draft(txn, suggested)).expect("taken back");
    assert_eq!(world.items(ALEX), before);
    let fresh = world.transact(ALEX, |txn| Ok(txn.new_conversation())).expect("an id");
    let own = draft(&mut world, fresh).expect("a draft");
    assert_eq!(world.items(ALEX).len(), 2);
    world.transact(ALEX, |txn| withdraw::draft(txn, own)).expect("taken back");
    assert_eq!(world.items(ALEX).len(), 1);
}

#[test]
fn what_expired_without_ever_leaving_is_said_anew_once() {
    let mut world = two();
    world.people[ALEX].asleep = true;
    let said = says(&mut world, DARREN, Words::message("Hello"), None).expect("said");
    world.come_to_rest();
    assert_eq!(row(&world, DARREN, said.id).delivery.remedy(), Some(Remedy::SayAnew));
    world.wakes(ALEX);
    let anew = sends_again(&mut world, DARREN, said.id).expect("said anew");
    assert_ne!(anew.id, Some(said.id));
    world.come_to_rest();
    assert_eq!(heard(&world, ALEX, anew.conversation), 1);
    assert_eq!(state(&world, DARREN, anew.id.expect("an id")), State::Delivered);
}

#[test]
fn what_expired_and_may_be_there_is_asked_after_and_never_happens_twice() {
    for arrived in [true, false] {
        let mut world = two();
        let said = says(&mut world, DARREN, Words::message("Hello"), None).expect("said");
        if arrived {
            while heard(&world, ALEX, said.conversation) == 0 {
                world.let_time_pass();
            }
        }
        world.loses_what_is_under_way();
        world.transact(DARREN, |txn| receipts::failed(txn, &[said.id], "no answer")).expect("noted");
        world.people[ALEX].asleep = true;
        world.now = world.now + WEEK;
        world.come_to_rest();
        assert_eq!(row(&world, DARREN, said.id).delivery.remedy(), Some(Remedy::AskAgain));

        world.wakes(ALEX);
        sends_again(&mut world, DARREN, said.id).expect("asked after");
        world.come_to_rest();
        if arrived {
            assert_eq!(state(&world, DARREN, said.id), State::Delivered, "they had it");
        } else {
            let anew = sends_again(&mut world, DARREN, said.id).expect("they never had it");
            world.come_to_rest();
            assert_eq!(heard(&world, ALEX, anew.conversation), 1);
        }
        assert_eq!(world.items(ALEX).len(), 1, "once");
    }
}

#[test]
fn what_was_refused_for_good_is_not_sent_again() {
    let mut world = two();
    let said = offers_dinner(&mut world, DARREN);
    world.come_to_rest();
    answers(&mut world, ALEX, said.conversation, &reject()).expect("said");
    let late =
        answers(&mut world, DARREN, said.conversation, &Reply { text: Some("hm".to_owned()), ..Reply::default() });
    let late = late.expect("said");
    world.come_to_rest();
    assert_eq!(state(&world, DARREN, late.id), State::Dead);
    assert_eq!(code(sends_again(&mut world, DARREN, late.id)), "refused_for_good");
    assert_eq!(code(sends_again(&mut world, DARREN, said.id)), "not_dead");
}

/// People talk, offer, reject, sleep, wake and take back on a bad wire.
fn a_night_of_second_thoughts(seed: u64) -> usize {
    let mut world = World::new(seed, &["Darren", "Alex"], ROUGH);
    world.introduce(DARREN, ALEX);
    let opened = says(&mut world, DARREN, Words::question("Dinner?"), None).expect("said").conversation;
    let mut taken_back = Vec::new();
    for _ in 0..40 {
        let steps = world.roll(4);
        lets_steps_pass(&mut world, usize::try_from(steps).expect("small"));
        let who = usize::from(world.roll(2) == 0);
        match world.roll(8) {
            0 | 1 if world.people[who].asleep => world.wakes(who),
            0 | 1 => world.people[who].asleep = true,
            2..=4 => drop(acts(&mut world, who, opened)),
            _ => taken_back.extend(takes_back(&mut world, who)),
        }
    }
    world.wakes(DARREN);
    world.wakes(ALEX);
    world.come_to_rest();
    for (who, id) in &taken_back {
        let sender = *world.people[*who].me.did();
        let tx = world.people[1 - who].store.read().expect("a look");
        assert!(
            messages::get(&tx, &sender, id).expect("a look").is_none(),
            "seed {seed}: {id} was taken back, and arrived"
        );
    }
    let one = stands(&world, DARREN, opened);
    let other = stands(&world, ALEX, opened);
    if let (Some(one), Some(other)) = (one, other) {
        assert!(
            one.0 == other.0 || !(one.0.is_closed() || other.0.is_closed()),
            "seed {seed}: {one:?} here, {other:?} there"
        );
    }
    taken_back.len()
}

fn acts(world: &mut World, who: usize, id: ConversationId) -> Result<Said, Failure> {
    let tx = world.people[who].store.read().expect("a look");
    let known = conversations::get(&tx, &id).map_err(explain)?;
    drop(tx);
    if known.is_none() {
        return Err(Failure::internal("they do not know of it yet"));
    }
    let place = world.roll(3);
    let reply = match world.roll(8) {
        0..=3 => terms(place),
        4 => Reply { accept: true, ..Reply::default() },
        5 => reject(),
        _ => Reply { text: Some("hm".to_owned()), ..Reply::default() },
    };
    answers(world, who, id, &reply)
}

/// Somebody tries to take back all that waits; gives what was.
fn takes_back(world: &mut World, who: usize) -> Vec<(usize, MessageId)> {
    let waiting = outbox::waiting(&world.people[who].store.read().expect("a look"), 99).expect("what waits");
    let taken = waiting.into_iter().rev().filter(|row| withdraws(world, who, row.id).is_ok());
    taken.map(|row| (who, row.id)).collect()
}

#[test]
fn whatever_is_taken_back_never_arrives_and_both_sides_agree() {
    let taken_back: usize = (200..220).map(a_night_of_second_thoughts).sum();
    assert!(taken_back > 10, "only {taken_back} were taken back, so little was tried");
}
