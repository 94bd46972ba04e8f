//! Journeys in the seeded world: real decisions and real stores, on a wire that loses, repeats and reorders.

use std::time::Duration;

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Failure;
use ai2ai_api::views::{ConversationView, DecisionView, ItemView, PendingView};
use ai2ai_core::content::{Reply, Words};
use ai2ai_core::decisions::replies;
use ai2ai_core::inbound::receive;
use ai2ai_core::inbox::items;
use ai2ai_core::outbound::compose;
use ai2ai_core::people;
use ai2ai_core::txn::Txn;
use ai2ai_core::view::{conversation, item};
use ai2ai_engine::explain::explain;
use ai2ai_protocol::agreement;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::envelope::{VerifiedEnvelope, verify};
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::receipt::Outcome;
use ai2ai_store::{contacts, conversations, inbox, messages, quarantine};
use ai2ai_tests::world::{Faults, World};

const NO_FAULTS: Faults = Faults { lost: 0, repeated: 0, crashes: 0 };
const ROUGH: Faults = Faults { lost: 20, repeated: 20, crashes: 3 };

/// Somebody's owner asks another to dinner, with a menu of times.
fn invites(world: &mut World, who: usize, other: usize) -> ConversationId {
    let times = ["2026-02-10T19:00Z".to_owned(), "2026-02-11T20:00Z".to_owned()];
    let words = Words::meeting("Dinner", &times, Some(120), Some("Luigi's")).expect("words");
    world.says(who, other, None, words).expect("said").conversation
}

fn waiting(world: &World, who: usize) -> Vec<PendingView> {
    let tx = world.people[who].store.read().expect("a look");
    world
        .items(who)
        .into_iter()
        .map(|item| item::pending_view(&tx, item, None).map_err(explain).expect("a view"))
        .collect()
}

/// The first item that waits, whole.
fn shown(world: &World, who: usize) -> ItemView {
    let person = &world.people[who];
    let tx = person.store.read().expect("a look");
    let item = world.items(who).remove(0);
    item::item_view(&tx, person.me.did(), item, world.now).map_err(explain).expect("a view")
}

fn approves(world: &mut World, who: usize, reply: &Reply) -> Result<DecisionView, Failure> {
    let item = world.items(who).into_iter().next().expect("something that waits");
    world.approves(who, &item, reply)
}

fn phase(world: &World, who: usize, id: &ConversationId) -> Option<(Phase, Option<String>)> {
    let tx = world.people[who].store.read().expect("a look");
    let row = conversations::get(&tx, id).expect("a look")?;
    let report = row.machine.report(world.now);
    Some((report.phase, report.terms.map(|terms| terms.to_string())))
}

fn choose(place: usize) -> Reply {
    Reply { choose: Some(place), ..Reply::default() }
}

#[test]
fn two_people_agree_on_dinner_and_can_prove_it() {
    let mut world = World::new(1, &["Darren", "Alex"], NO_FAULTS);
    let darren = 0;
    let alex = 1;
    world.introduce(darren, alex);
    let dinner = invites(&mut world, darren, alex);
    world.come_to_rest();
    assert_eq!(waiting(&world, alex)[0].summary, "Dinner");
    approves(&mut world, alex, &choose(2)).expect("offered");
    world.come_to_rest();
    approves(&mut world, darren, &Reply::default()).expect("confirmed");
    world.come_to_rest();
    let hers = phase(&world, darren, &dinner);
    let his = phase(&world, alex, &dinner);
    assert_eq!(hers.as_ref().map(|(phase, _)| *phase), Some(Phase::Confirmed));
    assert_eq!(hers, his);
    for who in [darren, alex] {
        let tx = world.people[who].store.read().expect("a look");
        let row = conversations::get(&tx, &dinner).expect("a look").expect("a conversation");
        let view = conversation::agreement(&tx, &world.people[who].me, &row, None).map_err(explain);
        let report = agreement::verify(view.expect("an agreement").text.as_bytes());
        assert!(report.is_valid(), "{:?}", report.problems);
        assert_eq!(report.parties.len(), 2);
    }
}

#[test]
fn an_approval_of_an_item_that_has_changed_is_refused() {
    let mut world = World::new(2, &["Darren", "Alex"], NO_FAULTS);
    world.introduce(0, 1);
    let dinner = invites(&mut world, 0, 1);
    world.come_to_rest();
    let shown = world.items(1).remove(0);
    let did = *world.people[0].me.did();
    let drafted = world.transact(1, |txn| {
        let contact = contacts::get(txn.view(), &did)?.expect("a contact");
        items::raise_draft(txn, &contact, dinner, &Words::message("Can I bring my cat?"))
    });
    drafted.expect("a draft");
    let late = world.approves(1, &shown, &Reply::default());
    assert_eq!(late.map_err(|failure| failure.code.to_string()).err().as_deref(), Some("item_changed"));
    assert_eq!(waiting(&world, 1).len(), 1);
}

