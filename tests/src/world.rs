//! A little world in a box: people with real stores and the node's real decisions, on a wire and a clock of its own.
//!
//! Nothing here waits, sleeps or opens a socket. The wire loses, repeats, delays and so reorders, and people crash, all by the
//! dice of one seed; the same seed gives the same history.

mod people;
mod wire;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use ai2ai_api::exit::Failure;
use ai2ai_core::context::Me;
use ai2ai_core::event::Effect;
use ai2ai_core::inbound::batch::Opened;
use ai2ai_core::outbound::due;
use ai2ai_core::txn::{Step, Stop, Txn};
use ai2ai_engine::context::Own;
use ai2ai_engine::delivery::batch::Batch;
use ai2ai_engine::explain::explain;
use ai2ai_engine::inbound::batch;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::key::OwnerKey;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::{Keep, Store};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use wire::Parcel;

/// Faults of the wire and the people, in parts of a hundred.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// Parcels that are lost.
    pub lost: u32,
    /// Parcels that come twice.
    pub repeated: u32,
    /// Steps at which somebody crashes, and forgets what was not committed.
    pub crashes: u32,
}

/// Steps after which a world that does not come to rest is at fault.
const STEPS: usize = 20_000;

/// A person in the world.
pub struct Person {
    /// Their name.
    pub name: String,
    /// Identity of their node.
    pub me: Me,
    /// Their owner key's seed: the human behind the approvals.
    owner: [u8; 32],
    /// Store of their node.
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

/// The world.
pub struct World {
    /// People who live in it.
    pub people: Vec<Person>,
    /// The time.
    pub now: Timestamp,
    /// Faults from now on.
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

    /// The place of somebody.
    pub fn who(&self, name: &str) -> usize {
        self.people.iter().position(|person| person.name == name).expect("somebody of that name")
    }

    /// Returns what somebody's node finds in a batch, before it decides.
    pub fn opens(&self, who: usize, batch: &[u8]) -> Vec<Opened> {
        let person = &self.people[who];
        batch::open_all(batch, &person.me, &person.own, self.now)
    }

    /// Takes a turn of somebody's node.
    ///
    /// # Errors
    /// What the node refuses.
    pub fn transact<T>(&mut self, who: usize, act: impl FnOnce(&mut Txn<'_, '_>) -> Step<T>) -> Result<T, Failure> {
        let Self { people, dice, now, .. } = self;
        let Person { store, me, .. } = &people[who];
        let (value, effects) = store
            .write_keeping(|tx| {
                let mut txn = Txn::new(me, tx, *now, dice);
                let value = act(&mut txn)?;
                Ok::<_, Stop>(((value, txn.take_effects()), Keep::OnDisk))
            })
            .map_err(explain)?;
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
            wire::send_what_is_wanted(self);
            if !wire::step(self) {
                return;
            }
        }
        panic!("the world does not come to rest");
    }

    /// Everything that is wanted is sent, while no time passes.
    pub fn tries(&mut self) {
        wire::send_what_is_wanted(self);
    }

    /// Lets one thing happen, or a little time pass.
    pub fn let_time_pass(&mut self) {
        wire::send_what_is_wanted(self);
        wire::step(self);
    }

    /// Brings somebody back, and everybody sees it.
    pub fn wakes(&mut self, who: usize) {
        self.people[who].asleep = false;
        let did = *self.people[who].me.did();
        for other in (0..self.people.len()).filter(|other| *other != who) {
            self.transact(other, |txn| due::hurry(txn, &did)).expect("hurried");
        }
    }

    /// A roll of the world's dice, below `sides`.
    pub fn roll(&mut self, sides: u32) -> u32 {
        self.dice.next_u32() % sides
    }
}
