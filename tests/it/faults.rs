//! Something goes wrong while two people talk: nothing is lost, nothing happens twice, and both see the same.
//! `scripts/fault-lab.sh` runs the same with a table, and with `--long` for half an hour.

use ai2ai_tests::faults::{self, Fault};
use ai2ai_tests::lab::is_long;

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
