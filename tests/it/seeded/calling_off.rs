//! What was agreed is called off: in the seeded world, where everything that could pass for a cancel is tried.

use std::time::Duration;

use ai2ai_api::audit::AuditFactor;
use ai2ai_api::command::Role;
use ai2ai_api::exit::Failure;
use ai2ai_api::views::{ConversationView, DecisionView, SentView};
use ai2ai_core::content::{Reply, Words};
use ai2ai_core::inbound::receive;
use ai2ai_core::outbound::compose::Said;
use ai2ai_core::outbound::{policy, receipts, withdraw};
use ai2ai_core::people::dry_run::try_mandate;
use ai2ai_core::people::mandates;
use ai2ai_core::view::{conversation, item};
use ai2ai_engine::explain::explain;
use ai2ai_protocol::agreement;
use ai2ai_protocol::approval::{Approval, ApprovalOf};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::digest::TermsHash;
use ai2ai_protocol::envelope::{Draft, Kind, VerifiedEnvelope, verify};
use ai2ai_protocol::id::{ConversationId, MandateId};
use ai2ai_protocol::mandate::{Mandate, MandateLimits, MandateOf, With};
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_protocol::terms::CANCEL;
use ai2ai_store::{audit, contacts, conversations, messages, outbox};
use ai2ai_tests::world::{Faults, World};
use serde_json::{Value, json};

const DARREN: usize = 0;
const ALEX: usize = 1;
const EVE: usize = 2;

fn object(value: &Value) -> Object {
    value.as_object().cloned().expect("an object")
}

fn approves(world: &mut World, who: usize, reply: &Reply) -> Result<DecisionView, Failure> {
    let item = world.items(who).remove(0);
    world.approves(who, &item, reply)
}

/// Dinner, offered by Alex and confirmed by Darren; Darren's confirm is on its way, or has its answer.
fn dinner(seed: u64, answered: bool) -> (World, ConversationId, TermsHash) {
    let mut world = World::new(seed, &["Darren", "Alex", "Eve"], Faults::default());
    world.introduce(DARREN, ALEX);
    world.introduce(DARREN, EVE);
    let times = ["2026-02-10T19:00Z".to_owned(), "2026-02-11T20:00Z".to_owned()];
    let words = Words::meeting("Dinner", &times, None, None).expect("words");
    let id = world.says(DARREN, ALEX, None, words).expect("said").conversation;
    world.come_to_rest();
    approves(&mut world, ALEX, &Reply { choose: Some(1), ..Reply::default() }).expect("offered");
    world.come_to_rest();
    approves(&mut world, DARREN, &Reply::default()).expect("confirmed");
    if answered {
        world.come_to_rest();
    }
    let terms = row(&world, ALEX, &id).machine.standing().expect("terms").terms;
    (world, id, terms)
}

fn row(world: &World, who: usize, id: &ConversationId) -> conversations::ConversationRow {
    let tx = world.people[who].store.read().expect("a look");
    conversations::get(&tx, id).expect("a look").expect("a conversation")
}

fn view(world: &World, who: usize, id: &ConversationId) -> ConversationView {
    let tx = world.people[who].store.read().expect("a look");
    let row = conversations::get(&tx, id).expect("a look").expect("a conversation");
    let view = conversation::view(&tx, &world.people[who].me, &row, world.now, false);
    view.map_err(explain).expect("a view")
}

/// Who has called it off, as one side knows it: `us`, `them`.
fn off(world: &World, who: usize, id: &ConversationId) -> Vec<String> {
    view(world, who, id).cancelled.into_iter().map(|cancelled| cancelled.by).collect()
}

fn cancels(world: &mut World, who: usize, id: ConversationId, terms: TermsHash) -> Result<Said, Failure> {
    let other = if who == DARREN { ALEX } else { DARREN };
    world.says(who, other, Some(id), Words::cancel(terms, Some("I am ill.")))
}

/// Something of somebody's that would pass for a cancel.
struct Try {
    from: usize,
    kind: Kind,
    intent: &'static str,
    conversation: ConversationId,
    payload: Value,
    approval: Option<Object>,
}

impl Try {
    fn arrives(self, world: &mut World) -> Receipt {
        let envelope = self.signed(world);
        world.transact(ALEX, |txn| receive::arrive(txn, &envelope)).expect("an answer")
    }

    fn signed(self, world: &mut World) -> VerifiedEnvelope {
        let n = u8::try_from(world.roll(250)).expect("a byte");
        let draft = Draft {
            conversation: self.conversation,
            kind: self.kind,
            intent: self.intent.parse().expect("an intent"),
            payload: object(&self.payload),
            approval: self.approval,
            ..world.draft(ALEX, n, world.now)
        };
        world.signed(self.from, ALEX, draft)
    }
}

