//! Agents of the protocol's original stand in one table with native contacts, and nothing of theirs counts as native.

use ai2ai_api::audit::AuditFactor;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Failure;
use ai2ai_core::content::{Reply, Words};
use ai2ai_core::lookup::{contact, conversation};
use ai2ai_core::people::{contacts as people, mandates, verify};
use ai2ai_core::{forget, upkeep};
use ai2ai_engine::explain::explain;
use ai2ai_legacy::contacts::{self as originals, Claim};
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::id::{ConversationId, ItemId};
use ai2ai_protocol::key::OwnerKey;
use ai2ai_protocol::mandate::{MandateLimits, MandateOf, With};
use ai2ai_protocol::original::Version;
use ai2ai_protocol::trust::Trust;
use ai2ai_store::contacts::{self, LegacyContactRow};
use ai2ai_store::inbox::{self, ItemKind, LegacyItemRow};
use ai2ai_store::originals::{TalkRow, put_talk, talk};
use ai2ai_store::wire::Wire;
use ai2ai_store::{audit, outbox, quarantine};
use ai2ai_tests::world::{Faults, World};

const DARREN: usize = 0;
const ALEX: usize = 1;
const ENDPOINT: &str = "https://darren.example/ai2ai";

fn world(seed: u64) -> World {
    World::new(seed, &["Darren", "Alex"], Faults::default())
}

fn claim(of: &Did, human: &str) -> Claim {
    Claim {
        key: *of.key(),
        agent: "darren-assistant".to_owned(),
        human: human.to_owned(),
        agreement: None,
        version: Version::V1_0,
        is_native: false,
    }
}

/// Alex adds the agent of the original that shows this key.
fn adds(world: &mut World, of: &Did, human: &str) -> Result<LegacyContactRow, Failure> {
    let said = claim(of, human);
    world.transact(ALEX, |txn| originals::add(txn, &said, ENDPOINT, None))
}

/// Somebody who speaks only the original.
fn sam() -> Did {
    OwnerKey::from_seed(&[9; 32]).did()
}

fn did(world: &World, who: usize) -> Did {
    *world.people[who].me.did()
}

fn code<T>(outcome: Result<T, Failure>) -> Option<ErrorCode> {
    outcome.err().map(|failure| failure.code)
}

/// A talk of Alex's with Sam, of this id, and the item that waits in it.
fn talks(world: &mut World, id: ConversationId) -> (TalkRow, LegacyItemRow) {
    let row = TalkRow {
        id,
        named: "dinner".to_owned(),
        with: sam(),
        intent: "schedule.meeting".parse().expect("an intent"),
        subject: Some("Dinner".to_owned()),
        phase: Phase::Proposed,
        accepted: None,
        said: Vec::new(),
        opened_at: world.now,
        touched_at: world.now,
    };
    let item = LegacyItemRow {
        id: ItemId::new(world.now, [7; 10]),
        with: Some(sam()),
        who: "Sam".to_owned(),
        talk: Some(id),
        came: None,
        draft: None,
        opens: None,
        summary: "Dinner".to_owned(),
        digest: Digest::of(b"shown"),
        made_at: world.now,
        expires_at: world.now + std::time::Duration::from_secs(60),
    };
    let store = &world.people[ALEX].store;
    store.write(|tx| put_talk(tx, &row).and_then(|()| inbox::put_legacy(tx, &item))).expect("kept");
    (row, item)
}

#[test]
fn the_owners_name_for_one_comes_before_what_another_calls_their_agent() {
    let mut world = world(7);
    world.adds(ALEX, DARREN);
    let darren = did(&world, DARREN);
    // Sam's agent takes the owner's name for Darren, and then Darren's agent's.
    let said = |agent: &str| Claim { agent: agent.to_owned(), ..claim(&sam(), "Sam") };
    let found = |world: &World, who: &str| {
        let tx = world.people[ALEX].store.read().expect("a look");
        contact::find(&tx, who).map(|row| *row.did()).map_err(explain)
    };
    world.transact(ALEX, |txn| originals::add(txn, &said("Darren"), ENDPOINT, None)).expect("added");
    assert_eq!(found(&world, "Darren").ok(), Some(darren));
    assert_eq!(found(&world, "Sam").ok(), Some(sam()));
    world.transact(ALEX, |txn| originals::add(txn, &said("darren-assistant"), ENDPOINT, None)).expect("said anew");
    assert_eq!(code(found(&world, "darren-assistant")), Some(ErrorCode::AmbiguousContact));
}

