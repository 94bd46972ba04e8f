//! A carrier who repeats what was said: everything ten times, in any order, in any batch, over several connections at once.
//!
//! Two honest people talk, and whoever carried their envelopes kept them. While they talk on, all of it comes again, sealed
//! anew, from nodes that neither of them knows; and so do the words of a contact who does the same with his own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use ai2ai_api::requests;
use ai2ai_protocol::batch::write_batch;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::Side;
use ai2ai_protocol::envelope::{Content, Kind};
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::limits::BATCH_ENVELOPES;
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_protocol::seal::seal;
use ai2ai_store::{Store, conversations, messages};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::fault::Fault;
use super::load::Load;
use super::pair::Pair;
use super::row::Row;
use super::{AFTERWARDS, REST, law, memory::Memory};
use crate::laptop::Laptop;
use crate::rogue::{Rogue, Victim};

/// Number of times that everything comes.
const COPIES: usize = 10;
/// Nodes that bring it.
const CARRIERS: u8 = 4;
/// Conversations of the contact, and messages in each.
const OWN: (u8, u8) = (3, 12);
/// Name in the table.
const NAME: &str = "repeats, shuffled";

/// Runs so many rounds.
///
/// # Panics
/// When a node can't be started, or a repeat is answered otherwise than the first time.
#[must_use]
pub fn run(rounds: u32) -> Row {
    let mut row = Row::new(NAME);
    for round in 0..rounds {
        let seed = super::seed().wrapping_add(u64::from(round));
        println!("fault-lab: {NAME} of seed {seed}, {COPIES} copies");
        let begun = Instant::now();
        let folder = tempfile::Builder::new().prefix("ai2ai-lab-").tempdir().expect("a temporary folder");
        let mut pair = neighbours(&folder);
        let first = Load::begins(&pair, Fault::Restart, seed);
        std::thread::sleep(AFTERWARDS * 4);
        let mut told = first.ends(&pair).told();
        let mut waiting = pair.comes_to_rest(REST);
        let _ = pair.stops(std::time::Duration::ZERO);
        let captured = [0, 1].map(|side| said_by(&pair.laptops()[side]));
        for side in [0, 1] {
            pair.laptop(side).up();
        }
        let second = Load::begins(&pair, Fault::Restart, seed.wrapping_add(1 << 32));
        let own = pair.runtime().block_on(everything_again(&pair, &captured, seed));
        let ledger = second.ends(&pair);
        told.extend(ledger.told());
        waiting += pair.comes_to_rest(REST);
        let memories = pair.stops(std::time::Duration::ZERO);
        let mut verdict = law::judge(&memories, &told);
        verdict.acknowledged += own.len();
        came_once(&mut verdict, &pair, &own);
        row.add(u32::try_from(COPIES).unwrap_or(u32::MAX), verdict, waiting, ledger.surprises(), begun.elapsed());
    }
    row
}

/// Two on loopback who have added each other by hand.
fn neighbours(folder: &TempDir) -> Pair {
    let mut pair = Pair::of(["alex", "sam"].map(|name| Laptop::on_loopback(name, folder.path())));
    for side in [0, 1] {
        pair.laptop(side).init_without_pin();
        pair.laptop(side).up();
    }
    for side in [0, 1] {
        let who = address(&pair, 1 - side);
        let added = pair.runtime().block_on(pair.door(side).lines(requests::Add { who, name: None }));
        added.expect("who answers at an address is added");
    }
    pair
}

/// Returns where a node listens, as somebody types it.
fn address(pair: &Pair, side: usize) -> String {
    let status = pair.runtime().block_on(pair.door(side).lines(requests::Status {})).expect("a status");
    status[0]["listen"][0].as_str().expect("an address").to_owned()
}

/// Every envelope that a stopped node has ever signed.
fn said_by(laptop: &Laptop) -> Vec<Content> {
    let store = Store::open(&laptop.memory()).expect("what a node has written opens");
    let tx = store.read().expect("a look");
    let talks = conversations::latest(&tx, usize::MAX).expect("conversations");
    let said = talks.iter().flat_map(|talk| messages::of(&tx, &talk.id).expect("messages"));
    let mine = said.filter(|message| message.side == Side::Us);
    mine.map(|message| Content::of_stored(&message.bytes).expect("an envelope")).collect()
}

/// Words of a contact that they were told are accepted.
type Own = BTreeSet<MessageId>;

/// Everything that was captured comes again; so does everything that Mallory says to Sam.
async fn everything_again(pair: &Pair, captured: &[Vec<Content>; 2], seed: u64) -> Own {
    let mut carriers = Vec::new();
    for number in 0..CARRIERS {
        carriers.push(Rogue::appears(100 + 4 * number).await);
    }
    let mallory = &carriers[0];
    let add = requests::Add { who: mallory.address(), name: Some("Mallory".to_owned()) };
    pair.door(1).ask(add).await.expect("Mallory is added");
    let mut dice = StdRng::seed_from_u64(seed);
    let mut victims = Vec::new();
    for side in [0, 1] {
        victims.push(meets(pair, &carriers, side).await);
    }
    let own = words_of(mallory, &victims[1][0]);
    let to_sam: Vec<&Content> = captured[0].iter().chain(&own).collect();
    let to_alex: Vec<&Content> = captured[1].iter().collect();
    let mut shots = shuffled(&to_sam, 1, &mut dice);
    shots.extend(shuffled(&to_alex, 0, &mut dice));
    shots.shuffle(&mut dice);
    let receipts = fires(carriers, victims, shots, &mut dice).await;
    let mine: BTreeSet<MessageId> = own.iter().map(|content| content.id()).collect();
    let accepted = answered_alike(&receipts);
    mine.into_iter().filter(|id| accepted.contains(id)).collect()
}