/// The approval that somebody's owner gives to an act towards Alex.
fn approval(world: &World, by: usize, act: Kind, conversation: ConversationId, terms: TermsHash) -> Object {
    let with = *world.people[ALEX].me.did();
    let of = ApprovalOf { act, with, conversation, terms, at: world.now.whole_second() };
    Approval::sign(&world.people[by].owner(), &of)
}

/// Darren's cancel of these terms in this conversation, with this approval.
fn attempt(world: &World, id: ConversationId, terms: TermsHash) -> Try {
    let approval = Some(approval(world, DARREN, Kind::Inform, id, terms));
    let payload = json!({ "terms_hash": terms });
    Try { from: DARREN, kind: Kind::Inform, intent: CANCEL, conversation: id, payload, approval }
}

#[test]
fn both_sides_know_that_it_is_off_and_can_still_prove_what_was_agreed() {
    let (mut world, id, terms) = dinner(1, true);
    let said = cancels(&mut world, DARREN, id, terms).expect("said");
    assert_eq!(said.phase, Phase::Confirmed);
    let pending = view(&world, DARREN, &id);
    assert_eq!((pending.cancelled.len(), pending.pending_act.map(|act| act.act)), (0, Some("cancel".to_owned())));
    world.come_to_rest();
    assert_eq!((off(&world, DARREN, &id), off(&world, ALEX, &id)), (vec!["us".to_owned()], vec!["them".to_owned()]));
    let known = view(&world, ALEX, &id);
    assert_eq!((known.state, known.cancelled[0].who.as_str()), (Phase::Confirmed, "Darren"));
    assert_eq!(known.cancelled[0].reason.as_deref(), Some("I am ill."));

    let item = world.items(ALEX).remove(0);
    assert_eq!(item.summary, "calls off Dinner: I am ill.");
    let tx = world.people[ALEX].store.read().expect("a look");
    let shown = item::item_view(&tx, world.people[ALEX].me.did(), item, world.now).map_err(explain).expect("a view");
    assert_eq!((shown.kind.as_str(), shown.sends, shown.terms), ("cancelled", None, None));
    drop(tx);
    let noted = world.rejects(ALEX, &shown.id, Some(&shown.digest));
    assert_eq!(noted.map(|noted| (noted.decision, noted.message)).ok(), Some(("noted".to_owned(), None)));

    for who in [DARREN, ALEX] {
        let tx = world.people[who].store.read().expect("a look");
        let row = conversations::get(&tx, &id).expect("a look").expect("a conversation");
        let file = conversation::agreement(&tx, &world.people[who].me, &row, None).map_err(explain).expect("a file");
        let report = agreement::verify(file.text.as_bytes());
        assert!(report.is_valid(), "{:?}", report.problems);
        assert_eq!(report.cancels.len(), 1);
        assert_eq!(report.cancels[0].did, *world.people[DARREN].me.did());
    }
    assert_eq!(
        cancels(&mut world, DARREN, id, terms).map(drop).map_err(|failure| failure.code.to_string()),
        Err("cancelled".into())
    );
}

#[test]
fn two_who_call_it_off_at_once_both_know_of_both() {
    let (mut world, id, terms) = dinner(2, true);
    cancels(&mut world, DARREN, id, terms).expect("said");
    cancels(&mut world, ALEX, id, terms).expect("said");
    world.come_to_rest();
    for who in [DARREN, ALEX] {
        let mut by = off(&world, who, &id);
        by.sort();
        assert_eq!(by, ["them", "us"]);
        assert_eq!(view(&world, who, &id).state, Phase::Confirmed);
    }
}

#[test]
fn a_cancel_that_overtakes_the_answer_to_the_confirm_brings_that_answer() {
    let (mut world, id, terms) = dinner(3, false);
    let tx = world.people[DARREN].store.read().expect("a look");
    let confirm = messages::of(&tx, &id).expect("messages").pop().expect("the confirm");
    drop(tx);
    let confirm = verify(&confirm.bytes, world.people[ALEX].me.did()).expect("it verifies");
    world.transact(ALEX, |txn| receive::arrive(txn, &confirm)).expect("confirmed there");
    let cancel = cancels(&mut world, ALEX, id, terms).expect("said").id;
    let cancel = world.as_said(ALEX, DARREN, cancel);
    assert_eq!(view(&world, DARREN, &id).state, Phase::Negotiating, "Darren has no answer yet");
    let receipt = world.transact(DARREN, |txn| receive::arrive(txn, &cancel)).expect("an answer");
    assert_eq!(receipt.outcome, Outcome::Accepted);
    assert_eq!(
        (view(&world, DARREN, &id).state, off(&world, DARREN, &id)),
        (Phase::Confirmed, vec!["them".to_owned()])
    );
    world.come_to_rest();
    assert_eq!(off(&world, ALEX, &id), ["us"]);
    assert_eq!(row(&world, DARREN, &id).machine.agreement(), row(&world, ALEX, &id).machine.agreement());
}