#[test]
fn trust_in_an_agent_of_the_original_goes_to_nobody_whose_agent_is_called_so() {
    let mut world = world(8);
    world.adds(ALEX, DARREN);
    let said = claim(&sam(), "Sam");
    world.transact(ALEX, |txn| originals::add(txn, &said, ENDPOINT, Some("darren-assistant".into()))).expect("added");
    let trusted =
        world.transact(ALEX, |txn| people::trust(txn, "darren-assistant", Trust::Trusted, &AuditFactor::Typed));
    assert_eq!(code(trusted), Some(ErrorCode::UnknownContact));
}

#[test]
fn whoever_is_known_by_the_original_is_a_stranger_natively_until_the_owner_lets_them_in() {
    let mut world = world(1);
    let darren = did(&world, DARREN);
    let row = adds(&mut world, &darren, "Dad").expect("added");
    world.adds(DARREN, ALEX);
    world.says(DARREN, ALEX, None, Words::message("Dinner?")).expect("said");
    world.come_to_rest();
    let waiting = world.items(ALEX);
    assert_eq!(waiting.iter().map(|item| item.kind).collect::<Vec<_>>(), [ItemKind::ContactRequest]);
    {
        let tx = world.people[ALEX].store.read().expect("a look");
        assert_eq!(quarantine::count_of(&tx, &darren).expect("a count"), 1, "nothing of it reaches a conversation");
        assert_eq!(contacts::find(&tx, &darren).expect("a look"), Some(Wire::Legacy(row)));
    }
    world.sees_card(ALEX, DARREN);
    world.approves(ALEX, &waiting[0], &Reply::default()).expect("let in");
    let tx = world.people[ALEX].store.read().expect("a look");
    let native = contacts::get(&tx, &darren).expect("a look").expect("a native contact");
    assert_eq!((native.name.as_str(), native.trust), ("Dad", Trust::Known), "the name is the owner's");
    assert_eq!(contacts::all_legacy(&tx).expect("a look"), []);
}

#[test]
fn whoever_is_blocked_by_the_original_is_not_heard_natively() {
    let mut world = world(2);
    let darren = did(&world, DARREN);
    adds(&mut world, &darren, "Dad").expect("added");
    let row = world.transact(ALEX, |txn| people::block(txn, "dad", true)).expect("blocked");
    assert!(matches!(row, Wire::Legacy(row) if row.blocked));
    world.adds(DARREN, ALEX);
    world.says(DARREN, ALEX, None, Words::message("Dinner?")).expect("said");
    world.come_to_rest();
    assert_eq!(world.items(ALEX), []);
    let row = world.transact(ALEX, |txn| people::block(txn, "Dad", false)).expect("unblocked");
    assert!(matches!(row, Wire::Legacy(row) if !row.blocked));
}

#[test]
fn a_server_that_shows_the_key_of_a_native_contact_or_the_owners_own_is_not_added() {
    let mut world = world(3);
    world.introduce(DARREN, ALEX);
    let before = contacts::all(&world.people[ALEX].store.read().expect("a look")).expect("contacts");
    let own = did(&world, ALEX);
    let darren = did(&world, DARREN);
    assert_eq!(code(adds(&mut world, &darren, "Mallory")), Some(ErrorCode::SpeaksNatively));
    assert_eq!(code(adds(&mut world, &own, "Mallory")), Some(ErrorCode::OwnIdentity));
    assert_eq!(code(adds(&mut world, &sam(), "DARREN")), Some(ErrorCode::NameTaken));
    let tx = world.people[ALEX].store.read().expect("a look");
    assert_eq!(contacts::all(&tx).expect("contacts"), before);
    assert_eq!(contacts::all_legacy(&tx).expect("contacts"), []);
}

