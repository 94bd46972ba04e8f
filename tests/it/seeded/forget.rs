//! What was said is forgotten: by its owner, on request of the other side, and never by a message alone.

use std::time::Duration;

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Failure;
use ai2ai_api::forget::Forget;
use ai2ai_api::views::ForgottenView;
use ai2ai_core::content::{Reply, Words};
use ai2ai_core::forget;
use ai2ai_core::forget::Manner;
use ai2ai_core::inbound::receive;
use ai2ai_core::view::item;
use ai2ai_engine::explain::explain;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::envelope::verify;
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::receipt::Outcome;
use ai2ai_store::{audit, conversations, inbox, messages, outbox, replay};
use ai2ai_tests::world::{Faults, World};

const DARREN: usize = 0;
const ALEX: usize = 1;
const SETTLED: Manner = Manner { ask_them: false, unresolved: false };
const ASKING: Manner = Manner { ask_them: true, unresolved: false };

fn two_friends(seed: u64) -> World {
    let mut world = World::new(seed, &["Darren", "Alex", "Eve"], Faults::default());
    world.introduce(DARREN, ALEX);
    world
}

fn says(world: &mut World, who: usize, other: usize, words: Words) -> ConversationId {
    world.says(who, other, None, words).expect("said").conversation
}

fn forgets(world: &mut World, who: usize, id: &ConversationId, manner: Manner) -> Result<ForgottenView, Failure> {
    world.transact(who, |txn| forget::conversation(txn, &id.to_string(), manner))
}

fn phase(world: &World, who: usize, id: &ConversationId) -> Option<Phase> {
    let tx = world.people[who].store.read().expect("a look");
    conversations::get(&tx, id).expect("a look").map(|row| row.machine.phase(world.now))
}

fn audited(world: &World, who: usize) -> Vec<(String, String)> {
    let tx = world.people[who].store.read().expect("a look");
    audit::all(&tx).expect("the audit").into_iter().map(|row| (row.what, row.outcome)).collect()
}

/// Nothing about a conversation is left anywhere but in the replay table and the audit.
fn is_gone(world: &World, who: usize, id: &ConversationId) {
    let tx = world.people[who].store.read().expect("a look");
    assert!(conversations::get(&tx, id).expect("a look").is_none());
    assert!(messages::of(&tx, id).expect("a look").is_empty());
    assert!(inbox::of_conversation(&tx, id).expect("a look").is_none());
    assert!(outbox::all(&tx).expect("a look").iter().all(|row| row.conversation != *id));
    assert!(conversations::latest(&tx, 100).expect("a look").iter().all(|row| row.id != *id));
}

/// Dinner, confirmed by both.
fn dinner(world: &mut World) -> ConversationId {
    let times = ["2026-02-10T19:00Z".to_owned(), "2026-02-11T20:00Z".to_owned()];
    let id = says(world, DARREN, ALEX, Words::meeting("Dinner", &times, None, None).expect("words"));
    world.come_to_rest();
    let item = world.items(ALEX).remove(0);
    world.approves(ALEX, &item, &Reply { choose: Some(1), ..Reply::default() }).expect("offered");
    world.come_to_rest();
    let item = world.items(DARREN).remove(0);
    world.approves(DARREN, &item, &Reply::default()).expect("confirmed");
    world.come_to_rest();
    assert_eq!((phase(world, DARREN, &id), phase(world, ALEX, &id)), (Some(Phase::Confirmed), Some(Phase::Confirmed)));
    id
}

#[test]
fn replay_survives_deletion_of_a_conversation() {
    let mut world = two_friends(1);
    let id = says(&mut world, DARREN, ALEX, Words::message("Burn this"));
    world.come_to_rest();
    let tx = world.people[DARREN].store.read().expect("a look");
    let bytes = messages::of(&tx, &id).expect("messages").remove(0).bytes;
    drop(tx);
    let erased = forgets(&mut world, ALEX, &id, SETTLED).expect("forgotten");
    assert_eq!((erased.conversations, erased.messages, erased.asked), (1, 1, None));
    is_gone(&world, ALEX, &id);

    let did = *world.people[ALEX].me.did();
    let envelope = verify(&bytes, &did).expect("it is still a good envelope");
    let first = {
        let tx = world.people[ALEX].store.read().expect("a look");
        replay::get(&tx, &envelope.from().did, &envelope.id()).expect("a look").expect("its answer is kept").receipt
    };
    for later in [0, 6, 7, 30, 36] {
        world.now = world.now + Duration::from_secs(later * 24 * 3_600);
        let answer = world.transact(ALEX, |txn| receive::arrive(txn, &envelope)).expect("an answer");
        assert_eq!(answer, first, "the first receipt again, {later} days later");
        assert_eq!(answer.outcome, Outcome::Accepted);
        is_gone(&world, ALEX, &id);
        assert!(world.items(ALEX).is_empty());
    }
}