#[test]
fn nothing_else_passes_for_a_cancel() {
    let (mut world, id, terms) = dinner(4, true);
    let other = TermsHash::of(b"other terms");
    let refused = |code| Outcome::Refused(code);
    let good = |world: &World| attempt(world, id, terms);
    let mandate = {
        let of = MandateOf {
            id: MandateId::new(world.now, [1; 10]),
            intents: vec![CANCEL.parse().expect("a pattern")],
            with: With::Any,
            limits: MandateLimits::default(),
            not_before: world.now,
            not_after: world.now + Duration::from_secs(3_600),
        };
        Mandate::sign(&world.people[DARREN].owner(), &of).expect("a mandate")
    };
    let of_eve = approval(&world, EVE, Kind::Inform, id, terms);
    let elsewhere = ConversationId::from_bytes([9; 16]);
    let at_alex: Vec<(&str, Try, Outcome)> = vec![
        ("without an approval", Try { approval: None, ..good(&world) }, refused(Code::ApprovalMissing)),
        (
            "with a mandate",
            Try { approval: Some(Approval::by_mandate(&mandate)), ..good(&world) },
            refused(Code::OutsideMandate),
        ),
        (
            "approved by somebody else",
            Try { approval: Some(of_eve.clone()), ..good(&world) },
            refused(Code::ApprovalInvalid),
        ),
        (
            "of other terms than approved",
            Try { payload: json!({ "terms_hash": other }), ..good(&world) },
            refused(Code::ApprovalInvalid),
        ),
        ("of terms that were not agreed", attempt(&world, id, other), refused(Code::StaleTerms)),
        ("in another conversation", attempt(&world, elsewhere, terms), refused(Code::UnknownConversation)),
        ("of nothing", Try { payload: json!({}), ..good(&world) }, refused(Code::Malformed)),
        ("a message that says so", Try { kind: Kind::Message, ..good(&world) }, refused(Code::Closed)),
        ("with another intent", Try { intent: "schedule.meeting", ..good(&world) }, refused(Code::Closed)),
        ("by a stranger", Try { from: EVE, approval: Some(of_eve.clone()), ..good(&world) }, Outcome::Held),
    ];
    for (what, tried, outcome) in at_alex {
        assert_eq!(tried.arrives(&mut world).outcome, outcome, "{what}");
        assert!(off(&world, ALEX, &id).is_empty(), "{what}");
    }
    world.introduce(ALEX, EVE);
    let by_a_contact = Try { from: EVE, approval: Some(of_eve), ..good(&world) };
    assert_eq!(by_a_contact.arrives(&mut world).outcome, refused(Code::NotAParty));

    let real = good(&world).signed(&mut world);
    let first = world.transact(ALEX, |txn| receive::arrive(txn, &real)).expect("an answer");
    assert_eq!((first.outcome, first.state.and_then(|state| state.cancelled)), (Outcome::Accepted, Some(real.id())));
    assert_eq!(
        world.transact(ALEX, |txn| receive::arrive(txn, &real)).expect("an answer"),
        first,
        "a repeat has the same answer"
    );
    let again = good(&world).arrives(&mut world);
    assert_eq!(again.state.and_then(|state| state.cancelled), Some(real.id()), "the first one counts");
    assert_eq!((off(&world, ALEX, &id), world.items(ALEX).len()), (vec!["them".to_owned()], 1));
}

#[test]
fn a_conversation_about_cancels_is_no_notice() {
    let (mut world, _, _) = dinner(5, true);
    let id = ConversationId::from_bytes([8; 16]);
    let terms = object(&json!({ "subject": "All that I own", "amount": "500", "currency": "GBP" }));
    let hash = ai2ai_protocol::terms::hash(&terms);
    let approval = Some(approval(&world, DARREN, Kind::Request, id, hash));
    let payload = json!({ "terms": terms, "replaces": null });
    let tried = Try { from: DARREN, kind: Kind::Request, intent: CANCEL, conversation: id, payload, approval };
    assert_eq!(tried.arrives(&mut world).outcome, Outcome::Accepted);
    let item = world.items(ALEX).into_iter().find(|item| item.conversation == Some(id)).expect("an item");
    let tx = world.people[ALEX].store.read().expect("a look");
    let shown = item::item_view(&tx, world.people[ALEX].me.did(), item, world.now).map_err(explain).expect("a view");
    assert_eq!((shown.kind.as_str(), shown.terms_hash), ("incoming", Some(hash)), "there is something to decide");
}

