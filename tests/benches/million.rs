//! What the owner and the network ask of a store with ten thousand messages, and of one with a million: each may cost no
//! more than twice as much.
//!
//! `cargo bench -p ai2ai-tests --bench million`; other sizes: `-- SMALL LARGE`.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use ai2ai_api::settings::{Limits, Privacy};
use ai2ai_api::views::View as _;
use ai2ai_core::content::Words;
use ai2ai_core::context::Me;
use ai2ai_core::inbound::admission::admit;
use ai2ai_core::inbound::receive;
use ai2ai_core::lookup;
use ai2ai_core::lookup::LISTED;
use ai2ai_core::outbound::compose;
use ai2ai_core::people::contacts::Introduction;
use ai2ai_core::people::own_card;
use ai2ai_core::txn::{Step, Stop, Txn};
use ai2ai_core::view::{conversation, item};
use ai2ai_engine::explain::explain;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::conversation::{Act, Conversation, Side};
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::delivery::{Delivery, DeliveryEvent};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::{Draft, Kind, Recipient, Sender, VerifiedEnvelope, verify};
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::key::{AgentKey, OwnerKey};
use ai2ai_protocol::limits::{DELEGATION_LIFE, ENVELOPE_LIFE_DEFAULT};
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::conversations::{ConversationRow, LastHeard};
use ai2ai_store::messages::MessageRow;
use ai2ai_store::outbox::OutboxRow;
use ai2ai_store::replay::SeenRow;
use ai2ai_store::wire::Wire;
use ai2ai_store::{Keep, Store, contacts, conversations, inbox, messages, outbox, quarantine, replay};
use libp2p::identity::Keypair;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Messages in each conversation that is there already.
const PER_CONVERSATION: u64 = 10;
/// Items that wait for the owner: what a listing shows at most.
const WAITING: u64 = 1_000;
/// Contacts. What waits is theirs alike.
const CONTACTS: u8 = 50;
/// Messages that one commit of the preparation keeps.
const AT_ONCE: u64 = 20_000;
/// How often each thing is measured.
const TIMES: usize = 201;
/// Messages that share a commit where they come together.
const GROUP: usize = 64;
/// How much more a million messages may cost.
const MOST: f64 = 2.0;

