//! What goes out together, and in which order it is taken in: the node's own decisions in the seeded world.

use std::time::Duration;

use ai2ai_core::content::Words;
use ai2ai_core::inbound;
use ai2ai_core::inbound::batch;
use ai2ai_core::outbound::due::{Due, due};
use ai2ai_core::outbound::receipts;
use ai2ai_engine::delivery::batch::Batch;
use ai2ai_engine::explain::explain;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::Side;
use ai2ai_protocol::delivery::DeliveryEvent;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::limits::BATCH_ENVELOPES;
use ai2ai_protocol::receipt::Outcome;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::messages;
use ai2ai_store::outbox::{self, OutboxRow};
use ai2ai_tests::world::{Faults, World};

const DARREN: usize = 0;
const ALEX: usize = 1;
const HOUR: Duration = Duration::from_secs(3_600);

fn two_who_know_each_other(seed: u64, faults: Faults) -> World {
    let mut world = World::new(seed, &["Darren", "Alex"], faults);
    world.introduce(DARREN, ALEX);
    world
}

/// Darren says something to Alex, in this conversation or a new one.
fn says(world: &mut World, conversation: Option<ConversationId>, text: &str) -> (ConversationId, MessageId) {
    let said = world.says(DARREN, ALEX, conversation, Words::message(text)).expect("said");
    (said.conversation, said.id)
}

fn due_to_alex(world: &World, at: Timestamp) -> Vec<Due> {
    let darren = &world.people[DARREN];
    let alex = world.people[ALEX].me.did();
    let tx = darren.store.read().expect("a look");
    due(&tx, darren.me.did(), alex, at, BATCH_ENVELOPES).map_err(explain).expect("what is due")
}

fn heard_by_alex(world: &World, conversation: &ConversationId) -> Vec<MessageId> {
    let tx = world.people[ALEX].store.read().expect("a look");
    let rows = messages::of(&tx, conversation).expect("messages");
    rows.into_iter().filter(|row| row.side == Side::Them).map(|row| row.id).collect()
}

/// A batch of these comes to Alex's node; what becomes of each.
fn arrives(world: &mut World, batch: &[Due]) -> Vec<Outcome> {
    let card = world.card_of(ALEX);
    let prekey = card.nodes()[0].prekeys[0].clone();
    let bytes = Batch::seal(batch, *card.did(), &prekey, &mut rand::rng()).expect("a good prekey").bytes();
    let opened = world.opens(ALEX, &bytes);
    let receipts = world.transact(ALEX, |txn| batch::take_in(txn, &opened)).expect("receipts");
    receipts.into_iter().map(|receipt| receipt.outcome).collect()
}

#[test]
fn what_waits_in_one_conversation_goes_together_and_in_order() {
    let mut world = two_who_know_each_other(1, Faults::default());
    let (talk, first) = says(&mut world, None, "1");
    let (other, aside) = says(&mut world, None, "aside");
    let (_, second) = says(&mut world, Some(talk), "2");
    let waiting: Vec<MessageId> = due_to_alex(&world, world.now).iter().map(|due| due.id).collect();
    assert_eq!(waiting, [first, aside, second]);
    world.come_to_rest();
    assert_eq!(heard_by_alex(&world, &talk), [first, second]);
    assert_eq!(heard_by_alex(&world, &other), [aside]);
}

#[test]
fn what_follows_one_that_is_not_due_waits_for_it() {
    let mut world = two_who_know_each_other(2, Faults::default());
    let (talk, first) = says(&mut world, None, "1");
    world.transact(DARREN, |txn| receipts::failed(txn, &[first], "no answer")).expect("noted");
    says(&mut world, Some(talk), "2");
    let (_, aside) = says(&mut world, None, "aside");
    let waiting: Vec<MessageId> = due_to_alex(&world, world.now).iter().map(|due| due.id).collect();
    assert_eq!(waiting, [aside]);
}

