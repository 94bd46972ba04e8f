//! Both users talk at once, each with several voices, until they are told to stop.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::task::JoinSet;

use super::fault::Fault;
use super::ledger::Ledger;
use super::pair::Pair;
use super::voice::Voice;

/// Voices of each user: what they say at the same moment may share a commit and a batch.
const VOICES: usize = 3;
/// Messages that one side says in one conversation at most, so that both together stay below what a conversation may have.
const SAID: u32 = 40;

/// Words of one user in each conversation.
#[derive(Debug, Default)]
pub(super) struct Topics(Mutex<BTreeMap<String, u32>>);

impl Topics {
    /// Takes room for one more message in a conversation; whether there was any.
    pub(super) fn takes_room(&self, conversation: &str) -> bool {
        let mut topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let said = topics.entry(conversation.to_owned()).or_default();
        *said += 1;
        *said <= SAID
    }
}

/// Two users who talk.
pub struct Load {
    voices: JoinSet<()>,
    stop: Arc<AtomicBool>,
    ledger: Arc<Ledger>,
}

impl Load {
    /// Both users begin to talk, as this seed has it.
    #[must_use]
    pub fn begins(pair: &Pair, fault: Fault, seed: u64) -> Self {
        let mut load = Self { voices: JoinSet::new(), stop: Arc::default(), ledger: Arc::default() };
        for side in [0, 1] {
            let topics = Arc::new(Topics::default());
            for number in 0..VOICES {
                let dice = StdRng::seed_from_u64(seed.rotate_left(8) ^ u64::from(number as u8 * 2 + side as u8 + 1));
                let voice = Voice {
                    side,
                    number,
                    door: pair.door(side),
                    to: pair.did(1 - side),
                    dice,
                    ledger: Arc::clone(&load.ledger),
                    topics: Arc::clone(&topics),
                    known: Vec::new(),
                    words: 0,
                    tale: seed,
                    fault,
                };
                let stop = Arc::clone(&load.stop);
                load.voices.spawn_on(voice.talks(move || stop.load(Ordering::Relaxed)), pair.runtime().handle());
            }
        }
        load
    }

    /// Lets everybody finish their sentence; gives what they were told.
    #[must_use]
    pub fn ends(self, pair: &Pair) -> Arc<Ledger> {
        self.stop.store(true, Ordering::Relaxed);
        let outcomes = pair.runtime().block_on(self.voices.join_all());
        drop(outcomes);
        self.ledger
    }
}
