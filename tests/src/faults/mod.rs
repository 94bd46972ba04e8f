//! The fault lab: two real nodes talk without a pause while something goes wrong, and what is left is judged by one law.
//!
//! A run has a [`Pair`] under a [`Load`] whose every step comes from one seed, and one kind of [`Fault`] that strikes again and
//! again. Then the fault ends, nothing new is said, and when nothing waits to be delivered any more (or has had its time), both
//! nodes are stopped and what they remember is read. The [`law`]: **whatever the user was told is queued is in the recipient's
//! store exactly once, nothing is there that was never sent, both sides hold the same state and the same terms, and within a
//! conversation everything stands in the order in which it was said.**

pub mod fault;
pub mod hostile;
pub mod law;
mod ledger;
mod load;
mod memory;
mod pair;
mod row;
mod voice;

use std::time::{Duration, Instant};

use rand::SeedableRng as _;
use rand::rngs::StdRng;

pub use fault::Fault;
pub use law::Verdict;
pub use ledger::{Ledger, Told};
pub use load::Load;
pub use memory::{Memory, Said, Talk};
pub use pair::Pair;
pub use row::Row;

use crate::lab::Lab;

/// Names the seed of the schedules; without it there is a fixed one.
pub const SEED: &str = "AI2AI_FAULT_SEED";
/// The seed when none is named: the short form is the same every time, as far as two real nodes can be.
const USUAL_SEED: u64 = 20_260_207;
/// Longest time until nothing waits to be delivered any more.
const REST: Duration = Duration::from_secs(180);
/// Time for which the load goes on after the fault has ended.
const AFTERWARDS: Duration = Duration::from_millis(500);

/// The seed that was asked for.
///
/// # Panics
/// When it is no number.
#[must_use]
pub fn seed() -> u64 {
    std::env::var(SEED).map_or(USUAL_SEED, |text| text.parse().expect("a seed is a number"))
}

/// Lets a fault strike so often in each of so many rounds, each with two new people, and judges every round.
/// None where the lab can't be, having said `SKIPPED`.
///
/// # Panics
/// When a node can't be started at all, or the lab is missing and may not be.
#[must_use]
pub fn run(fault: Fault, rounds: u32, cycles: u32) -> Option<Row> {
    let mut row = Row::new(fault.name());
    for round in 0..rounds {
        let seed = seed().wrapping_add(u64::from(round));
        println!("fault-lab: {} of seed {seed}, {cycles} cycles", fault.name());
        let begun = Instant::now();
        let mut lab = Lab::open()?;
        let mut dice = StdRng::seed_from_u64(seed);
        let mut pair = Pair::meets(&mut lab, fault)?;
        let load = Load::begins(&pair, fault, seed);
        for _ in 0..cycles {
            fault.strikes(&mut pair, &mut dice);
        }
        fault.ends(&mut pair);
        std::thread::sleep(AFTERWARDS);
        let ledger = load.ends(&pair);
        fault.passes(&pair);
        let waiting = pair.comes_to_rest(REST);
        let memories = pair.stops(fault.ahead());
        let verdict = law::judge(&memories, &ledger.told());
        row.add(cycles, verdict, waiting, ledger.surprises(), begun.elapsed());
    }
    Some(row)
}
