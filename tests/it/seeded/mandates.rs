//! Trust level 2: what an agent may say by itself, and what nobody but the owner decides, mandate or not.

use std::time::Duration;

use ai2ai_api::audit::AuditFactor;
use ai2ai_api::command::Role;
use ai2ai_api::exit::Failure;
use ai2ai_api::views::{MandateView, SentView};
use ai2ai_core::content::{Reply, Words};
use ai2ai_core::decisions::replies;
use ai2ai_core::outbound::policy;
use ai2ai_core::people::dry_run::try_mandate;
use ai2ai_core::people::{self, mandates};
use ai2ai_engine::explain::explain;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::id::{ConversationId, MandateId};
use ai2ai_protocol::mandate::{MandateLimits, MandateOf, With};
use ai2ai_protocol::time::Timestamp;
use ai2ai_protocol::trust::Trust;
use ai2ai_store::{contacts, conversations};
use ai2ai_tests::world::{Faults, World};
use serde_json::{Value, json};

const NO_FAULTS: Faults = Faults { lost: 0, repeated: 0, crashes: 0 };
const DARREN: usize = 0;
const ALEX: usize = 1;
const DAY: Duration = Duration::from_secs(24 * 3_600);

fn two() -> World {
    let mut world = World::new(1, &["Darren", "Alex"], NO_FAULTS);
    world.introduce(DARREN, ALEX);
    world
}

fn other(who: usize) -> usize {
    1 - who
}

fn of(intents: &[&str], limits: &Value, from: Timestamp) -> MandateOf {
    MandateOf {
        id: MandateId::from_bytes([0; 16]),
        intents: intents.iter().map(|intent| intent.parse().expect("a pattern")).collect(),
        with: With::Any,
        limits: MandateLimits::read(limits.as_object().expect("an object")).expect("limits"),
        not_before: from.whole_second(),
        not_after: from.whole_second() + DAY * 30,
    }
}

/// The owner lets their agent act towards the other one.
fn grants(world: &mut World, who: usize, intents: &[&str], limits: &Value) -> MandateView {
    let owner = world.people[who].owner();
    let of = of(intents, limits, world.now);
    let name = world.people[other(who)].name.clone();
    let granted = world.transact(who, move |txn| {
        let of = MandateOf { id: mandates::new_id(txn), ..of };
        mandates::grant(txn, &name, of, &owner, &AuditFactor::Pin)
    });
    granted.expect("granted")
}

/// The agent says something, in a conversation or to open one.
fn drafts(world: &mut World, who: usize, words: Words, conversation: Option<ConversationId>) -> SentView {
    tries(world, who, words, conversation).expect("said, or waiting")
}

fn tries(
    world: &mut World,
    who: usize,
    words: Words,
    conversation: Option<ConversationId>,
) -> Result<SentView, Failure> {
    let did = *world.people[other(who)].me.did();
    world.transact(who, move |txn| {
        let contact = contacts::get(txn.view(), &did)?.expect("a contact");
        let conversation = conversation.unwrap_or_else(|| txn.new_conversation());
        policy::send(txn, Role::Agent, &contact, conversation, words, None)
    })
}

/// The agent answers in a conversation.
fn answers(world: &mut World, who: usize, conversation: ConversationId, reply: &Reply) -> SentView {
    let tx = world.people[who].store.read().expect("a look");
    let row = conversations::get(&tx, &conversation).expect("a look").expect("a conversation");
    let words = replies::reply_in(&tx, &row, reply).map_err(explain).expect("words");
    drop(tx);
    drafts(world, who, words, Some(conversation))
}

fn buys(amount: &str) -> Words {
    let terms = json!({ "terms": { "subject": "A train ticket", "amount": amount, "currency": "GBP" } });
    Words::proposal("commerce.request", terms.as_object().cloned().expect("an object")).expect("words")
}

fn dinner(at: &str) -> Words {
    let terms = json!({ "terms": { "subject": "Dinner", "time": at, "minutes": 90 } });
    Words::proposal("schedule.meeting", terms.as_object().cloned().expect("an object")).expect("words")
}

fn phase(world: &World, who: usize, id: ConversationId) -> Option<Phase> {
    let tx = world.people[who].store.read().expect("a look");
    Some(conversations::get(&tx, &id).expect("a look")?.machine.phase(world.now))
}

fn went(sent: &SentView) -> bool {
    assert_eq!(sent.id.is_some(), sent.mandate.is_some(), "an agent says nothing without a mandate");
    assert_eq!(sent.id.is_some(), sent.item.is_none() && sent.why.is_none());
    sent.id.is_some()
}