#[test]
fn what_is_forgotten_here_stays_there_until_its_owner_forgets_it_too() {
    let mut world = two_friends(2);
    let id = dinner(&mut world);
    let other = says(&mut world, DARREN, ALEX, Words::message("Keep this"));
    world.come_to_rest();
    let erased = forgets(&mut world, DARREN, &id, ASKING).expect("forgotten");
    assert!(erased.messages >= 3 && erased.asked.is_some());
    is_gone(&world, DARREN, &id);
    world.come_to_rest();
    assert_eq!(phase(&world, ALEX, &id), Some(Phase::Confirmed), "a message alone erases nothing");

    let item = world.items(ALEX).into_iter().find(|item| item.summary.contains("forget")).expect("a request");
    assert_eq!(item.summary, format!("asks you to forget conversation {id}"));
    let tx = world.people[ALEX].store.read().expect("a look");
    let shown = item::item_view(&tx, world.people[ALEX].me.did(), item.clone(), world.now).map_err(explain);
    let shown = shown.expect("a view");
    assert!(shown.next.contains("erases") && shown.sends.is_none(), "{}", shown.next);
    drop(tx);
    world.approves(ALEX, &item, &Reply::default()).expect("agreed");
    is_gone(&world, ALEX, &id);
    assert!(phase(&world, ALEX, &other).is_some(), "nothing else went");
    assert!(audited(&world, DARREN).contains(&("forget_conversation".to_owned(), "done".to_owned())));
    assert!(audited(&world, ALEX).contains(&("forget_as_asked".to_owned(), "done".to_owned())));
    for who in [DARREN, ALEX] {
        assert!(!format!("{:?}", audited(&world, who)).contains("Dinner"), "the audit keeps no content");
    }
}

#[test]
fn an_owner_may_keep_what_the_other_side_wants_forgotten() {
    let mut world = two_friends(3);
    let id = dinner(&mut world);
    forgets(&mut world, DARREN, &id, ASKING).expect("forgotten");
    world.come_to_rest();
    let item = world.items(ALEX).remove(0);
    world.rejects(ALEX, &item.id, Some(&item.digest)).expect("kept");
    world.come_to_rest();
    assert_eq!(phase(&world, ALEX, &id), Some(Phase::Confirmed));
    is_gone(&world, DARREN, &id);
}

#[test]
fn nobody_can_have_a_conversation_forgotten_that_was_not_with_them() {
    let mut world = two_friends(4);
    world.introduce(2, ALEX);
    let id = dinner(&mut world);
    for what in [Forget::Conversation(id), Forget::Everything] {
        says(&mut world, 2, ALEX, Words::forget(what.to_payload()));
        world.come_to_rest();
        let item = world.items(ALEX).remove(0);
        world.approves(ALEX, &item, &Reply::default()).expect("agreed");
    }
    assert_eq!(phase(&world, ALEX, &id), Some(Phase::Confirmed));
    assert!(audited(&world, ALEX).contains(&("forget_as_asked".to_owned(), "nothing to forget".to_owned())));
}

#[test]
fn a_request_that_asks_for_something_else_is_only_words() {
    let mut world = two_friends(5);
    let id = dinner(&mut world);
    for payload in [
        serde_json::json!({}),
        serde_json::json!({"conversation": 7}),
        serde_json::json!({"conversation": "018f"}),
        serde_json::json!({"everything": false}),
        serde_json::json!({"everything": "true"}),
        serde_json::json!({"everything": true, "conversation": id}),
    ] {
        let payload = payload.as_object().expect("an object").clone();
        says(&mut world, DARREN, ALEX, Words::forget(payload));
        world.come_to_rest();
        let item = world.items(ALEX).remove(0);
        assert!(!item.summary.contains("forget c"), "{}", item.summary);
        world.approves(ALEX, &item, &Reply::default()).expect("noted");
        assert_eq!(phase(&world, ALEX, &id), Some(Phase::Confirmed));
    }
}

#[test]
fn what_is_not_settled_is_not_forgotten_unless_it_is_said_so() {
    let mut world = two_friends(6);
    let under_way = says(&mut world, DARREN, ALEX, Words::message("Nobody has this yet"));
    let refused = forgets(&mut world, DARREN, &under_way, SETTLED).expect_err("on its way");
    assert_eq!(refused.code, ErrorCode::Unresolved);
    assert!(phase(&world, DARREN, &under_way).is_some(), "nothing was erased");
    world.come_to_rest();
    forgets(&mut world, DARREN, &under_way, SETTLED).expect("it is there now");

    let times = ["2026-02-10T19:00Z".to_owned()];
    let words = Words::meeting("Dinner", &times, None, None).expect("words");
    let id = says(&mut world, DARREN, ALEX, words);
    world.come_to_rest();
    let item = world.items(ALEX).into_iter().find(|item| item.conversation == Some(id)).expect("an offer");
    world.approves(ALEX, &item, &Reply::default()).expect("confirmed, and not yet answered");
    assert_eq!(forgets(&mut world, ALEX, &id, ASKING).expect_err("unanswered").code, ErrorCode::Unresolved);
    forgets(&mut world, ALEX, &id, Manner { ask_them: false, unresolved: true }).expect("said so");
    is_gone(&world, ALEX, &id);
    world.come_to_rest();
    assert_ne!(phase(&world, DARREN, &id), Some(Phase::Confirmed), "what was forgotten before it left never arrives");
}

#[test]
fn everything_with_someone_goes_some_at_a_time_and_nothing_of_anybody_else() {
    let mut world = two_friends(7);
    world.introduce(DARREN, 2);
    for number in 0..150 {
        says(&mut world, DARREN, ALEX, Words::message(&format!("number {number}")));
    }
    let kept = says(&mut world, DARREN, 2, Words::message("Hello Eve"));
    world.come_to_rest();
    let did = *world.people[ALEX].me.did();
    let mut erased = 0;
    for _ in 0..3 {
        let some = world.transact(DARREN, |txn| forget::erase_some(txn, &did, None)).expect("erased");
        erased += some.conversations;
        assert!(some.conversations <= 64);
    }
    assert_eq!(erased, 150);
    assert_eq!(world.transact(DARREN, |txn| forget::erase_some(txn, &did, None)).expect("erased").conversations, 0);
    assert!(phase(&world, DARREN, &kept).is_some());
}