#[test]
fn what_brought_no_answer_goes_alone_the_next_time_and_what_never_left_does_not() {
    let mut world = two_who_know_each_other(2, Faults::default());
    let (_, unknown) = says(&mut world, None, "1");
    let (_, never_left) = says(&mut world, None, "2");
    let (talk, fresh) = says(&mut world, None, "3");
    let (_, second) = says(&mut world, Some(talk), "4");
    world.transact(DARREN, |txn| receipts::failed(txn, &[unknown, second], "no answer")).expect("noted");
    world.transact(DARREN, |txn| receipts::unreached(txn, &[never_left], "asleep")).expect("noted");
    let goes =
        |world: &World| -> Vec<MessageId> { due_to_alex(world, world.now + HOUR).iter().map(|due| due.id).collect() };
    assert_eq!(goes(&world), [unknown]);
    let accepted = DeliveryEvent::Receipt { outcome: Outcome::Accepted, retry_after_s: None };
    let over = |world: &World, id| {
        let kept = world.people[DARREN].store.write(|tx| {
            let row = outbox::get(tx, &id)?.expect("a row");
            let delivery = row.delivery.on(&accepted, row.expires_at, world.now, 0);
            outbox::put(tx, &OutboxRow { delivery, ..row })
        });
        kept.expect("over");
    };
    over(&world, unknown);
    assert_eq!(goes(&world), [never_left, fresh], "and not what has to go alone after it");
    over(&world, never_left);
    over(&world, fresh);
    assert_eq!(goes(&world), [second]);
}

#[test]
fn after_one_that_has_to_come_again_nothing_of_its_conversation_is_taken_in() {
    let mut world = two_who_know_each_other(3, Faults::default());
    let now = world.now;
    world.now = now + HOUR;
    let (talk, ahead) = says(&mut world, None, "from a clock that is an hour ahead");
    world.now = now;
    let (_, behind) = says(&mut world, Some(talk), "after it");
    let (other, aside) = says(&mut world, None, "aside");
    let batch = due_to_alex(&world, now + HOUR);
    assert_eq!(batch.iter().map(|due| due.id).collect::<Vec<_>>(), [ahead, behind, aside]);

    let refused = Outcome::Refused;
    let outcomes = arrives(&mut world, &batch);
    assert_eq!(outcomes, [refused(Code::NotYetValid), refused(Code::Busy), Outcome::Accepted]);
    assert_eq!((heard_by_alex(&world, &talk), heard_by_alex(&world, &other)), (vec![], vec![aside]));

    world.now = now + HOUR;
    assert_eq!(arrives(&mut world, &batch), [Outcome::Accepted; 3]);
    assert_eq!(heard_by_alex(&world, &talk), [ahead, behind]);
}

#[test]
fn a_repeat_gets_its_first_receipt_even_behind_one_that_has_to_come_again() {
    let mut world = two_who_know_each_other(4, Faults::default());
    let now = world.now;
    let (talk, first) = says(&mut world, None, "1");
    let heard = due_to_alex(&world, now);
    assert_eq!(arrives(&mut world, &heard), [Outcome::Accepted]);
    world.now = now + HOUR;
    let (_, ahead) = says(&mut world, Some(talk), "from a clock that is an hour ahead");
    world.now = now;
    let mut batch = due_to_alex(&world, now + HOUR);
    batch.reverse();
    assert_eq!(batch.iter().map(|due| due.id).collect::<Vec<_>>(), [ahead, first]);
    assert_eq!(arrives(&mut world, &batch), [Outcome::Refused(Code::NotYetValid), Outcome::Accepted]);
}

#[test]
fn order_holds_in_each_conversation_however_the_night_goes() {
    for seed in 10..18 {
        let mut world = two_who_know_each_other(seed, Faults { lost: 25, repeated: 25, crashes: 5 });
        let mut talks: Vec<(ConversationId, Vec<MessageId>)> = Vec::new();
        for number in 0..60_usize {
            let open = talks.get(number % 4).map(|(talk, _)| *talk);
            let (talk, id) = says(&mut world, open, &number.to_string());
            match talks.iter_mut().find(|(known, _)| *known == talk) {
                Some((_, ids)) => ids.push(id),
                None => talks.push((talk, vec![id])),
            }
            (0..world.roll(4)).for_each(|_| world.let_time_pass());
        }
        world.come_to_rest();
        for (talk, said) in talks {
            assert_eq!(heard_by_alex(&world, &talk), said, "seed {seed}");
        }
    }
}

#[test]
fn a_message_to_a_peer_that_comes_back_after_an_hour_is_due_at_once() {
    let mut world = two_who_know_each_other(5, Faults::default());
    let (_, message) = says(&mut world, None, "are you there?");
    let back = world.now + HOUR;
    while world.now < back {
        let waiting: Vec<MessageId> = due_to_alex(&world, world.now).iter().map(|due| due.id).collect();
        world.transact(DARREN, |txn| receipts::failed(txn, &waiting, "no way there")).expect("noted");
        world.now = world.now + Duration::from_secs(1);
    }
    assert!(due_to_alex(&world, world.now).is_empty(), "after an hour the pauses are long");
    let card = world.card_of(ALEX);
    assert!(world.transact(DARREN, move |txn| inbound::cards::seen(txn, &card)).expect("seen"));
    assert_eq!(due_to_alex(&world, world.now).first().map(|due| due.id), Some(message));
}