#[test]
fn a_purchase_above_the_limit_waits_for_the_human_and_one_within_it_does_not() {
    let mut world = two();
    assert!(!went(&drafts(&mut world, DARREN, buys("80"), None)), "without a mandate nothing goes");
    grants(&mut world, DARREN, &["commerce.request"], &json!({ "amount": "100", "currency": "GBP" }));
    let large = drafts(&mut world, DARREN, buys("500"), None);
    assert!(!went(&large));
    assert_eq!(large.state, "pending_approval");
    assert!(large.why.as_deref().is_some_and(|why| why.contains("amount")), "{large:?}");
    let small = drafts(&mut world, DARREN, buys("80"), None);
    assert!(went(&small));
    world.come_to_rest();
    assert_eq!(phase(&world, ALEX, large.conversation), None, "nothing of it left");
    assert_eq!(phase(&world, ALEX, small.conversation), Some(Phase::Proposed));
}

#[test]
fn two_agents_agree_within_their_mandates_and_both_nodes_hold_the_same_agreement() {
    let mut world = two();
    let limits = json!({ "hours": { "from": "09:00", "until": "22:00", "offset": "+00:00" }, "per_day": 2 });
    grants(&mut world, DARREN, &["schedule.*"], &limits);
    grants(&mut world, ALEX, &["schedule.meeting"], &json!({}));
    let opened = drafts(&mut world, DARREN, dinner("2026-02-10T19:00Z"), None);
    assert!(went(&opened));
    world.come_to_rest();
    let accepts = Reply { accept: true, ..Reply::default() };
    assert!(went(&answers(&mut world, ALEX, opened.conversation, &accepts)));
    world.come_to_rest();
    for who in [DARREN, ALEX] {
        assert_eq!(phase(&world, who, opened.conversation), Some(Phase::Confirmed));
        assert!(world.items(who).is_empty());
    }
}

#[test]
fn hours_and_numbers_are_kept() {
    let mut world = two();
    let limits = json!({ "hours": { "from": "09:00", "until": "22:00", "offset": "+00:00" }, "per_day": 2 });
    grants(&mut world, DARREN, &["schedule.*"], &limits);
    assert!(!went(&drafts(&mut world, DARREN, dinner("2026-02-10T21:00Z"), None)), "it would end after 22:00");
    assert!(went(&drafts(&mut world, DARREN, dinner("2026-02-10T19:00Z"), None)));
    assert!(went(&drafts(&mut world, DARREN, dinner("2026-02-11T19:00Z"), None)));
    let third = drafts(&mut world, DARREN, dinner("2026-02-12T19:00Z"), None);
    assert!(!went(&third) && third.why.as_deref().is_some_and(|why| why.contains("day")), "{third:?}");
    world.now = world.now + DAY + Duration::from_secs(1);
    assert!(went(&drafts(&mut world, DARREN, dinner("2026-02-13T19:00Z"), None)), "the next day");
    assert!(!went(&drafts(&mut world, DARREN, buys("1"), None)), "another intent");
}

#[test]
fn a_commerce_mandate_by_pattern_or_without_a_limit_covers_nothing() {
    let mut world = two();
    grants(&mut world, DARREN, &["commerce.*"], &json!({ "amount": "100", "currency": "GBP" }));
    grants(&mut world, DARREN, &["commerce.request"], &json!({}));
    assert!(!went(&drafts(&mut world, DARREN, buys("1"), None)));
}

#[test]
fn panic_stops_every_act_at_once_until_the_owner_says_otherwise() {
    let mut world = two();
    grants(&mut world, DARREN, &["schedule.*"], &json!({}));
    let stopped = world.transact(DARREN, |txn| mandates::panic(txn, false, &AuditFactor::Typed)).expect("stopped");
    assert_eq!((stopped.since, stopped.mandates), (Some(world.now), 1));
    assert!(!went(&drafts(&mut world, DARREN, dinner("2026-02-10T19:00Z"), None)));
    world.transact(DARREN, |txn| mandates::panic(txn, false, &AuditFactor::Typed)).expect("stopped already");
    world.transact(DARREN, |txn| mandates::panic(txn, true, &AuditFactor::Pin)).expect("over");
    assert!(went(&drafts(&mut world, DARREN, dinner("2026-02-10T19:00Z"), None)));
}

