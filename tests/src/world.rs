//! A little world in a box: people with real stores and the node's real decisions, on a wire and a clock of its own.
//!
//! Nothing here waits, sleeps or opens a socket. The wire loses, repeats, delays and so reorders, and people crash, all by the
//! dice of one seed; the same seed gives the same history.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ai2ai::config::{Limits, Privacy};
use ai2ai::courier::{Batch, Effect, Me, Meeting, Own, Step, Stop, Turn, due, inward, keyring};
use ai2ai::exit::Failure;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::Sender;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::key::{AgentKey, OwnerKey};
use ai2ai_protocol::limits::{BATCH_ENVELOPES, DELEGATION_LIFE, ENVELOPE_LIFE};
use ai2ai_protocol::receipt::Receipts;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::{Keep, Store, cards, outbox};
use libp2p::identity::Keypair;
use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};

/// What the wire and the people do wrong, in parts of a hundred.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// Parcels that are lost.
    pub lost: u32,
    /// Parcels that come twice.
    pub repeated: u32,
    /// Steps at which somebody crashes, and forgets what was not committed.
    pub crashes: u32,
}

/// How long a parcel is under way at most.
const LONGEST_WAY: u64 = 400;
/// After this, a sender gives up waiting for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Steps after which a world that does not come to rest is at fault.
const STEPS: usize = 20_000;

/// Somebody in the world.
pub struct Person {
    /// What they are called.
    pub name: String,
    /// Who their node is.
    pub me: Me,
    /// Their owner key's seed: the human behind the approvals.
    owner: [u8; 32],
    /// What their node remembers.
    pub store: Store,
    own: Own,
    waiting: BTreeMap<u64, Batch>,
    /// Nothing can be handed to them: who tries knows that nothing left.
    pub asleep: bool,
}

impl Person {
    /// The owner's key.
    pub fn owner(&self) -> OwnerKey {
        OwnerKey::from_seed(&self.owner)
    }
}

#[derive(Debug, Clone)]
enum Parcel {
    Batch { from: usize, to: usize, number: u64, bytes: Vec<u8> },
    Answer { from: usize, to: usize, number: u64, bytes: Vec<u8> },
    GiveUp { who: usize, number: u64 },
}

/// The world.
pub struct World {
    /// Who lives in it.
    pub people: Vec<Person>,
    /// What time it is.
    pub now: Timestamp,
    /// What goes wrong in it from now on.
    pub faults: Faults,
    dice: StdRng,
    wire: BTreeMap<(Timestamp, u64), Parcel>,
    wanted: BTreeSet<(usize, Did)>,
    next: u64,
}

impl World {
    /// A world with these people, who do not know each other.
    pub fn new(seed: u64, names: &[&str], faults: Faults) -> Self {
        Self::at(Timestamp::from_millis(1_770_000_000_000), seed, names, faults)
    }

    /// The same, beginning at this moment.
    pub fn at(now: Timestamp, seed: u64, names: &[&str], faults: Faults) -> Self {
        println!("world of seed {seed}");
        let mut world = Self {
            people: Vec::new(),
            now,
            faults,
            dice: StdRng::seed_from_u64(seed),
            wire: BTreeMap::new(),
            wanted: BTreeSet::new(),
            next: 0,
        };
        for name in names {
            world.is_born(name);
        }
        world
    }

