//! The truth about what was sent, and no more than that: repeats, receipts, what was read, clocks that differ, and rates.

use std::time::Duration;

use ai2ai::config::Limits;
use ai2ai::courier::{Said, Words, opened, opened_item};
use ai2ai::doors::Role;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::Side;
use ai2ai_protocol::delivery::State;
use ai2ai_protocol::envelope::{Draft, Kind, Recipient, VerifiedEnvelope, verify};
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::limits::{CLOCK_SKEW, ENVELOPE_LIFE, ENVELOPE_LIFE_DEFAULT, RETRY_MOST};
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_protocol::time::Timestamp;
use ai2ai_protocol::trust::Trust;
use ai2ai_store::{Store, contacts, conversations, inbox, messages, outbox, seen};
use ai2ai_tests::world::{Faults, World};
use serde_json::json;

const NO_FAULTS: Faults = Faults { lost: 0, repeated: 0, crashes: 0 };
const ROUGH: Faults = Faults { lost: 20, repeated: 20, crashes: 3 };
const DARREN: usize = 0;
const ALEX: usize = 1;
const MALLORY: usize = 2;
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3_600);

fn two() -> World {
    let mut world = World::new(1, &["Darren", "Alex"], NO_FAULTS);
    world.introduce(DARREN, ALEX);
    world
}

fn says(world: &mut World, who: usize, other: usize, text: &str) -> Said {
    let did = *world.people[other].me.did();
    let words = Words::message(text);
    let said = world.turn(who, move |turn| {
        let contact = contacts::get(turn.view(), &did)?.expect("a contact");
        let conversation = turn.new_conversation();
        turn.say(&contact, conversation, words, None)
    });
    said.expect("said")
}

/// An envelope of one to another, written at some moment and valid for some time.
fn envelope(world: &World, from: usize, to: usize, n: u8, at: Timestamp, life: Duration) -> VerifiedEnvelope {
    let text = json!({ "text": format!("number {n}") });
    let draft = Draft {
        id: MessageId::new(at, [n; 10]),
        timestamp: at.whole_second(),
        expires_at: at.whole_second() + life,
        to: Recipient { did: *world.people[to].me.did(), agent: None },
        conversation: ConversationId::new(at, [n; 10]),
        in_reply_to: None,
        kind: Kind::Message,
        intent: "message.relay".parse().expect("an intent"),
        payload: text.as_object().cloned().expect("an object"),
        approval: None,
    };
    let signed = draft.sign(&world.people[from].me.sender).expect("a good draft");
    verify(signed.bytes(), world.people[to].me.did()).expect("it verifies")
}

fn arrives(world: &mut World, who: usize, envelope: &VerifiedEnvelope) -> Receipt {
    world.turn(who, |turn| turn.arrive(envelope)).expect("a receipt")
}

/// The envelope of a message, as it came to its recipient.
fn as_it_came(world: &World, from: usize, to: usize, id: MessageId) -> VerifiedEnvelope {
    let (sender, tx) = (*world.people[from].me.did(), world.people[from].store.read().expect("a look"));
    let row = messages::get(&tx, &sender, &id).expect("a look").expect("a message");
    verify(&row.bytes, world.people[to].me.did()).expect("it verifies")
}

fn state(world: &World, who: usize, id: MessageId) -> State {
    let tx = world.people[who].store.read().expect("a look");
    outbox::get(&tx, &id).expect("a look").expect("a row").delivery.state()
}

fn heard(world: &World, who: usize) -> Vec<MessageId> {
    let tx = world.people[who].store.read().expect("a look");
    let all = conversations::latest(&tx, 1_000).expect("conversations");
    let of = |id| messages::of(&tx, id).expect("messages");
    let mut heard: Vec<MessageId> = all
        .iter()
        .flat_map(|row| of(&row.id))
        .filter(|message| message.side == Side::Them)
        .map(|message| message.id)
        .collect();
    heard.sort_unstable();
    heard
}

fn refused(receipt: &Receipt) -> Option<Code> {
    match receipt.outcome {
        Outcome::Refused(code) => Some(code),
        Outcome::Accepted | Outcome::Held => None,
    }
}

