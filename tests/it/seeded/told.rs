//! The truth about what was sent, and no more than that.
//!
//! | room | what is told |
//! |---|---|
//! | `replays` | a repeat is known, whatever happened since |
//! | `receipts` | who may say that something arrived, and what is tried until somebody does |
//! | `reading`, `unanswered` | what was read, and what nobody answered |
//! | `clocks` | clocks that differ and jump |
//! | `rates` | how much is too much, and when to come again |

mod clocks;
mod rates;
mod reading;
mod receipts;
mod replays;
mod unanswered;

use std::time::Duration;

use ai2ai_core::content::Words;
use ai2ai_core::inbound::receive;
use ai2ai_core::outbound::compose::Said;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::Side;
use ai2ai_protocol::delivery::State;
use ai2ai_protocol::envelope::{Draft, Kind, VerifiedEnvelope};
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::{conversations, messages, outbox};
use ai2ai_tests::world::{Faults, World};

const NO_FAULTS: Faults = Faults { lost: 0, repeated: 0, crashes: 0 };
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
    world.says(who, other, None, Words::message(text)).expect("said")
}

/// An envelope of one to another, written at some moment and valid for some time.
fn envelope(world: &World, from: usize, to: usize, n: u8, at: Timestamp, life: Duration) -> VerifiedEnvelope {
    let payload = [("text".to_owned(), format!("number {n}").into())].into_iter().collect();
    let expires_at = at.whole_second() + life;
    world.signed(from, to, Draft { expires_at, payload, ..world.draft(to, n, at) })
}

/// An envelope in which one tells another what became of something.
fn notice(world: &World, from: usize, to: usize, n: u8, payload: Object) -> VerifiedEnvelope {
    let intent = "node.receipt".parse().expect("an intent");
    world.signed(from, to, Draft { kind: Kind::Receipt, intent, payload, ..world.draft(to, n, world.now) })
}

fn arrives(world: &mut World, who: usize, envelope: &VerifiedEnvelope) -> Receipt {
    world.transact(who, |txn| receive::arrive(txn, envelope)).expect("a receipt")
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