    fn is_born(&mut self, name: &str) {
        let owner: [u8; 32] = self.dice.random();
        let key = AgentKey::from_seed(&self.dice.random());
        let human = OwnerKey::from_seed(&owner);
        let delegation = Delegation::sign(&human, &key.public(), 1, self.now, self.now + DELEGATION_LIFE);
        let sender = Sender {
            agent: format!("{}-assistant", name.to_lowercase()).parse().expect("an agent's name"),
            human: name.parse().expect("a person's name"),
            did: human.did(),
            key,
            delegation,
        };
        let node_key: [u8; 32] = self.dice.random();
        let node = Keypair::ed25519_from_bytes(node_key).expect("a node key");
        let me = Me {
            sender,
            peer: node.public().to_peer_id().to_string(),
            has_pin: true,
            limits: Limits::default(),
            privacy: Privacy::default(),
        };
        let person = Person {
            name: name.to_owned(),
            me,
            owner,
            store: Store::in_memory(),
            own: Own::default(),
            waiting: BTreeMap::new(),
            asleep: false,
        };
        self.people.push(person);
        let who = self.people.len() - 1;
        let own = self.turn(who, |turn| {
            let card = turn.renew_card(Vec::new())?;
            Ok(Own { card: Some(card), prekeys: keyring(turn.view())? })
        });
        self.people[who].own = own.expect("a card");
    }

    /// Somebody's agent has a new key by its owner's word, and their node begins anew. Gives what a thief of the old key has.
    ///
    /// # Panics
    /// When the node can't begin.
    pub fn renews_key(&mut self, who: usize) -> Sender {
        let key = AgentKey::from_seed(&self.dice.random());
        let person = &mut self.people[who];
        let sequence = person.me.sender.delegation.sequence() + 1;
        let begin = self.now.whole_second() - ENVELOPE_LIFE;
        let delegation = Delegation::sign(&person.owner(), &key.public(), sequence, begin, begin + DELEGATION_LIFE);
        let sender = &mut person.me.sender;
        let old = Sender {
            agent: sender.agent.clone(),
            human: sender.human.clone(),
            did: sender.did,
            key: std::mem::replace(&mut sender.key, key),
            delegation: std::mem::replace(&mut sender.delegation, delegation),
        };
        let own = self.turn(who, |turn| {
            turn.begin()?;
            let card = turn.renew_card(Vec::new())?;
            Ok(Own { card: Some(card), prekeys: keyring(turn.view())? })
        });
        self.people[who].own = own.expect("it begins");
        old
    }

    /// The place of somebody.
    pub fn who(&self, name: &str) -> usize {
        self.people.iter().position(|person| person.name == name).expect("somebody of that name")
    }

    /// Somebody's node is this peer at these addresses, and their card says so.
    ///
    /// # Panics
    /// When no card can be made of that.
    pub fn lives_at(&mut self, who: usize, peer: &str, addresses: Vec<String>) {
        peer.clone_into(&mut self.people[who].me.peer);
        let own = self.turn(who, |turn| {
            let card = turn.renew_card(addresses)?;
            Ok(Own { card: Some(card), prekeys: keyring(turn.view())? })
        });
        self.people[who].own = own.expect("a card");
    }

    /// The card that somebody shows.
    pub fn card_of(&self, who: usize) -> Card {
        self.people[who].own.card.clone().expect("a card")
    }

    /// Two people add each other.
    pub fn introduce(&mut self, a: usize, b: usize) {
        for (who, other) in [(a, b), (b, a)] {
            self.adds(who, other);
        }
    }

    /// One adds another, who may not know.
    pub fn adds(&mut self, who: usize, other: usize) {
        let (card, met) = (self.card_of(other), "world".to_owned());
        let meeting = Meeting { card, met, addresses: Vec::new(), domain: None, dnssec: None };
        self.turn(who, move |turn| turn.add(&meeting, None)).expect("added");
    }

    /// Somebody learns another's card without making them a contact.
    pub fn sees_card(&mut self, who: usize, other: usize) {
        let card = self.card_of(other);
        self.turn(who, move |turn| turn.learn(&card)).expect("learned");
    }

    /// What somebody's node finds in a batch, before it decides.
    pub fn opens(&self, who: usize, batch: &[u8]) -> Vec<inward::Opened> {
        let person = &self.people[who];
        inward::open_all(batch, &person.me, &person.own, self.now)
    }