// What the original teaches about replay: a cache in memory, shorter than a message's life, that answers an honest retry with "replay".

#[test]
fn a_replay_cache_outlives_a_restart() {
    let home = tempfile::tempdir().expect("a directory");
    let file = home.path().join("alex.redb");
    let mut world = World::new(1, &["Darren", "Alex"], NO_FAULTS);
    world.people[ALEX].store = Store::open(&file).expect("a store");
    world.introduce(DARREN, ALEX);
    let said = says(&mut world, DARREN, ALEX, "Hello");
    world.come_to_rest();
    let envelope = as_it_came(&world, DARREN, ALEX, said.id);
    let first = arrives(&mut world, ALEX, &envelope);

    world.people[ALEX].store = Store::in_memory();
    world.people[ALEX].store = Store::open(&file).expect("the same store");
    assert_eq!(arrives(&mut world, ALEX, &envelope), first);
    assert_eq!(heard(&world, ALEX).len(), 1);
}

#[test]
fn an_honest_retry_gets_its_receipt_not_replay() {
    let mut world = two();
    let said = says(&mut world, DARREN, ALEX, "Hello");
    world.come_to_rest();
    let envelope = as_it_came(&world, DARREN, ALEX, said.id);
    let first = arrives(&mut world, ALEX, &envelope);
    assert_eq!(first.outcome, Outcome::Accepted);
    for later in [MINUTE, DAY, 10 * DAY, 36 * DAY] {
        world.now = said_at(&world, said.id) + later;
        assert_eq!(arrives(&mut world, ALEX, &envelope), first, "after {later:?}");
    }
    assert_eq!(heard(&world, ALEX).len(), 1);
}

fn said_at(world: &World, id: MessageId) -> Timestamp {
    let (sender, tx) = (*world.people[DARREN].me.did(), world.people[DARREN].store.read().expect("a look"));
    messages::get(&tx, &sender, &id).expect("a look").expect("a message").at
}

#[test]
fn no_envelope_outlives_the_memory_of_its_receipt() {
    let mut world = two();
    let now = world.now;
    let longest = envelope(&world, DARREN, ALEX, 2, now, ENVELOPE_LIFE);
    assert_eq!(refused(&arrives(&mut world, ALEX, &longest)), None);
    let tx = world.people[ALEX].store.read().expect("a look");
    let row = seen::get(&tx, world.people[DARREN].me.did(), &longest.id()).expect("a look").expect("remembered");
    assert!(row.keep_until > longest.expires_at() + CLOCK_SKEW);
}

#[test]
fn a_replay_is_known_after_its_contact_was_forgotten_and_added_again() {
    let mut world = two();
    let said = says(&mut world, DARREN, ALEX, "Hello");
    world.come_to_rest();
    let envelope = as_it_came(&world, DARREN, ALEX, said.id);
    let first = arrives(&mut world, ALEX, &envelope);
    world.turn(ALEX, |turn| turn.forget("Darren")).expect("forgotten");
    assert_eq!(arrives(&mut world, ALEX, &envelope), first);
    world.adds(ALEX, DARREN);
    assert_eq!(arrives(&mut world, ALEX, &envelope), first);
    assert_eq!(heard(&world, ALEX).len(), 1);
}

#[test]
fn a_clock_that_jumps_revives_nothing_and_loses_nothing() {
    let mut world = two();
    let start = world.now;
    let (first, second) =
        (envelope(&world, DARREN, ALEX, 1, start, DAY), envelope(&world, DARREN, ALEX, 2, start, DAY));
    let accepted = arrives(&mut world, ALEX, &first);
    world.now = start + 2 * DAY;
    assert_eq!(refused(&arrives(&mut world, ALEX, &second)), Some(Code::Expired));
    assert_eq!(arrives(&mut world, ALEX, &first), accepted, "two days on, a repeat gets its first receipt");
    world.now = start + MINUTE;
    assert_eq!(refused(&arrives(&mut world, ALEX, &second)), Some(Code::Expired), "what was refused for good stays so");
    assert_eq!(arrives(&mut world, ALEX, &first), accepted);
    world.now = start - DAY;
    assert_eq!(arrives(&mut world, ALEX, &first), accepted, "back by a day");
    let fresh = envelope(&world, DARREN, ALEX, 3, start, DAY);
    assert_eq!(refused(&arrives(&mut world, ALEX, &fresh)), Some(Code::NotYetValid));
    world.now = start;
    assert_eq!(refused(&arrives(&mut world, ALEX, &fresh)), None, "and is taken once the clock is right");
    assert_eq!(heard(&world, ALEX).len(), 2);
}