#[test]
fn a_stranger_waits_outside_and_is_let_in_with_what_they_said() {
    let mut world = World::new(3, &["Darren", "Alex"], NO_FAULTS);
    let darren = 0;
    let alex = 1;
    world.adds(darren, alex);
    let dinner = invites(&mut world, darren, alex);
    world.come_to_rest();
    assert_eq!(phase(&world, alex, &dinner), None, "nothing of a stranger's is a conversation");
    assert_eq!(waiting(&world, alex)[0].kind, "contact_request");
    assert!(shown(&world, alex).choices.is_empty(), "letting somebody in is not choosing one of their times");
    world.sees_card(alex, darren);
    approves(&mut world, alex, &Reply::default()).expect("let in");
    world.come_to_rest();
    assert_eq!((waiting(&world, alex)[0].kind.as_str(), shown(&world, alex).choices.len()), ("incoming", 2));
    approves(&mut world, alex, &choose(1)).expect("offered");
    world.come_to_rest();
    approves(&mut world, darren, &Reply::default()).expect("confirmed");
    world.come_to_rest();
    assert_eq!(phase(&world, alex, &dinner).map(|(phase, _)| phase), Some(Phase::Confirmed));
    assert_eq!(phase(&world, alex, &dinner), phase(&world, darren, &dinner));
}

#[test]
fn strangers_cannot_fill_the_house() {
    let mut world = World::new(4, &["Darren", "Alex"], NO_FAULTS);
    world.adds(0, 1);
    for _ in 0..20 {
        invites(&mut world, 0, 1);
    }
    for _ in 0..50 {
        world.let_time_pass();
    }
    let tx = world.people[1].store.read().expect("a look");
    assert!(quarantine::count(&tx).expect("a count") <= 3);
    assert_eq!(inbox::all(&tx).expect("items").len(), 1);
}

#[test]
fn a_blocked_sender_learns_nothing_and_leaves_nothing() {
    let mut world = World::new(5, &["Darren", "Alex"], NO_FAULTS);
    world.introduce(0, 1);
    world.transact(1, |txn| people::contacts::block(txn, "Darren", true)).expect("blocked");
    let dinner = invites(&mut world, 0, 1);
    world.come_to_rest();
    assert!(waiting(&world, 1).is_empty());
    assert_eq!(phase(&world, 1, &dinner), None);
    assert_eq!(
        phase(&world, 0, &dinner).map(|(phase, _)| phase),
        Some(Phase::Proposed),
        "to its sender it looks as if it waits"
    );
}

#[test]
fn a_confirm_that_comes_too_late_stays_refused_and_both_sides_know_it() {
    let mut world = World::new(7, &["Darren", "Alex"], NO_FAULTS);
    let darren = 0;
    let alex = 1;
    world.introduce(darren, alex);
    let dinner = invites(&mut world, darren, alex);
    world.come_to_rest();
    approves(&mut world, alex, &choose(1)).expect("offered");
    world.come_to_rest();
    let in_time = world.now;

    world.faults.lost = 100;
    approves(&mut world, darren, &Reply::default()).expect("confirmed");
    world.let_time_pass();
    world.faults.lost = 0;
    world.now = world.now + Duration::from_secs(8 * 24 * 3600);
    world.come_to_rest();
    for who in [darren, alex] {
        assert_eq!(phase(&world, who, &dinner).map(|(phase, _)| phase), Some(Phase::Expired), "{who}");
    }

    world.now = in_time;
    let confirm = last_said(&world, darren, &dinner);
    let again = world.transact(alex, |txn| receive::arrive(txn, &confirm)).expect("a receipt");
    assert_eq!(again.outcome, Outcome::Refused(Code::Expired), "whatever the clock says now");
    assert_eq!(again.state.map(|state| state.phase), Some(Phase::Expired));
    assert_eq!(phase(&world, alex, &dinner).map(|(phase, _)| phase), Some(Phase::Expired));
}

/// The last that somebody said in a conversation, as the other side verifies it.
fn last_said(world: &World, who: usize, id: &ConversationId) -> VerifiedEnvelope {
    let tx = world.people[who].store.read().expect("a look");
    let mine = *world.people[who].me.did();
    let said = messages::of(&tx, id).expect("messages").into_iter().rfind(|row| row.sender == mine).expect("a message");
    verify(&said.bytes, world.people[1 - who].me.did()).expect("it verifies")
}