    /// Takes a turn of somebody's node.
    ///
    /// # Errors
    /// What the node refuses.
    pub fn turn<T>(&mut self, who: usize, act: impl FnOnce(&mut Turn<'_, '_>) -> Step<T>) -> Result<T, Failure> {
        let Self { people, dice, now, .. } = self;
        let Person { store, me, .. } = &people[who];
        let (value, effects) = store
            .write_keeping(|tx| {
                let mut turn = Turn::new(me, tx, *now, dice);
                let value = act(&mut turn)?;
                Ok::<_, Stop>(((value, turn.take_effects()), Keep::OnDisk))
            })
            .map_err(Stop::into_failure)?;
        for effect in effects {
            if let Effect::Deliver(to) = effect {
                self.wanted.insert((who, to));
            }
        }
        Ok(value)
    }

    /// Lets the world go on until nothing more happens by itself.
    pub fn come_to_rest(&mut self) {
        for _ in 0..STEPS {
            self.send_what_is_wanted();
            if !self.step() {
                return;
            }
        }
        panic!("the world does not come to rest");
    }

    /// Everything that is wanted is sent, while no time passes.
    pub fn tries(&mut self) {
        self.send_what_is_wanted();
    }

    /// Lets one thing happen, or a little time pass.
    pub fn let_time_pass(&mut self) {
        self.send_what_is_wanted();
        self.step();
    }

    /// One thing happens: a parcel arrives, or time passes until something is due.
    fn step(&mut self) -> bool {
        if self.dice.random_range(0..100) < self.faults.crashes {
            self.somebody_crashes();
        }
        let parcel_at = self.wire.keys().next().map(|(at, _)| *at);
        let due_at = self.next_due();
        match (parcel_at, due_at) {
            (Some(parcel), Some(due)) if due < parcel => self.pass_to(due),
            (Some(_), _) => self.next_parcel(),
            (None, Some(due)) => self.pass_to(due),
            (None, None) => return !self.wanted.is_empty(),
        }
        true
    }

    fn pass_to(&mut self, moment: Timestamp) {
        self.now = self.now.max(moment) + Duration::from_millis(1);
        for who in 0..self.people.len() {
            let tx = self.people[who].store.read().expect("a look");
            for row in outbox::due(&tx, self.now, 1_000).expect("what is due") {
                self.wanted.insert((who, row.to));
            }
        }
    }

    /// When something is tried next. What waits behind another message of its conversation is not.
    fn next_due(&self) -> Option<Timestamp> {
        let of = |person: &Person| {
            let mut begun = BTreeSet::new();
            let waiting = outbox::waiting(&person.store.read().expect("a look"), usize::MAX).expect("what waits");
            let first = waiting.into_iter().filter(|row| begun.insert(row.conversation));
            first.filter_map(|row| row.delivery.next_attempt_at()).min()
        };
        self.people.iter().filter(|person| person.waiting.is_empty()).filter_map(of).min()
    }

    fn send_what_is_wanted(&mut self) {
        for (who, to) in std::mem::take(&mut self.wanted) {
            let busy = self.people[who].waiting.values().any(|batch| batch.to() == &to);
            if busy {
                continue;
            }
            self.send(who, to);
        }
    }