#[test]
fn nothing_native_is_done_with_an_agent_of_the_original() {
    let mut world = world(4);
    adds(&mut world, &sam(), "Sam").expect("added");
    let owner = world.people[ALEX].owner();
    let now = world.now;
    let trusted = world.transact(ALEX, |txn| people::trust(txn, "Sam", Trust::Trusted, &AuditFactor::Pin));
    assert_eq!(code(trusted), Some(ErrorCode::UnknownContact));
    let granted = world.transact(ALEX, |txn| {
        let of = MandateOf {
            id: mandates::new_id(txn),
            intents: vec!["schedule.*".parse().expect("a pattern")],
            with: With::Any,
            limits: MandateLimits::default(),
            not_before: now.whole_second(),
            not_after: now.whole_second() + std::time::Duration::from_secs(60),
        };
        mandates::grant(txn, "Sam", of, &owner, &AuditFactor::Pin)
    });
    assert_eq!(code(granted), Some(ErrorCode::UnknownContact));
    assert_eq!(code(world.transact(ALEX, |txn| verify::confirm(txn, "Sam"))), Some(ErrorCode::UnknownContact));
    assert_eq!(code(world.transact(ALEX, |txn| forget::contact(txn, "Sam"))), Some(ErrorCode::UnknownContact));
    world.renews_key(ALEX);
    world.come_to_rest();
    let tx = world.people[ALEX].store.read().expect("a look");
    assert_eq!(outbox::waiting(&tx, 9).expect("a look"), [], "nothing is sealed to them");
    let found = contact::find(&tx, "sam").map(|row| *row.did());
    assert_eq!(found.ok(), Some(sam()));
}

#[test]
fn a_name_that_fits_one_on_each_wire_names_nobody() {
    let mut world = world(5);
    world.introduce(DARREN, ALEX);
    adds(&mut world, &sam(), "Sam").expect("added");
    let tx = world.people[ALEX].store.read().expect("a look");
    let found = |who: &str| contact::find(&tx, who).map(|row| row.name().to_owned()).map_err(explain);
    assert_eq!(found("darren").ok().as_deref(), Some("Darren"));
    assert_eq!(found("SAM").ok().as_deref(), Some("Sam"));
    assert_eq!(code(found("darren-assistant")), Some(ErrorCode::AmbiguousContact), "both agents are called so");
    assert_eq!(found(&sam().to_string()).ok().as_deref(), Some("Sam"));
    assert_eq!(code(found("Da")), Some(ErrorCode::UnknownContact));
}

#[test]
fn a_conversation_that_is_opened_with_the_id_of_a_talk_touches_nothing_of_it() {
    let mut world = world(6);
    world.introduce(DARREN, ALEX);
    adds(&mut world, &sam(), "Sam").expect("added");
    let id = ConversationId::new(world.now, [5; 10]);
    let (row, item) = talks(&mut world, id);
    world.says(DARREN, ALEX, Some(id), Words::message("Dinner?")).expect("said");
    world.come_to_rest();
    let native = world.items(ALEX).remove(0);
    assert_eq!((native.conversation, native.id == item.id), (Some(id), false));
    world.approves(ALEX, &native, &Reply { text: Some("Yes".to_owned()), ..Reply::default() }).expect("answered");
    world.come_to_rest();
    let tx = world.people[ALEX].store.read().expect("a look");
    assert_eq!(talk(&tx, &id).expect("a look"), Some(row.clone()));
    assert_eq!(inbox::of_talk(&tx, &id).expect("a look"), Some(item));
    let found = conversation::find_any(&tx, &id.to_string()).ok();
    assert_eq!(found.and_then(Wire::legacy), Some(row), "who chose that id can't stand before the talk");
}

#[test]
fn what_nobody_decides_goes_at_its_end_and_nobody_is_told() {
    let mut world = world(7);
    adds(&mut world, &sam(), "Sam").expect("added");
    let id = ConversationId::new(world.now, [5; 10]);
    let (_, item) = talks(&mut world, id);
    world.now = item.expires_at;
    world.transact(ALEX, upkeep::remove_expired).expect("swept");
    let tx = world.people[ALEX].store.read().expect("a look");
    assert_eq!(inbox::count_legacy(&tx).expect("a count"), 0);
    let last = audit::latest(&tx, 1).expect("the audit").remove(0);
    assert_eq!((last.what.as_str(), last.who, last.item), ("expire", Some(sam()), Some(item.id)));
    assert_eq!(outbox::count_waiting(&tx).expect("a count"), 0);
}