#[test]
fn a_node_of_before_is_not_taken_for_one_that_has_it_and_the_owner_is_told() {
    let (mut world, id, terms) = dinner(6, true);
    let cancel = cancels(&mut world, DARREN, id, terms).expect("said").id;
    let state = row(&world, ALEX, &id).machine.report(world.now);
    let closed = Receipt {
        id: Some(cancel),
        digest: world.as_said(DARREN, ALEX, cancel).digest(),
        outcome: Outcome::Refused(Code::Closed),
        retry_after_s: None,
        state: Some(state),
        at: world.now,
    };
    let did = *world.people[ALEX].me.did();
    world.transact(DARREN, |txn| receipts::receipt(txn, &did, &cancel, &closed)).expect("taken");
    let view = view(&world, DARREN, &id);
    assert!(view.cancelled.is_empty() && view.pending_act.is_none());
    let told = view.not_cancelled.expect("the owner is told");
    assert!(told.contains("Alex") && told.contains("does not know"), "{told}");
    assert!(cancels(&mut world, DARREN, id, terms).is_ok(), "it can be tried again");
}

#[test]
fn an_agent_can_only_suggest_it_whatever_it_is_trusted_with() {
    let (mut world, id, terms) = dinner(7, true);
    let did = *world.people[ALEX].me.did();
    let of = MandateOf {
        id: MandateId::from_bytes([0; 16]),
        intents: vec!["schedule.*".parse().expect("a pattern"), "agreement.*".parse().expect("a pattern")],
        with: With::Any,
        limits: MandateLimits::default(),
        not_before: world.now,
        not_after: world.now + Duration::from_secs(24 * 3_600),
    };
    let owner = world.people[DARREN].owner();
    world.transact(DARREN, |txn| mandates::grant(txn, "Alex", of.clone(), &owner, &AuditFactor::Pin)).expect("granted");
    let drafted: Result<SentView, Failure> = world.transact(DARREN, |txn| {
        let contact = contacts::get(txn.view(), &did)?.expect("a contact");
        let trusted = contacts::ContactRow { trust: ai2ai_protocol::trust::Trust::Trusted, ..contact };
        policy::send(txn, Role::Agent, &trusted, id, Words::cancel(terms, None), None)
    });
    let drafted = drafted.expect("a draft");
    assert!(drafted.item.is_some() && drafted.why.is_some_and(|why| why.contains("owner's alone")));
    world.come_to_rest();
    assert!(off(&world, ALEX, &id).is_empty());
    assert_eq!(world.items(DARREN)[0].summary, "calls off Dinner");
    approves(&mut world, DARREN, &Reply::default()).expect("approved");
    world.come_to_rest();
    assert_eq!(off(&world, ALEX, &id), ["them"]);
    let tx = world.people[DARREN].store.read().expect("a look");
    let decided = audit::all(&tx).expect("the audit").into_iter().rfind(|row| row.what == "approve").expect("a line");
    assert_eq!((decided.factor.as_str(), decided.outcome.as_str()), ("pin", "done"));
    assert!(decided.message.is_some());
    let rehearsed = try_mandate(&tx, world.people[DARREN].me.did(), &did, of).map_err(explain);
    let last = rehearsed.expect("a rehearsal").pop().expect("the cancel");
    assert_eq!((last.intent.as_str(), last.would.as_str()), (CANCEL, "wait"), "a rehearsal knows it too");
}

#[test]
fn a_cancel_that_never_left_is_taken_back_as_if_it_had_not_been_said() {
    let (mut world, id, terms) = dinner(8, true);
    world.people[ALEX].asleep = true;
    let said = cancels(&mut world, DARREN, id, terms).expect("said");
    for _ in 0..3 {
        world.let_time_pass();
    }
    world.tries();
    let tx = world.people[DARREN].store.read().expect("a look");
    let queued = outbox::get(&tx, &said.id).expect("a look").expect("a message");
    drop(tx);
    let withdrawn = world.transact(DARREN, |txn| withdraw::message(txn, &queued)).expect("taken back");
    assert_eq!(withdrawn.state.as_deref(), Some("confirmed"));
    world.wakes(ALEX);
    world.come_to_rest();
    let seen = view(&world, DARREN, &id);
    assert!(seen.pending_act.is_none() && seen.cancelled.is_empty() && seen.not_cancelled.is_none());
    assert!(off(&world, ALEX, &id).is_empty() && world.items(ALEX).is_empty());
    cancels(&mut world, DARREN, id, terms).expect("said after all");
    world.come_to_rest();
    assert_eq!(off(&world, ALEX, &id), ["them"]);
}