#[test]
fn what_was_sent_arrives_though_the_senders_clock_jumps() {
    for jump in [Duration::from_secs(5 * 3_600), 3 * DAY] {
        let mut world = two();
        world.people[ALEX].asleep = true;
        let said = says(&mut world, DARREN, ALEX, "Hello");
        (0..4).for_each(|_| world.let_time_pass());
        world.now = world.now + jump;
        (0..4).for_each(|_| world.let_time_pass());
        world.wakes(ALEX);
        world.come_to_rest();
        assert_eq!((state(&world, DARREN, said.id), heard(&world, ALEX).len()), (State::Delivered, 1), "{jump:?}");
    }
}

// Receipts that anyone can forge; a queue that is never drained; a retry slot that is never reached.

#[test]
fn a_receipt_by_somebody_else_is_ignored() {
    let mut world = World::new(1, &["Darren", "Alex", "Mallory"], NO_FAULTS);
    world.introduce(DARREN, ALEX);
    world.introduce(DARREN, MALLORY);
    world.people[ALEX].asleep = true;
    let said = says(&mut world, DARREN, ALEX, "Hello");
    let digest = as_it_came(&world, DARREN, ALEX, said.id).digest();
    let forged = |digest, outcome| Receipt {
        id: Some(said.id),
        digest,
        outcome,
        retry_after_s: None,
        state: None,
        at: world.now,
    };
    let (mallory, alex) = (*world.people[MALLORY].me.did(), *world.people[ALEX].me.did());
    let other = ai2ai_protocol::digest::Digest::of(b"another envelope");
    let tries = [
        (mallory, forged(digest, Outcome::Accepted)),
        (mallory, forged(digest, Outcome::Refused(Code::Closed))),
        (alex, forged(other, Outcome::Accepted)),
    ];
    for (from, receipt) in tries {
        let taken = world.turn(DARREN, |turn| turn.receipt(&from, &said.id, &receipt)).expect("looked at");
        assert!(!taken, "{receipt:?}");
        assert_eq!(state(&world, DARREN, said.id), State::Queued);
    }
    world.wakes(ALEX);
    world.come_to_rest();
    assert_eq!(state(&world, DARREN, said.id), State::Delivered);
}

#[test]
fn the_queue_is_drained() {
    for seed in 300..306 {
        let mut world = World::new(seed, &["Darren", "Alex"], ROUGH);
        world.introduce(DARREN, ALEX);
        let mut said: Vec<MessageId> =
            (0..60).map(|n| says(&mut world, DARREN, ALEX, &format!("number {n}")).id).collect();
        world.come_to_rest();
        said.sort_unstable();
        assert_eq!(heard(&world, ALEX), said, "seed {seed}: each once");
        let tx = world.people[DARREN].store.read().expect("a look");
        assert_eq!(outbox::count_waiting(&tx).expect("a count"), 0, "seed {seed}");
    }
}

/// Nobody is seen again, no event comes: time alone brings each next try, hour by hour, until the end.
#[test]
fn the_retry_slot_is_reached() {
    let mut world = two();
    world.people[ALEX].asleep = true;
    let said = says(&mut world, DARREN, ALEX, "Hello");
    let end = world.now + ENVELOPE_LIFE_DEFAULT - 2 * RETRY_MOST;
    let (mut tried, mut last) = (0, world.now);
    while world.now < end {
        world.let_time_pass();
        let tx = world.people[DARREN].store.read().expect("a look");
        let attempts = outbox::get(&tx, &said.id).expect("a look").expect("a row").delivery.attempts();
        if attempts > tried {
            assert!(world.now.since(last) <= RETRY_MOST + MINUTE, "{:?} without a try", world.now.since(last));
            (tried, last) = (attempts, world.now);
        }
    }
    assert!(tried > 7 * 24, "{tried} tries in a week");
    world.people[ALEX].asleep = false;
    world.come_to_rest();
    assert_eq!(state(&world, DARREN, said.id), State::Delivered, "the last tries were real ones");
}

