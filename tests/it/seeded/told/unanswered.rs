//! What nobody answered: told once its time ran out, to a contact whose words waited for the human, and to nobody else.

use ai2ai_api::forget::Forget;
use ai2ai_core::content::Words;
use ai2ai_core::decisions::expiry;
use ai2ai_core::people::contacts;
use ai2ai_protocol::delivery::State;
use ai2ai_protocol::notice::{News, Notice, to_payload};
use ai2ai_store::{inbox, outbox};
use ai2ai_tests::world::World;

use super::{ALEX, DARREN, DAY, MALLORY, NO_FAULTS, arrives, notice, says, state, two};

/// Longer than anything waits that a person sends.
const LONG: std::time::Duration = std::time::Duration::from_secs(8 * 24 * 3_600);

/// The time of everything that waits for someone runs out, and what they say of it is heard.
fn time_runs_out(world: &mut World, who: usize) {
    world.now = world.now + LONG;
    world.transact(who, expiry::expire_items).expect("expired");
    assert!(world.items(who).is_empty());
    world.come_to_rest();
}

fn waits_for_delivery(world: &World, who: usize) -> u64 {
    outbox::count_waiting(&world.people[who].store.read().expect("a look")).expect("a count")
}

#[test]
fn whoever_asked_is_told_that_nobody_answered() {
    let mut world = two();
    let said = says(&mut world, DARREN, ALEX, "Dinner?");
    world.come_to_rest();
    assert_eq!(state(&world, DARREN, said.id), State::Delivered);
    time_runs_out(&mut world, ALEX);
    assert_eq!(state(&world, DARREN, said.id), State::Unanswered);
    for who in [DARREN, ALEX] {
        let tx = world.people[who].store.read().expect("a look");
        assert!(inbox::all(&tx).expect("items").is_empty(), "and it bothers nobody");
        assert_eq!(waits_for_delivery(&world, who), 0, "nor is it answered by a notice");
    }
}

#[test]
fn what_was_decided_before_its_time_ran_out_is_not_told_to_be_unanswered() {
    let mut world = two();
    let said = says(&mut world, DARREN, ALEX, "Dinner?");
    world.come_to_rest();
    let item = inbox::of_conversation(&world.people[ALEX].store.read().expect("a look"), &said.conversation);
    let item = item.expect("a look").expect("an item").id;
    world.rejects(ALEX, &item, None).expect("rejected");
    world.come_to_rest();
    let before = state(&world, DARREN, said.id);
    time_runs_out(&mut world, ALEX);
    assert_eq!(state(&world, DARREN, said.id), before);
}

#[test]
fn whoever_does_not_want_to_tell_and_whoever_blocked_them_tells_nothing() {
    for blocks in [false, true] {
        let mut world = two();
        let said = says(&mut world, DARREN, ALEX, "Dinner?");
        world.come_to_rest();
        if blocks {
            world.transact(ALEX, |txn| contacts::block(txn, "Darren", true)).expect("blocked");
        } else {
            world.people[ALEX].me.privacy.tell_when_unanswered = false;
        }
        time_runs_out(&mut world, ALEX);
        assert_eq!(state(&world, DARREN, said.id), State::Delivered, "blocks: {blocks}");
    }
}

#[test]
fn a_stranger_whose_request_ran_out_is_told_nothing() {
    let mut world = World::new(1, &["Darren", "Alex"], NO_FAULTS);
    world.adds(DARREN, ALEX);
    let said = says(&mut world, DARREN, ALEX, "Dinner?");
    world.come_to_rest();
    time_runs_out(&mut world, ALEX);
    assert_eq!((state(&world, DARREN, said.id), waits_for_delivery(&world, ALEX)), (State::Delivered, 0));
}

#[test]
fn what_became_of_a_request_to_forget_is_not_told() {
    let mut world = two();
    let said = says(&mut world, DARREN, ALEX, "Dinner?");
    world.come_to_rest();
    let request = Forget::Conversation(said.conversation).to_payload();
    let asked = world.says(DARREN, ALEX, None, Words::forget(request)).expect("asked");
    world.come_to_rest();
    time_runs_out(&mut world, ALEX);
    assert_eq!(state(&world, DARREN, asked.id), State::Delivered);
    assert_eq!(state(&world, DARREN, said.id), State::Unanswered, "as what else ran out is");
}

#[test]
fn a_notice_by_somebody_else_or_of_another_envelope_is_ignored() {
    let mut world = World::new(1, &["Darren", "Alex", "Mallory"], NO_FAULTS);
    world.introduce(DARREN, ALEX);
    world.introduce(DARREN, MALLORY);
    let said = says(&mut world, DARREN, ALEX, "Dinner?");
    world.come_to_rest();
    let at = world.now + DAY;
    let digest = world.as_said(DARREN, ALEX, said.id).digest();
    let other = ai2ai_protocol::digest::Digest::of(b"another");
    let tries =
        [(MALLORY, digest, State::Delivered), (ALEX, other, State::Delivered), (ALEX, digest, State::Unanswered)];
    for (n, (who, digest, then)) in (0..).zip(tries) {
        let told = to_payload(News::Unanswered, &[Notice { id: said.id, digest, at }]);
        let notice = notice(&world, who, DARREN, n, told);
        arrives(&mut world, DARREN, &notice);
        assert_eq!(state(&world, DARREN, said.id), then);
    }
}