#[test]
fn what_is_revoked_or_ended_or_for_somebody_trusted_less_holds_no_more() {
    let mut world = two();
    let mandate = grants(&mut world, DARREN, &["schedule.*"], &json!({}));
    let id = mandate.id.to_string();
    let revoked = world.transact(DARREN, |txn| mandates::revoke(txn, &id[..13])).expect("revoked");
    assert_eq!(revoked.state, "revoked");
    assert!(!went(&drafts(&mut world, DARREN, dinner("2026-02-10T19:00Z"), None)));

    grants(&mut world, DARREN, &["schedule.*"], &json!({}));
    world.transact(DARREN, |txn| people::contacts::trust(txn, "Alex", Trust::Known, &AuditFactor::Pin)).expect("less");
    world
        .transact(DARREN, |txn| people::contacts::trust(txn, "Alex", Trust::Trusted, &AuditFactor::Pin))
        .expect("more again");
    let again = drafts(&mut world, DARREN, dinner("2026-02-10T19:00Z"), None);
    assert!(!went(&again), "what was taken back with the trust does not come back with it");

    grants(&mut world, DARREN, &["schedule.*"], &json!({}));
    world.now = world.now + DAY * 31;
    assert!(!went(&drafts(&mut world, DARREN, dinner("2026-03-20T19:00Z"), None)), "it has ended");
}

#[test]
fn a_rehearsal_says_what_would_have_gone_and_grants_nothing() {
    let mut world = two();
    let did = *world.people[ALEX].me.did();
    for words in [dinner("2026-02-10T19:00Z"), dinner("2026-02-10T23:00Z"), buys("80"), Words::message("hello")] {
        world.says(DARREN, ALEX, None, words).expect("said");
        world.now = world.now + Duration::from_secs(2);
    }
    let limits = json!({ "hours": { "from": "09:00", "until": "22:00", "offset": "+00:00" } });
    let of = MandateOf { with: With::One(did), ..of(&["schedule.*"], &limits, world.now) };
    let tx = world.people[DARREN].store.read().expect("a look");
    let views = try_mandate(&tx, world.people[DARREN].me.did(), &did, of).map_err(explain);
    let would: Vec<String> = views.expect("a rehearsal").into_iter().map(|view| view.would).collect();
    assert_eq!(would, ["go", "wait", "wait", "wait"]);
    drop(tx);
    assert!(!went(&drafts(&mut world, DARREN, dinner("2026-02-10T19:00Z"), None)));
}

#[test]
fn a_rehearsal_counts_a_day_as_the_node_does() {
    let mut world = two();
    let did = *world.people[ALEX].me.did();
    let limits = json!({ "per_day": 1 });
    let begun = world.now.whole_second();
    let moments = [begun, begun + DAY, begun + DAY + Duration::from_secs(1)];
    for at in moments {
        world.now = at;
        world.says(DARREN, ALEX, None, dinner("2026-02-10T19:00Z")).expect("said");
    }
    let of = MandateOf { with: With::One(did), ..of(&["schedule.*"], &limits, begun) };
    let tx = world.people[DARREN].store.read().expect("a look");
    let views = try_mandate(&tx, world.people[DARREN].me.did(), &did, of).map_err(explain);
    let rehearsed: Vec<bool> = views.expect("a rehearsal").iter().map(|view| view.would == "go").collect();
    drop(tx);

    let mut world = two();
    world.now = begun;
    grants(&mut world, DARREN, &["schedule.*"], &limits);
    let happened = moments.map(|at| {
        world.now = at;
        went(&drafts(&mut world, DARREN, dinner("2026-02-10T19:00Z"), None))
    });
    assert_eq!(rehearsed, happened);
    assert_eq!(happened, [true, false, true], "a use exactly a day ago still counts");
}

#[test]
fn who_was_blocked_is_not_trusted_again_by_being_let_in_again() {
    let mut world = two();
    let granted = grants(&mut world, DARREN, &["schedule.meeting"], &json!({}));
    assert!(went(&drafts(&mut world, DARREN, dinner("2026-02-10T19:00Z"), None)));
    for blocked in [true, false] {
        let row = world.transact(DARREN, move |txn| people::contacts::block(txn, "Alex", blocked)).expect("a contact");
        let row = row.native().expect("a native contact");
        assert_eq!((row.trust, row.blocked), (Trust::Known, blocked));
    }
    assert!(!went(&drafts(&mut world, DARREN, dinner("2026-02-11T19:00Z"), None)), "no PIN was asked for");
    let views = world.transact(DARREN, |txn| mandates::revoke(txn, &granted.id.to_string())).expect("the mandate");
    assert_eq!(views.state, "revoked");
}

#[test]
fn whoever_stops_the_agent_is_told_what_of_it_is_still_on_its_way() {
    let mut world = two();
    grants(&mut world, DARREN, &["commerce.request"], &json!({ "amount": "100", "currency": "GBP" }));
    assert!(went(&drafts(&mut world, DARREN, buys("80"), None)) && went(&drafts(&mut world, DARREN, buys("70"), None)));
    let panics = |world: &mut World| {
        world.transact(DARREN, |txn| mandates::panic(txn, false, &AuditFactor::Typed)).expect("stopped").on_the_way
    };
    assert_eq!(panics(&mut world), 2);
    world.come_to_rest();
    assert_eq!(panics(&mut world), 0);
}