#[test]
fn a_ping_replaces_no_key_and_makes_no_contact() {
    let mut world = World::new(1, &["Darren", "Alex", "Mallory"], NO_FAULTS);
    world.introduce(DARREN, ALEX);
    let before = contacts::all(&world.people[ALEX].store.read().expect("a look")).expect("contacts");
    let now = world.now;
    let draft = Draft {
        id: MessageId::new(now, [1; 10]),
        timestamp: now.whole_second(),
        expires_at: now.whole_second() + DAY,
        to: Recipient { did: *world.people[ALEX].me.did(), agent: None },
        conversation: ConversationId::new(now, [1; 10]),
        in_reply_to: None,
        kind: Kind::Ping,
        intent: "node.ping".parse().expect("an intent"),
        payload: Object::new(),
        approval: None,
    };
    let sender = &mut world.people[MALLORY].me.sender;
    sender.human = "Darren".parse().expect("a name");
    sender.agent = "darren-assistant".parse().expect("a name");
    let ping = draft.sign(sender).expect("a good draft");
    let ping = verify(ping.bytes(), world.people[ALEX].me.did()).expect("it verifies as Mallory's");
    assert_eq!(arrives(&mut world, ALEX, &ping).outcome, Outcome::Held, "as any stranger's");
    assert_eq!(contacts::all(&world.people[ALEX].store.read().expect("a look")).expect("contacts"), before);
}

// What was read.

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
    let looked = looked.map_err(ai2ai::courier::Stop::into_failure).expect("a look");
    if let Some(opened) = looked {
        world.turn(who, |turn| turn.note_read(&opened)).expect("noted");
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
        assert!(inbox::all(&tx).expect("items").is_empty(), "and bothers nobody");
    }
}

#[test]
fn what_is_opened_at_once_is_told_at_once_in_one_envelope() {
    let mut world = two();
    let first = says(&mut world, DARREN, ALEX, "One");
    let did = *world.people[ALEX].me.did();
    let more: Vec<MessageId> = (0..9)
        .map(|n| {
            let said = world.turn(DARREN, |turn| {
                let contact = contacts::get(turn.view(), &did)?.expect("a contact");
                turn.say(&contact, first.conversation, Words::message(&format!("and {n}")), None)
            });
            said.expect("said").id
        })
        .collect();
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
    world.turn(ALEX, |turn| turn.trust("Darren", Trust::Trusted, "pin")).expect("trusted");
    opens(&mut world, ALEX, said.conversation, Role::Agent, false);
    world.come_to_rest();
    assert_eq!(state(&world, DARREN, said.id), State::Read);
}

#[test]
fn a_blocked_sender_is_not_told_what_was_read() {
    let mut world = two();
    let said = says(&mut world, DARREN, ALEX, "Hello");
    world.come_to_rest();
    world.turn(ALEX, |turn| turn.block("Darren", true)).expect("blocked");
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
    let digest = as_it_came(&world, DARREN, ALEX, said.id).digest();
    let other = ai2ai_protocol::digest::Digest::of(b"another");
    for (n, (from, digest)) in (0..).zip([(MALLORY, digest), (ALEX, other)]) {
        let now = world.now;
        let payload = json!({ "read": [{ "id": said.id, "digest": digest, "at": now }] });
        let draft = Draft {
            id: MessageId::new(now, [n; 10]),
            timestamp: now.whole_second(),
            expires_at: now.whole_second() + DAY,
            to: Recipient { did: *world.people[DARREN].me.did(), agent: None },
            conversation: ConversationId::new(now, [n; 10]),
            in_reply_to: None,
            kind: Kind::Receipt,
            intent: "node.receipt".parse().expect("an intent"),
            payload: payload.as_object().cloned().expect("an object"),
            approval: None,
        };
        let notice = draft.sign(&world.people[from].me.sender).expect("a good draft");
        let notice = verify(notice.bytes(), world.people[DARREN].me.did()).expect("it verifies");
        arrives(&mut world, DARREN, &notice);
        assert_eq!(state(&world, DARREN, said.id), State::Delivered, "try {n}");
    }
}