/// Both sides offer, counter, confirm and reject as they like, on a bad wire, until all is quiet.
fn a_rough_night(seed: u64) -> Phase {
    let mut world = World::new(seed, &["Darren", "Alex"], ROUGH);
    world.introduce(0, 1);
    let dinner = invites(&mut world, 0, 1);
    for _ in 0..8 {
        for _ in 0..world.roll(30) {
            world.let_time_pass();
        }
        let who = usize::from(world.roll(2) == 0);
        somebody_acts(&mut world, who, dinner);
    }
    world.come_to_rest();
    let one = phase(&world, 0, &dinner);
    let other = phase(&world, 1, &dinner);
    let (Some((one, its_terms)), Some((other, other_terms))) = (one, other) else {
        panic!("seed {seed}: it never arrived")
    };
    let closed = one.is_closed() || other.is_closed();
    assert!(one == other || !closed, "seed {seed}: {one} here, {other} there");
    assert_eq!(
        cancelled(&world, 0, &dinner),
        cancelled(&world, 1, &dinner).map(|(us, them)| (them, us)),
        "seed {seed}"
    );
    if !matches!(one, Phase::Rejected | Phase::Expired) {
        assert_eq!(its_terms, other_terms, "seed {seed}: {one} about different terms");
    }
    each_message_once(&world, &dinner, seed);
    one
}

/// The messages in which we and they have called off what was agreed, as one side knows it.
fn cancelled(world: &World, who: usize, id: &ConversationId) -> Option<(Option<MessageId>, Option<MessageId>)> {
    let tx = world.people[who].store.read().expect("a look");
    let row = conversations::get(&tx, id).expect("a look")?;
    let cancelled = row.machine.cancelled();
    Some((cancelled.us, cancelled.them))
}

fn somebody_acts(world: &mut World, who: usize, id: ConversationId) {
    let did = *world.people[1 - who].me.did();
    let owner = world.people[who].owner();
    let roll = world.roll(10);
    let place = world.roll(3);
    let tried = world.transact(who, |txn: &mut Txn<'_, '_>| {
        let (Some(contact), Some(row)) = (contacts::get(txn.view(), &did)?, conversations::get(txn.view(), &id)?)
        else {
            return Ok(());
        };
        if let Some((_, _, agreed)) = row.machine.agreement() {
            return compose::say(txn, &contact, id, Words::cancel(agreed, None), Some(&owner)).map(drop);
        }
        let mut terms = ai2ai_protocol::canonical::Object::new();
        terms.insert("place".to_owned(), place.into());
        let reply = match roll {
            0..=4 => Reply { terms: Some(terms), ..Reply::default() },
            5..=7 => Reply { accept: true, ..Reply::default() },
            8 => Reply { text: Some("hm".to_owned()), ..Reply::default() },
            _ => {
                let words = Words::rejection(row.intent.clone(), None, None);
                return compose::say(txn, &contact, id, words, Some(&owner)).map(drop);
            }
        };
        let words = replies::reply_in(txn.view(), &row, &reply)?;
        compose::say(txn, &contact, id, words, Some(&owner)).map(drop)
    });
    if let Err(failure) = tried {
        assert_ne!(failure.code, ErrorCode::Internal, "{failure}");
    }
}

/// Whatever was said is at the other side once, or was refused.
fn each_message_once(world: &World, id: &ConversationId, seed: u64) {
    for (who, other) in [(0, 1), (1, 0)] {
        let tx = world.people[other].store.read().expect("a look");
        let heard = messages::of(&tx, id).expect("messages");
        let sender = *world.people[who].me.did();
        let mut ids: Vec<_> = heard.iter().filter(|row| row.sender == sender).map(|row| row.id).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "seed {seed}");
    }
}

#[test]
fn however_the_night_goes_both_sides_agree_on_how_it_ended() {
    let endings: Vec<Phase> = (100..124).map(a_rough_night).collect();
    for ending in [Phase::Confirmed, Phase::Rejected] {
        assert!(endings.contains(&ending), "no night ended {ending}, so nothing was tried: {endings:?}");
    }
}

/// The view of a conversation is one object with its schema, and reads back.
#[test]
fn what_the_doors_answer_reads_back() {
    use ai2ai_api::views::View as _;
    let mut world = World::new(6, &["Darren", "Alex"], NO_FAULTS);
    world.introduce(0, 1);
    let dinner = invites(&mut world, 0, 1);
    world.come_to_rest();
    let tx = world.people[1].store.read().expect("a look");
    let row = conversations::get(&tx, &dinner).expect("a look").expect("a conversation");
    let view = conversation::view(&tx, &world.people[1].me, &row, world.now, true).map_err(explain);
    let line = view.expect("a view").line();
    assert_eq!(ConversationView::of_line(line).map(|view| view.messages.len()), Ok(1));
}