fn main() -> ExitCode {
    let sizes: Vec<u64> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let (small, large) = match sizes.as_slice() {
        [small, large] => (*small, *large),
        _ => (10_000, 1_000_000),
    };
    let few = measured(small);
    let many = measured(large);
    println!("\n{:<46} {small:>12} {large:>12} {:>8}", "median of 201", "ratio");
    let mut too_much = false;
    for ((what, at_few), (_, at_many)) in few.iter().zip(&many) {
        let ratio = at_many.as_secs_f64() / at_few.as_secs_f64();
        too_much |= ratio > MOST;
        println!("{what:<46} {:>9.1} µs {:>9.1} µs {ratio:>8.2}", micros(*at_few), micros(*at_many));
    }
    if too_much { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

type Figures = Vec<(&'static str, Duration)>;

fn measured(messages: u64) -> Figures {
    let home = tempfile::tempdir().expect("a directory");
    let begun = Instant::now();
    let mut bench = Bench::filled(&home.path().join("ai2ai.redb"), messages);
    let size = std::fs::metadata(home.path().join("ai2ai.redb")).expect("a file").len();
    println!("{messages} messages stored in {:.0} s, {} MiB", begun.elapsed().as_secs_f64(), size >> 20);
    vec![
        ("list what waits for the owner (1,000 items)", bench.times(Bench::lists_what_waits)),
        ("list the latest conversations (1,000)", bench.times(Bench::lists_conversations)),
        ("open a conversation by its id", bench.times(Bench::opens_a_conversation)),
        ("open a conversation by the beginning of its id", bench.times(Bench::opens_by_prefix)),
        ("accept a message alone, with its commit", bench.times(Bench::accepts_one)),
        ("accept 64 messages in one commit, each", bench.times(Bench::accepts_many) / 64),
        ("send a message, with its commit", bench.times(Bench::sends)),
        ("answer a repeat from the replay table", bench.times(Bench::hears_again)),
        ("look for what is due, as every second", bench.times(Bench::sweeps)),
    ]
}

struct Bench {
    me: Me,
    them: Sender,
    store: Store,
    dice: StdRng,
    now: Timestamp,
    conversations: Vec<ConversationId>,
    repeated: VerifiedEnvelope,
}

impl Bench {
    /// The median time of a piece of work; what it does before it begins to count is not counted.
    fn times(&mut self, work: fn(&mut Self) -> Duration) -> Duration {
        let mut times: Vec<Duration> = (0..TIMES).map(|_| work(self)).collect();
        times.sort_unstable();
        times[TIMES / 2]
    }

    fn filled(path: &Path, messages: u64) -> Self {
        let mut dice = StdRng::seed_from_u64(1);
        let now = Timestamp::from_millis(1_770_000_000_000);
        let me = person("alex", now, &mut dice);
        let them = person("sam", now, &mut dice);
        let node = Keypair::ed25519_from_bytes([7_u8; 32]).expect("a node key");
        let peer = node.public().to_peer_id().to_string();
        let limits = Limits { messages_per_minute: 1_000_000, ..Limits::default() };
        let privacy = Privacy::default();
        let me = Me { sender: me, peer, has_pin: false, limits, privacy };
        let store = Store::open(path).expect("a store");
        let envelope = signed(&them, &me, now, ConversationId::new(now, dice.random()), &mut dice);
        let mut bench = Self { me, them, store, dice, now, conversations: Vec::new(), repeated: envelope };
        bench.meets_everybody();
        bench.fill(messages);
        let repeated = bench.repeated.clone();
        bench.transact(|txn| receive::arrive(txn, &repeated));
        bench
    }

    fn transact<T>(&mut self, act: impl FnOnce(&mut Txn<'_, '_>) -> Step<T>) -> T {
        self.turn_keeping(Keep::OnDisk, act)
    }

    fn turn_keeping<T>(&mut self, keep: Keep, act: impl FnOnce(&mut Txn<'_, '_>) -> Step<T>) -> T {
        let Self { store, me, dice, now, .. } = self;
        let done = store.write_keeping(|tx| Ok::<_, Stop>((act(&mut Txn::new(me, tx, *now, dice))?, keep)));
        done.map_err(explain).expect("taken")
    }

    /// Everybody is a contact; Sam by a real card.
    fn meets_everybody(&mut self) {
        let limits = self.me.limits;
        let privacy = self.me.privacy;
        let them = Me { sender: clone(&self.them), peer: self.me.peer.clone(), has_pin: false, limits, privacy };
        let other = Store::in_memory();
        let now = self.now;
        let card = other.write_keeping(|tx| {
            let mut txn = Txn::new(&them, tx, now, &mut self.dice);
            Ok::<(Card, Keep), Stop>((own_card::renew(&mut txn, Vec::new())?, Keep::Nothing))
        });
        let card = card.map_err(explain).expect("a card");
        let meeting = Introduction { card, met: "bench".to_owned(), addresses: Vec::new(), domain: None, dnssec: None };
        self.transact(|txn| admit(txn, &meeting, None));
        let sam = contacts::all(&self.store.read().expect("a view")).expect("contacts").remove(0);
        let kept = self.store.write(|tx| {
            (1..CONTACTS).try_for_each(|n| {
                let did = Did::from_bytes([n; 32]);
                let name = format!("contact {n}");
                contacts::put(tx, &contacts::ContactRow { did, name, ..sam.clone() })
            })
        });
        kept.expect("kept");
    }

    /// Puts messages where the courier would have put them, with all that belongs to them.
    fn fill(&mut self, messages: u64) {
        let conversations = messages / PER_CONVERSATION;
        let year = 365 * 24 * 3_600 * 1_000;
        let mut made = 0;
        while made < conversations {
            let until = conversations.min(made + AT_ONCE / PER_CONVERSATION);
            let store = self.store.clone();
            let kept = store.write(|tx| {
                for number in made..until {
                    let ago = Duration::from_millis(year - year * number / conversations);
                    self.fill_conversation(tx, self.now - ago, number + WAITING >= conversations);
                }
                Ok(())
            });
            kept.expect("kept");
            made = until;
        }
    }

    fn fill_conversation(&mut self, tx: &ai2ai_store::Write, at: Timestamp, waits: bool) {
        let id = ConversationId::new(at, self.dice.random());
        let with = match self.dice.random_range(0..CONTACTS) {
            0 => self.them.did,
            n => Did::from_bytes([n; 32]),
        };
        let machine = Conversation::open(Side::Them, at);
        let machine = machine.hear(MessageId::new(at, self.dice.random()), &Act::Talk, self.now, at).expect("talk");
        let row = ConversationRow {
            id,
            with,
            intent: "message.relay".parse().expect("an intent"),
            subject: Some("Dinner".to_owned()),
            machine,
            opened_at: at,
            touched_at: at,
            messages: PER_CONVERSATION,
            heard: LastHeard::Nothing,
        };
        conversations::put(tx, &row).expect("kept");
        for place in 0..PER_CONVERSATION {
            self.fill_message(tx, &row, place % 2 == 0, at + Duration::from_secs(place));
        }
        if waits {
            let item = inbox::ItemRow {
                id: ai2ai_protocol::id::ItemId::new(at, self.dice.random()),
                with,
                conversation: Some(id),
                kind: inbox::ItemKind::Incoming,
                intent: Some(row.intent),
                message: None,
                draft: None,
                summary: "Dinner".to_owned(),
                digest: Digest::of(&id.to_bytes()),
                made_at: at,
                expires_at: self.now + ENVELOPE_LIFE_DEFAULT,
            };
            inbox::put(tx, &item).expect("kept");
        }
        self.conversations.push(id);
    }

    fn fill_message(&mut self, tx: &ai2ai_store::Write, row: &ConversationRow, theirs: bool, at: Timestamp) {
        let id = MessageId::new(at, self.dice.random());
        let bytes = self.repeated.bytes().to_vec();
        let (sender, side) = if theirs { (row.with, Side::Them) } else { (*self.me.did(), Side::Us) };
        let digest = Digest::of(&id.to_bytes());
        let cleared = true;
        let read_at = None;
        let message = MessageRow { conversation: row.id, sender, id, side, digest, at, cleared, read_at, bytes };
        messages::append(tx, &message).expect("kept");
        let expires_at = at + ENVELOPE_LIFE_DEFAULT;
        if theirs {
            let receipt =
                Receipt { id: Some(id), digest, outcome: Outcome::Accepted, retry_after_s: None, state: None, at };
            let keep_until = self.now + ENVELOPE_LIFE_DEFAULT;
            replay::put(tx, &sender, &id, &SeenRow { digest, receipt, keep_until }).expect("kept");
        } else {
            let accepted = DeliveryEvent::Receipt { outcome: Outcome::Accepted, retry_after_s: None };
            let delivery = Delivery::queued(at).on(&accepted, expires_at, at, 0);
            let outgoing = OutboxRow {
                id,
                to: row.with,
                conversation: row.id,
                queued_at: at,
                expires_at,
                delivery,
                envelope: None,
            };
            outbox::put(tx, &outgoing).expect("kept");
        }
    }

    fn some_conversation(&mut self) -> ConversationId {
        self.conversations[self.dice.random_range(0..self.conversations.len())]
    }

    fn lists_what_waits(&mut self) -> Duration {
        let begun = Instant::now();
        let tx = self.store.read().expect("a view");
        let items = inbox::first(&tx, LISTED).expect("items");
        let lines: Vec<_> = items
            .into_iter()
            .filter_map(Wire::native)
            .map(|item| item::pending_view(&tx, item, None).map_err(explain).expect("a view").line())
            .collect();
        let time = begun.elapsed();
        assert_eq!(lines.len(), LISTED);
        time
    }

    fn lists_conversations(&mut self) -> Duration {
        let begun = Instant::now();
        let tx = self.store.read().expect("a view");
        let rows = conversations::latest(&tx, LISTED).expect("conversations");
        let line = |row| conversation::line(&tx, row, self.now).map_err(explain).expect("a view").line();
        let lines: Vec<_> = rows.into_iter().map(line).collect();
        let time = begun.elapsed();
        assert_eq!(lines.len(), LISTED);
        time
    }

    fn opens_a_conversation(&mut self) -> Duration {
        let id = self.some_conversation().to_string();
        self.opens(&id)
    }

    fn opens_by_prefix(&mut self) -> Duration {
        // Ids of the same minute have their first 8 characters in common; with 28, one is named.
        let id = self.some_conversation().to_string();
        self.opens(&id[..28])
    }

    fn opens(&mut self, id: &str) -> Duration {
        let begun = Instant::now();
        let tx = self.store.read().expect("a view");
        let row = lookup::conversation::find(&tx, id).map_err(explain).expect("it is there");
        let view = conversation::view(&tx, &self.me, &row, self.now, false).map_err(explain);
        let line = view.expect("a view").line();
        let time = begun.elapsed();
        assert_eq!(line["messages"].as_array().map(Vec::len), Some(10));
        time
    }

    fn comes_in(&mut self) -> VerifiedEnvelope {
        let conversation = ConversationId::new(self.now, self.dice.random());
        self.now = self.now + Duration::from_millis(5);
        signed(&self.them, &self.me, self.now, conversation, &mut self.dice)
    }

    fn accepts_one(&mut self) -> Duration {
        let envelope = self.comes_in();
        self.clears_the_table();
        let begun = Instant::now();
        let receipt = self.transact(|txn| receive::arrive(txn, &envelope));
        let time = begun.elapsed();
        assert_eq!(receipt.outcome, Outcome::Accepted);
        time
    }

    fn accepts_many(&mut self) -> Duration {
        let envelopes: Vec<_> = (0..GROUP).map(|_| self.comes_in()).collect();
        self.clears_the_table();
        let begun = Instant::now();
        let receipts = self
            .transact(|txn| envelopes.iter().map(|envelope| receive::arrive(txn, envelope)).collect::<Step<Vec<_>>>());
        let time = begun.elapsed();
        assert!(receipts.iter().all(|receipt| receipt.outcome == Outcome::Accepted));
        time
    }

    /// Sam's new items are decided, so that Sam may go on.
    fn clears_the_table(&mut self) {
        let did = self.them.did;
        let cleared = self.store.write(|tx| {
            let waiting = inbox::of_contact(tx, &did)?;
            for item in waiting.iter().rev().take(waiting.len().saturating_sub(20)) {
                inbox::remove(tx, &item.id)?;
            }
            Ok(())
        });
        cleared.expect("kept");
    }

    fn sends(&mut self) -> Duration {
        let did = self.them.did;
        let words = Words::message(&"words ".repeat(120));
        let begun = Instant::now();
        self.transact(|txn| {
            let contact = contacts::get(txn.view(), &did)?.expect("a contact");
            let conversation = txn.new_conversation();
            compose::say(txn, &contact, conversation, words, None)
        });
        begun.elapsed()
    }

    fn hears_again(&mut self) -> Duration {
        let envelope = self.repeated.clone();
        self.turn_keeping(Keep::Nothing, |txn| {
            let begun = Instant::now();
            let receipt = receive::arrive(txn, &envelope)?;
            let time = begun.elapsed();
            assert_eq!(receipt.outcome, Outcome::Accepted);
            Ok(time)
        })
    }

    fn sweeps(&mut self) -> Duration {
        let begun = Instant::now();
        let tx = self.store.read().expect("a view");
        let due = outbox::due(&tx, self.now, 256).expect("rows");
        let expired = inbox::expired(&tx, self.now).expect("items");
        let old = quarantine::has_due(&tx, self.now).expect("rows") || replay::has_due(&tx, self.now).expect("rows");
        let time = begun.elapsed();
        assert!(due.len() <= 256 && expired.is_empty() && !old);
        time
    }
}

fn person(name: &str, now: Timestamp, dice: &mut StdRng) -> Sender {
    let owner = OwnerKey::from_seed(&dice.random());
    let key = AgentKey::from_seed(&dice.random());
    let delegation =
        Delegation::sign(&owner, &key.public(), 1, now - Duration::from_secs(60), now + DELEGATION_LIFE / 2);
    Sender {
        agent: format!("{name}-assistant").parse().expect("an agent's name"),
        human: name.parse().expect("a person's name"),
        did: owner.did(),
        key,
        delegation,
    }
}

fn clone(sender: &Sender) -> Sender {
    let Sender { agent, human, did, key, delegation } = sender;
    let key = AgentKey::from_seed(&key.seed());
    Sender { agent: agent.clone(), human: human.clone(), did: *did, key, delegation: delegation.clone() }
}

/// A message of about 1 KiB.
fn signed(from: &Sender, to: &Me, now: Timestamp, conversation: ConversationId, dice: &mut StdRng) -> VerifiedEnvelope {
    let mut payload = ai2ai_protocol::canonical::Object::new();
    payload.insert("text".to_owned(), "words ".repeat(20).into());
    let draft = Draft {
        id: MessageId::new(now, dice.random()),
        timestamp: now.whole_second(),
        expires_at: now.whole_second() + ENVELOPE_LIFE_DEFAULT,
        to: Recipient { did: *to.did(), agent: None },
        conversation,
        in_reply_to: None,
        kind: Kind::Message,
        intent: "message.relay".parse().expect("an intent"),
        payload,
        approval: None,
    };
    let envelope = draft.sign(from).expect("signed");
    verify(envelope.bytes(), to.did()).expect("it verifies")
}