// Clocks that differ.

#[test]
fn a_contacts_clock_that_is_minutes_off_is_noticed_and_told() {
    let mut world = two();
    let ahead_of = |world: &World| {
        let tx = world.people[DARREN].store.read().expect("a look");
        contacts::get(&tx, world.people[ALEX].me.did()).expect("a look").expect("a contact").clock_ahead_s
    };
    let note = |world: &mut World, theirs: Timestamp| {
        let did = *world.people[ALEX].me.did();
        let noted = world.turn(DARREN, |turn| {
            let contact = contacts::get(turn.view(), &did)?.expect("a contact");
            turn.note_clock(&contact, theirs)
        });
        noted.expect("noted");
    };
    let now = world.now;
    note(&mut world, now + Duration::from_secs(20));
    assert_eq!(ahead_of(&world), None, "an answer may have been under way for so long");
    note(&mut world, now + 7 * MINUTE);
    assert_eq!(ahead_of(&world), Some(420));
    note(&mut world, now - 5 * MINUTE);
    assert_eq!(ahead_of(&world), Some(-300));
    let future = envelope(&world, ALEX, DARREN, 1, now + 11 * MINUTE, DAY);
    assert_eq!(refused(&arrives(&mut world, DARREN, &future)), Some(Code::NotYetValid));
    assert_eq!(ahead_of(&world), Some(660), "a time that cannot be is the sender's clock");
}

// Rates.

fn strict(limits: Limits) -> World {
    let mut world = two();
    world.people[ALEX].me.limits = limits;
    world
}

#[test]
fn who_sends_too_much_is_told_when_to_come_again_and_obeys() {
    let mut world = strict(Limits { messages_per_minute: 6, ..Limits::default() });
    let start = world.now;
    let mut said: Vec<MessageId> = (0..24).map(|n| says(&mut world, DARREN, ALEX, &format!("number {n}")).id).collect();
    said.sort_unstable();
    world.come_to_rest();
    assert_eq!(heard(&world, ALEX), said, "all of it arrived, once");
    let took = world.now.since(start);
    assert!((3 * MINUTE..6 * MINUTE).contains(&took), "24 at 6 a minute, 6 of them at once: {took:?}");
    let tx = world.people[DARREN].store.read().expect("a look");
    let tries: u32 =
        said.iter().map(|id| outbox::get(&tx, id).expect("a look").expect("a row").delivery.attempts()).sum();
    assert!(tries <= 3 * 24, "{tries} tries for 24 messages: nobody runs against the wall");
}

#[test]
fn a_flood_of_large_messages_is_bounded_by_bytes() {
    let mut world = strict(Limits { bytes_per_minute: 65_536, ..Limits::default() });
    let now = world.now;
    let accepted = (0..200)
        .filter(|n| {
            let one = envelope(&world, DARREN, ALEX, *n, now, DAY);
            refused(&arrives(&mut world, ALEX, &one)).is_none()
        })
        .count();
    let size = envelope(&world, DARREN, ALEX, 1, now, DAY).bytes().len();
    assert!(accepted * size <= 65_536 && accepted > 20, "{accepted} of {size} bytes");
}

#[test]
fn a_restart_opens_no_flood() {
    let home = tempfile::tempdir().expect("a directory");
    let file = home.path().join("alex.redb");
    let mut world = World::new(1, &["Darren", "Alex"], NO_FAULTS);
    world.people[ALEX].store = Store::open(&file).expect("a store");
    world.introduce(DARREN, ALEX);
    world.people[ALEX].me.limits.messages_per_minute = 3;
    let now = world.now;
    let try_one = |world: &mut World, n: u8| {
        let one = envelope(world, DARREN, ALEX, n, now, DAY);
        refused(&arrives(world, ALEX, &one))
    };
    assert_eq!((0..3).filter_map(|n| try_one(&mut world, n)).count(), 0);
    assert_eq!(try_one(&mut world, 3), Some(Code::RateLimited));
    world.people[ALEX].store = Store::in_memory();
    world.people[ALEX].store = Store::open(&file).expect("the same store");
    assert_eq!(try_one(&mut world, 4), Some(Code::RateLimited));
    world.now = now + MINUTE;
    assert_eq!(try_one(&mut world, 5), None);
}

