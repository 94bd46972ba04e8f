//! Long conversations, by chance: the same world and the same laws, with many more acts than can be exhausted.

use ai2ai_protocol::conversation::Act;
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use stateright::Model as _;

use crate::laws;
use crate::world::{Bounds, Fault, Step, World};

const STEPS: usize = 400;
const LONG: Bounds = Bounds {
    acts: [14, 14],
    terms: 3,
    words: 3,
    cancels: 2,
    ticks: 5,
    crashes: true,
    forgets: true,
    fault: Fault::None,
};

/// One in how many times a step is taken when it could be: few conversations would be long if all were alike.
fn rarity(step: &Step) -> u32 {
    match step {
        Step::Say(_, Act::Reject, _) | Step::Tick(_) => 60,
        Step::Crash(_) | Step::Forget(_) => 20,
        Step::Say(_, Act::Confirm { .. }, _) => 6,
        Step::Say(..) => 4,
        Step::Deliver(..) | Step::Answer(..) | Step::Commit(_) => 1,
    }
}

/// One schedule: the steps that changed something, and the first law that broke.
fn walk(seed: u64) -> (Vec<Step>, Option<&'static str>) {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut world = World::default();
    let mut path = Vec::new();
    for _ in 0..STEPS {
        let mut steps = Vec::new();
        LONG.actions(&world, &mut steps);
        steps.retain(|step| dice.random_ratio(1, rarity(step)));
        if steps.is_empty() {
            continue;
        }
        let step = steps[dice.random_range(0..steps.len())];
        let Some(next) = LONG.next_state(&world, step) else { continue };
        (world, _) = (next, path.push(step));
        if let Some(law) = laws::always().into_iter().find(|law| !(law.condition)(&LONG, &world)) {
            return (path, Some(law.name));
        }
    }
    (path, None)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_schedule_splits_the_two(seed: u64) {
        let (path, broken) = walk(seed);
        prop_assert_eq!(broken, None, "seed {}: {:#?}", seed, path);
    }
}

#[test]
fn the_schedules_are_long_and_end_in_every_way() {
    let ends: Vec<World> = (0..200).map(end).collect();
    let confirmed = ends.iter().filter(|world| laws::both_confirmed(world)).count();
    let acts = ends.iter().map(|world| world.nodes[0].disk.said.len() + world.nodes[1].disk.said.len()).max();
    let off = |world: &&World| world.nodes.iter().all(|node| node.cancelled().is_any());
    let called_off = ends.iter().filter(off).count();
    println!(
        "of 200 schedules {confirmed} end confirmed on both sides; the longest has {acts:?} acts; {called_off} are called off"
    );
    assert!(confirmed > 10 && confirmed < 190);
    assert!(acts > Some(10));
    assert!(called_off > 5 && called_off < confirmed);
}

/// The world at the end of a schedule.
fn end(seed: u64) -> World {
    let replay = |world: World, step| LONG.next_state(&world, step).unwrap_or(world);
    walk(seed).0.into_iter().fold(World::default(), replay)
}
