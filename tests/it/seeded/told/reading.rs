//! What was read: told once, to whoever wrote it, and by nobody but whom it was written to.

use ai2ai_api::audit::AuditFactor;
use ai2ai_api::command::Role;
use ai2ai_core::content::Words;
use ai2ai_core::people::contacts;
use ai2ai_core::read_receipts;
use ai2ai_core::read_receipts::{opened, opened_item};
use ai2ai_engine::explain::explain;
use ai2ai_protocol::delivery::State;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::notice::{News, Notice, to_payload};
use ai2ai_protocol::trust::Trust;
use ai2ai_store::{conversations, inbox, outbox};
use ai2ai_tests::world::World;

use super::{ALEX, DARREN, MALLORY, NO_FAULTS, arrives, notice, says, state, two};

/// The owner opens the conversation, or the item about it.
fn opens(world: &mut World, who: usize, id: ConversationId, reader: Role, item: bool) {
    let tx = world.people[who].store.read().expect("a look");
    let row = conversations::get(&tx, &id).expect("a look").expect("a conversation");
    let looked = if item {
        let item = inbox::of_conversation(&tx, &id).expect("a look").expect("an item");
        opened_item(&tx, &item)
    } else {
        opened(&tx, &row, reader)
    };
    let looked = looked.map_err(explain).expect("a look");
    if let Some(opened) = looked {
        world.transact(who, |txn| read_receipts::note_read(txn, &opened)).expect("noted");
    }
}

#[test]
fn what_the_owner_opens_is_told_once_to_whoever_wrote_it() {
    for item in [true, false] {
        let mut world = two();
        let said = says(&mut world, DARREN, ALEX, "Hello");
        world.come_to_rest();
        assert_eq!(state(&world, DARREN, said.id), State::Delivered);
        opens(&mut world, ALEX, said.conversation, Role::Owner, item);
        let posted = outbox::count_waiting(&world.people[ALEX].store.read().expect("a look")).expect("a count");
        opens(&mut world, ALEX, said.conversation, Role::Owner, false);
        assert_eq!(outbox::count_waiting(&world.people[ALEX].store.read().expect("a look")).expect("a count"), posted);
        world.come_to_rest();
        assert_eq!(state(&world, DARREN, said.id), State::Read);
        let tx = world.people[DARREN].store.read().expect("a look");
        assert_eq!(outbox::count_waiting(&tx).expect("a count"), 0, "a notice is not answered by a notice");
        drop(tx);
        assert!(world.items(DARREN).is_empty(), "and bothers nobody");
    }
}

#[test]
fn what_is_opened_at_once_is_told_at_once_in_one_envelope() {
    let mut world = two();
    let first = says(&mut world, DARREN, ALEX, "One");
    let talk = Some(first.conversation);
    let more: Vec<MessageId> =
        (0..9).map(|n| world.says(DARREN, ALEX, talk, Words::message(&format!("and {n}"))).expect("said").id).collect();
    world.come_to_rest();
    opens(&mut world, ALEX, first.conversation, Role::Owner, false);
    assert_eq!(outbox::count_waiting(&world.people[ALEX].store.read().expect("a look")).expect("a count"), 1);
    world.come_to_rest();
    assert!(more.iter().all(|id| state(&world, DARREN, *id) == State::Read));
}

#[test]
fn whoever_does_not_want_to_tell_tells_nothing() {
    let mut world = two();
    world.people[ALEX].me.privacy.tell_when_read = false;
    let said = says(&mut world, DARREN, ALEX, "Hello");
    world.come_to_rest();
    opens(&mut world, ALEX, said.conversation, Role::Owner, false);
    world.people[ALEX].me.privacy.tell_when_read = true;
    opens(&mut world, ALEX, said.conversation, Role::Owner, false);
    world.come_to_rest();
    assert_eq!(state(&world, DARREN, said.id), State::Delivered, "nor later, for what was read before");
}

#[test]
fn an_agent_reads_for_its_owner_only_where_it_may_act_for_them() {
    let mut world = two();
    let said = says(&mut world, DARREN, ALEX, "Hello");
    world.come_to_rest();
    opens(&mut world, ALEX, said.conversation, Role::Agent, false);
    world.come_to_rest();
    assert_eq!(state(&world, DARREN, said.id), State::Delivered);
    world.transact(ALEX, |txn| contacts::trust(txn, "Darren", Trust::Trusted, &AuditFactor::Pin)).expect("trusted");
    opens(&mut world, ALEX, said.conversation, Role::Agent, false);
    world.come_to_rest();
    assert_eq!(state(&world, DARREN, said.id), State::Read);
}

#[test]
fn a_blocked_sender_is_not_told_what_was_read() {
    let mut world = two();
    let said = says(&mut world, DARREN, ALEX, "Hello");
    world.come_to_rest();
    world.transact(ALEX, |txn| contacts::block(txn, "Darren", true)).expect("blocked");
    opens(&mut world, ALEX, said.conversation, Role::Owner, false);
    world.come_to_rest();
    assert_eq!(state(&world, DARREN, said.id), State::Delivered);
}

#[test]
fn a_notice_about_another_envelope_or_by_somebody_else_is_ignored() {
    let mut world = World::new(1, &["Darren", "Alex", "Mallory"], NO_FAULTS);
    world.introduce(DARREN, ALEX);
    world.introduce(DARREN, MALLORY);
    let said = says(&mut world, DARREN, ALEX, "Hello");
    world.come_to_rest();
    let digest = world.as_said(DARREN, ALEX, said.id).digest();
    let other = ai2ai_protocol::digest::Digest::of(b"another");
    for (n, (from, digest)) in (0..).zip([(MALLORY, digest), (ALEX, other)]) {
        let payload = to_payload(News::Read, &[Notice { id: said.id, digest, at: world.now }]);
        let notice = notice(&world, from, DARREN, n, payload);
        arrives(&mut world, DARREN, &notice);
        assert_eq!(state(&world, DARREN, said.id), State::Delivered, "try {n}");
    }
}