#[test]
fn a_repeat_costs_nothing_and_is_answered_though_the_rate_is_used_up() {
    let mut world = strict(Limits { messages_per_minute: 1, ..Limits::default() });
    let now = world.now;
    let (first, second) = (envelope(&world, DARREN, ALEX, 1, now, DAY), envelope(&world, DARREN, ALEX, 2, now, DAY));
    let receipt = arrives(&mut world, ALEX, &first);
    let limited = arrives(&mut world, ALEX, &second);
    assert_eq!((refused(&limited), limited.retry_after_s.is_some()), (Some(Code::RateLimited), true));
    assert_eq!(arrives(&mut world, ALEX, &first), receipt);
}

/// What a stranger learns is what every stranger learns, and what a blocked sender learns is the same.
#[test]
fn strangers_share_one_rate_and_the_blocked_look_like_strangers() {
    let names = ["Darren", "Alex", "Mallory", "Bob", "Carol"];
    let mut world = World::new(1, &names, NO_FAULTS);
    world.introduce(DARREN, ALEX);
    world.people[ALEX].me.limits.strangers_per_hour = 4;
    world.turn(ALEX, |turn| turn.block("Darren", true)).expect("blocked");
    let now = world.now;
    let mut try_one = |from: usize, n: u8| {
        let one = envelope(&world, from, ALEX, n, now, DAY);
        let receipt = arrives(&mut world, ALEX, &one);
        (receipt.outcome, receipt.retry_after_s, receipt.state.is_some())
    };
    let held = (Outcome::Held, None, false);
    let full = (Outcome::Refused(Code::Quarantined), None, false);
    assert_eq!([try_one(MALLORY, 1), try_one(DARREN, 2), try_one(3, 3), try_one(4, 4)], [held; 4]);
    assert_eq!([try_one(MALLORY, 5), try_one(DARREN, 6), try_one(3, 7), try_one(4, 8)], [full; 4]);
    world.now = now + Duration::from_secs(900);
    let one = envelope(&world, 3, ALEX, 9, world.now, DAY);
    assert_eq!(arrives(&mut world, ALEX, &one).outcome, Outcome::Held, "one more each quarter of an hour");
}

#[test]
fn no_number_of_strangers_slows_a_contact() {
    let names: Vec<String> = (0..20).map(|n| format!("Stranger{n}")).collect();
    let names: Vec<&str> = ["Darren", "Alex"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut world = World::new(1, &names, NO_FAULTS);
    world.introduce(DARREN, ALEX);
    world.people[ALEX].me.limits.strangers_per_hour = 2;
    let now = world.now;
    for stranger in 2..names.len() {
        let one = envelope(&world, stranger, ALEX, 1, now, DAY);
        arrives(&mut world, ALEX, &one);
    }
    let one = envelope(&world, DARREN, ALEX, 1, now, DAY);
    assert_eq!(arrives(&mut world, ALEX, &one).outcome, Outcome::Accepted);
    let tx = world.people[ALEX].store.read().expect("a look");
    assert_eq!(inbox::all(&tx).expect("items").len(), 3, "two strangers and the contact");
}

#[test]
fn two_agents_that_talk_all_night_are_stopped_by_the_owners_bound() {
    let mut world = strict(Limits { messages_per_conversation: 4, ..Limits::default() });
    let first = says(&mut world, DARREN, ALEX, "One");
    let did = *world.people[ALEX].me.did();
    let more: Vec<MessageId> = (0..6)
        .map(|n| {
            let said = world.turn(DARREN, |turn| {
                let contact = contacts::get(turn.view(), &did)?.expect("a contact");
                turn.say(&contact, first.conversation, Words::message(&format!("and {n}")), None)
            });
            said.expect("said").id
        })
        .collect();
    world.come_to_rest();
    assert_eq!(heard(&world, ALEX).len(), 4);
    let last = more.last().expect("the last");
    assert_eq!(state(&world, DARREN, *last), State::Dead);
}