    fn send(&mut self, who: usize, to: Did) {
        let person = &self.people[who];
        let tx = person.store.read().expect("a look");
        let waiting =
            due(&tx, person.me.did(), &to, self.now, BATCH_ENVELOPES).map_err(Stop::into_failure).expect("what is due");
        let card = cards::get(&tx, &to).expect("a look").and_then(|row| Card::read(&row.bytes).ok());
        let recipient = self.people.iter().position(|person| person.me.did() == &to);
        let (false, Some(card), Some(recipient)) = (waiting.is_empty(), card, recipient) else { return };
        let ids: Vec<MessageId> = waiting.iter().map(|due| due.id).collect();
        if self.people[recipient].asleep {
            self.turn(who, |turn| turn.unreached(&ids, "asleep")).expect("noted");
            return;
        }
        let stays: Vec<MessageId> = waiting.iter().filter(|due| due.stays).map(|due| due.id).collect();
        self.turn(who, |turn| turn.attempted(&stays)).expect("noted");
        let prekey = card.nodes()[0].prekeys[0].clone();
        let batch = Batch::seal(&waiting, to, &prekey, &mut self.dice).expect("a good prekey");
        let number = self.number();
        let bytes = batch.bytes();
        self.people[who].waiting.insert(number, batch);
        self.put(Parcel::Batch { from: who, to: recipient, number, bytes });
        let give_up = (self.now + PATIENCE, self.number());
        self.wire.insert(give_up, Parcel::GiveUp { who, number });
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Puts a parcel on the wire, which may lose it or bring it twice.
    fn put(&mut self, parcel: Parcel) {
        let copies = match self.dice.random_range(0..100) {
            roll if roll < self.faults.lost => 0,
            roll if roll < self.faults.lost + self.faults.repeated => 2,
            _ => 1,
        };
        for _ in 0..copies {
            let delay = Duration::from_millis(self.dice.random_range(1..LONGEST_WAY));
            let key = (self.now + delay, self.number());
            self.wire.insert(key, parcel.clone());
        }
    }

    fn next_parcel(&mut self) {
        let Some(((at, _), parcel)) = self.wire.pop_first() else { return };
        self.now = self.now.max(at);
        match parcel {
            Parcel::Batch { from, to, number, bytes } => {
                let person = &self.people[to];
                let opened = inward::open_all(&bytes, &person.me, &person.own, self.now);
                let receipts = self.turn(to, |turn| inward::take_in(turn, &opened)).expect("receipts");
                let person = &self.people[to];
                let bytes = inward::answer(&receipts, &person.me, &person.own, self.now);
                self.put(Parcel::Answer { from: to, to: from, number, bytes });
            }
            Parcel::Answer { from, to, number, bytes } => {
                let Some(batch) = self.people[to].waiting.remove(&number) else { return };
                let did = *self.people[from].me.did();
                let receipts = Receipts::read(&bytes, &did).expect("receipts that verify");
                self.turn(to, |turn| batch.settle(turn, &receipts)).expect("settled");
                self.wanted.insert((to, did));
            }
            Parcel::GiveUp { who, number } => self.gives_up(who, number),
        }
    }

    fn gives_up(&mut self, who: usize, number: u64) {
        if let Some(batch) = self.people[who].waiting.remove(&number) {
            let ids: Vec<MessageId> = batch.ids().copied().collect();
            self.turn(who, |turn| turn.failed(&ids, "no answer")).expect("noted");
        }
    }

    /// What somebody knew and had not committed is gone; what they had sent is on the wire.
    fn somebody_crashes(&mut self) {
        let who = self.dice.random_range(0..self.people.len());
        self.people[who].waiting.clear();
        self.turn(who, |turn| turn.recover()).expect("recovered");
        let tx = self.people[who].store.read().expect("a look");
        for row in outbox::all(&tx).expect("the outbox") {
            self.wanted.insert((who, row.to));
        }
    }

    /// Somebody is there again, and everybody sees it.
    pub fn wakes(&mut self, who: usize) {
        self.people[who].asleep = false;
        let did = *self.people[who].me.did();
        for other in (0..self.people.len()).filter(|other| *other != who) {
            self.turn(other, |turn| turn.hurry(&did)).expect("hurried");
        }
    }

    /// Everything on the wire is lost, and nobody waits for an answer any more.
    pub fn loses_what_is_under_way(&mut self) {
        self.wire.clear();
        self.people.iter_mut().for_each(|person| person.waiting.clear());
    }

    /// A roll of the world's dice, below `sides`.
    pub fn roll(&mut self, sides: u32) -> u32 {
        self.dice.next_u32() % sides
    }
}
