//! Two nodes and the real conversation machine: every schedule of acts, losses, repeats, reorderings, crashes and
//! expiries within the bounds is tried (stateright), and none may split them.
//!
//! The network keeps nothing: whatever a node has committed may arrive at the other at any later moment, never, or
//! again and again, in any order. So a state of the world is what the two nodes know, and every loss, repetition and
//! reordering is one of its paths. What a node assumes of the rest of the protocol is in `node`: repeats are answered
//! from the replay table, before their age is judged; every answer but a passing refusal is remembered; and the act
//! that opens a conversation is judged before one that closes it.

mod laws;
mod node;
mod schedules;
mod world;

use stateright::{Checker, CheckerBuilder, HasDiscoveries, Model};

use world::{Bounds, Fault};

const BOUNDS: Bounds = Bounds {
    acts: [2, 2],
    terms: 2,
    words: 0,
    cancels: 0,
    ticks: 0,
    crashes: false,
    forgets: false,
    fault: Fault::None,
};

/// Tries everything within the bounds, nearest first: what it finds is as short as can be.
fn exhaust(name: &str, bounds: Bounds) {
    report(name, |model| model.threads(2).spawn_bfs().join(), bounds);
}

fn report<C: Checker<Bounds>>(name: &str, check: impl FnOnce(CheckerBuilder<Bounds>) -> C, bounds: Bounds) {
    let checker = check(bounds.checker());
    let (states, depth) = (checker.unique_state_count(), checker.max_depth());
    println!("{name}: {states} states, {depth} steps deep");
    checker.assert_properties();
}

/// Returns whether the model finds that this law is broken.
fn breaks(law: &'static str, bounds: Bounds) -> bool {
    let checker = bounds.checker().threads(2).finish_when(HasDiscoveries::AnyOf([law].into())).spawn_bfs().join();
    checker.discoveries().contains_key(law)
}

#[test]
fn three_acts_each_and_expiry() {
    exhaust("three acts each, expiry", Bounds { acts: [3, 3], ticks: 1, ..BOUNDS });
}

#[test]
fn a_long_negotiation() {
    exhaust("four acts and three", Bounds { acts: [4, 3], ..BOUNDS });
}

#[test]
fn crashes_lose_what_was_not_committed() {
    exhaust("crashes, words", Bounds { words: 1, crashes: true, ..BOUNDS });
}

#[test]
fn crashes_and_expiry() {
    exhaust("crashes, expiry", Bounds { ticks: 1, crashes: true, ..BOUNDS });
}

#[test]
fn receipts_that_are_forgotten() {
    exhaust("forgotten receipts", Bounds { ticks: 1, forgets: true, ..BOUNDS });
}

#[test]
fn acts_of_unlike_life() {
    exhaust("unlike lives", Bounds { acts: [2, 1], ticks: 2, ..BOUNDS });
}

#[test]
fn words_between_the_acts() {
    exhaust("words, expiry", Bounds { words: 1, ticks: 1, ..BOUNDS });
}

#[test]
fn what_was_agreed_is_called_off_whatever_is_late() {
    exhaust(
        "called off, expiry, forgotten receipts",
        Bounds { acts: [2, 1], cancels: 1, ticks: 1, forgets: true, ..BOUNDS },
    );
}

#[test]
fn what_was_agreed_is_called_off_among_crashes() {
    exhaust("called off, crashes", Bounds { cancels: 1, crashes: true, ..BOUNDS });
}

#[test]
fn what_was_agreed_is_called_off_after_a_longer_negotiation() {
    exhaust("called off, three acts and two", Bounds { acts: [3, 2], cancels: 1, ..BOUNDS });
}

#[test]
fn the_model_finds_a_node_that_answers_before_it_commits() {
    let faulty = Bounds { terms: 1, crashes: true, fault: Fault::TellsBeforeCommit, ..BOUNDS };
    assert!(breaks(laws::NO_SPLIT, faulty.clone()));
    assert!(breaks(laws::CALLED_OFF_THERE, Bounds { cancels: 1, ..faulty }));
}

#[test]
fn the_model_finds_a_node_that_judges_repeats_anew() {
    let faulty = Bounds { acts: [3, 2], fault: Fault::ForgetsWhatItHeard, ..BOUNDS };
    assert!(breaks(laws::NO_SPLIT, faulty));
}

/// Deepest first, which needs less memory.
#[test]
#[ignore = "the long form, many minutes: cargo test -p ai2ai-protocol --test model -- --ignored --nocapture"]
fn unlike_lives_and_forgotten_receipts() {
    let bounds = Bounds { ticks: 2, forgets: true, ..BOUNDS };
    report("unlike lives, forgotten receipts", |model| model.threads(2).spawn_dfs().join(), bounds);
}