/// Each carrier gets the card of one side.
async fn meets(pair: &Pair, carriers: &[Rogue], side: usize) -> Vec<Victim> {
    let status = pair.door(side).lines(requests::Status {}).await.expect("a status");
    let listen = status[0]["listen"][0].as_str().and_then(|address| address.split_once("/p2p/"));
    let (address, peer) = listen.expect("an address");
    let mut victims = Vec::new();
    for carrier in carriers {
        victims.push(carrier.meets(peer, address).await);
    }
    victims
}

/// Returns what Mallory says: a few conversations of plain talk.
fn words_of(mallory: &Rogue, to: &Victim) -> Vec<Content> {
    let (talks, length) = OWN;
    let conversation = |number| ConversationId::new(ai2ai_api::clock::now(), [number; 10]);
    let pairs = (0..talks).flat_map(|talk| (0..length).map(move |place| (talk, place)));
    let envelope = |(talk, place)| {
        let words: Value = json!({ "text": format!("{place} in {talk}, of Mallory") });
        let words: Object = words.as_object().cloned().expect("an object");
        let draft = mallory.draft(to, conversation(talk), Kind::Message, words);
        (*mallory.signs(draft)).clone()
    };
    pairs.map(envelope).collect()
}

/// A batch for one side.
struct Shot {
    side: usize,
    contents: Vec<Content>,
}

/// All of it, so many times, in any order, cut into batches of any size.
fn shuffled(contents: &[&Content], side: usize, dice: &mut StdRng) -> Vec<Shot> {
    let mut all: Vec<Content> = (0..COPIES).flat_map(|_| contents.iter().map(|content| (*content).clone())).collect();
    all.shuffle(dice);
    let mut shots = Vec::new();
    while !all.is_empty() {
        let size = dice.random_range(1..=BATCH_ENVELOPES.min(all.len()));
        shots.push(Shot { side, contents: all.split_off(all.len() - size) });
    }
    shots
}

/// Every carrier shoots what falls to it, all at once; gives all receipts.
async fn fires(carriers: Vec<Rogue>, victims: Vec<Vec<Victim>>, shots: Vec<Shot>, dice: &mut StdRng) -> Vec<Receipt> {
    let mut piles: Vec<Vec<Shot>> = carriers.iter().map(|_| Vec::new()).collect();
    for shot in shots {
        let pile = dice.random_range(0..piles.len());
        piles[pile].push(shot);
    }
    let mut targets: Vec<Vec<Victim>> = carriers.iter().map(|_| Vec::new()).collect();
    for side in victims {
        targets.iter_mut().zip(side).for_each(|(target, victim)| target.push(victim));
    }
    let mut tasks = JoinSet::new();
    for ((carrier, pile), targets) in carriers.into_iter().zip(piles).zip(targets) {
        tasks.spawn(async move {
            let mut receipts = Vec::new();
            for shot in pile {
                receipts.extend(carrier.brings(&targets[shot.side], &shot.contents).await);
            }
            receipts
        });
    }
    tasks.join_all().await.into_iter().flatten().collect()
}

impl Rogue {
    /// Brings envelopes, whoever signed them, sealed anew; the receipts.
    async fn brings(&self, to: &Victim, contents: &[Content]) -> Vec<Receipt> {
        let prekey = to.card.nodes()[0].prekey(ai2ai_api::clock::now()).expect("a prekey");
        let sealed = contents.iter().map(|content| seal(content, prekey, &mut rand::rng()).expect("sealed"));
        let batch = write_batch(&sealed.collect::<Vec<_>>());
        self.sends_bytes(to, batch).await.map(|receipts| receipts.list().to_vec()).unwrap_or_default()
    }
}

/// Every repeat was answered as the first one was, save that it may have been asked to come later. Gives what was accepted.
fn answered_alike(receipts: &[Receipt]) -> BTreeSet<MessageId> {
    let mut answers: BTreeMap<MessageId, &Receipt> = BTreeMap::new();
    for receipt in receipts {
        if matches!(receipt.outcome, Outcome::Refused(code) if code.is_passing() || code == Code::Internal) {
            continue;
        }
        let id = receipt.id.expect("it verified, so its receipt names it");
        let first = answers.entry(id).or_insert(receipt);
        assert_eq!(*first, receipt, "a repeat of {id} was answered otherwise than it was before");
    }
    println!("fault-lab: {} receipts for {} envelopes, each time the same", receipts.len(), answers.len());
    answers.into_iter().filter(|(_, receipt)| receipt.outcome == Outcome::Accepted).map(|(id, _)| id).collect()
}

/// Checks that what Sam has of Mallory is what was accepted, once each.
fn came_once(verdict: &mut law::Verdict, pair: &Pair, own: &Own) {
    let mallory = ai2ai_protocol::key::OwnerKey::from_seed(&[100; 32]).did();
    let sam = &pair.laptops()[1];
    let memory = Memory::read("sam", &sam.memory(), &mallory, ai2ai_api::clock::now());
    let mut heard = BTreeSet::new();
    for said in memory.talks.values().flat_map(|talk| &talk.said) {
        if !heard.insert(said.id) {
            verdict.duplicated.push(format!("sam has {} of Mallory more than once", said.id));
        }
        if !own.contains(&said.id) {
            verdict.invented.push(format!("sam has {} of Mallory, and never accepted it", said.id));
        }
    }
    let missing = own.iter().filter(|id| !heard.contains(id));
    verdict.lost.extend(missing.map(|id| format!("sam accepted {id} of Mallory, and does not have it")));
}
