//! Something goes wrong while two people talk: nothing is lost, nothing happens twice, and both see the same.
//! `scripts/fault-lab.sh` runs the same with a table, and with `--long` for half an hour.

use std::time::Duration;

use ai2ai_tests::faults::{self, Fault, Pair};
use ai2ai_tests::lab::{Lab, is_long};
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::Value;

/// In seconds.
const HOUR: i64 = 3_600;
/// Until what came too early for the other side's clock is tried again.
const AGAIN: Duration = Duration::from_secs(20);

/// Lets a fault strike: so often in the short form; in so many rounds of so many cycles in the long form.
fn strikes(fault: Fault, short: u32, (rounds, cycles): (u32, u32)) {
    let (rounds, cycles) = if is_long() { (rounds, cycles) } else { (1, short) };
    if let Some(row) = faults::run(fault, rounds, cycles) {
        row.holds();
    }
}

#[test]
fn kill_9_loses_nothing_and_repeats_nothing() {
    strikes(Fault::Kill, 6, (10, 30));
}

#[test]
fn a_restart_loses_nothing_and_repeats_nothing() {
    strikes(Fault::Restart, 3, (3, 20));
}

#[test]
fn a_partition_loses_nothing_and_repeats_nothing() {
    strikes(Fault::Partition, 3, (3, 15));
}

#[test]
fn a_fifth_of_the_packets_lost_loses_no_message() {
    strikes(Fault::Loss, 1, (3, 8));
}

#[test]
fn a_clock_that_jumps_loses_nothing_and_repeats_nothing() {
    strikes(Fault::Clock, 3, (3, 15));
}

#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    strikes(Fault::FullDisk, 2, (3, 15));
}

#[test]
fn a_clock_that_was_set_back_lets_nothing_wait_for_the_hour_it_came_from() {
    let Some(mut lab) = Lab::open() else { return };
    let Some(mut pair) = Pair::meets(&mut lab, Fault::Clock) else { return };
    let waiting = |pair: &Pair| pair.laptops()[0].owner_without_pin(&["outbox"]).done().lines;

    pair.laptop(0).turn_clock(-6 * HOUR);
    pair.laptop(1).turn_clock(-7 * HOUR);
    let _ = pair.laptops()[0].owner_without_pin(&["send", "sam", "Too early for you"]).done();
    let early = |line: &Value| line["last_error"] == "not_yet_valid";
    wait_for("the other clock to be too slow for it", PATIENCE, || waiting(&pair).iter().any(early).then_some(()));

    pair.laptop(1).turn_clock(-6 * HOUR);
    wait_for("it to be tried again, and accepted", AGAIN, || waiting(&pair).is_empty().then_some(()));
}

#[test]
fn what_is_repeated_ten_times_in_any_order_happens_once() {
    faults::hostile::run(if is_long() { 5 } else { 1 }).holds();
}
