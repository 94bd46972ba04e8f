//! The kinds of faults, and how each strikes once.

use std::thread::sleep;
use std::time::Duration;

use ai2ai_api::error_code::ErrorCode;
use rand::RngExt as _;
use rand::rngs::StdRng;

use super::pair::Pair;

/// Hours by which a clock is turned.
const HOURS: std::ops::RangeInclusive<i64> = 1..=9;
const HOUR: i64 = 3_600;
/// Hours that pass once all clocks are right again, so that whatever was written in the future has become past.
const NIGHT: i64 = 10 * HOUR;
/// Of a hundred packets, so many are lost.
const LOST: u8 = 20;

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `kill -9`, of either side or of both.
    Kill,
    /// Ctrl-C, and up again.
    Restart,
    /// Nothing gets through: packets are swallowed, or the device is off.
    Partition,
    /// 20 of 100 packets are lost.
    Loss,
    /// A clock jumps by hours, forward and back.
    Clock,
    /// The disk on which a node keeps what it remembers is full.
    FullDisk,
}

impl Fault {
    /// Returns what it is called in the table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill -9",
            Self::Restart => "restart",
            Self::Partition => "partition",
            Self::Loss => "20 % packet loss",
            Self::Clock => "clock jumps of hours",
            Self::FullDisk => "disk full",
        }
    }

    /// Returns whether a command may fail with this code because of it: it was not done, and the user was told so.
    #[must_use]
    pub fn explains(self, code: &ErrorCode) -> bool {
        self == Self::FullDisk && [ErrorCode::Database, ErrorCode::Unwritable].contains(code)
    }

    /// Strikes once, for a while, and is over again when it gives back.
    pub fn strikes(self, pair: &mut Pair, dice: &mut StdRng) {
        let side = dice.random_range(0..2);
        wait(dice, 50..900);
        match self {
            Self::Kill => kills(pair, dice, side),
            Self::Restart => {
                pair.laptop(side).interrupt();
                wait(dice, 0..300);
                pair.laptop(side).up();
            }
            Self::Partition => parts(pair, dice, side),
            Self::Loss => {
                pair.laptops().iter().for_each(|laptop| laptop.loses(LOST));
                wait(dice, 2_000..5_000);
                pair.laptops().iter().for_each(crate::laptop::Laptop::loses_nothing);
            }
            Self::Clock => jumps(pair, dice, side),
            Self::FullDisk => {
                pair.laptop(side).fills_disk();
                wait(dice, 500..2_000);
                pair.laptop(side).frees_disk();
            }
        }
    }

    /// Everything is as it should be again.
    pub fn ends(self, pair: &mut Pair) {
        if self == Self::Clock {
            pair.laptops().iter().for_each(|laptop| laptop.turn_clock(0));
        }
    }

    /// The time passes that heals what only time can.
    pub fn passes(self, pair: &Pair) {
        if self == Self::Clock {
            pair.laptops().iter().for_each(|laptop| laptop.turn_clock(NIGHT));
        }
    }

    /// Returns how much later it is for the nodes in the end than it was.
    #[must_use]
    pub fn ahead(self) -> Duration {
        match self {
            Self::Clock => Duration::from_secs(NIGHT.unsigned_abs()),
            Self::Kill | Self::Restart | Self::Partition | Self::Loss | Self::FullDisk => Duration::ZERO,
        }
    }
}

/// One side dies, or both at once; at times a second time while it comes up.
fn kills(pair: &mut Pair, dice: &mut StdRng, side: usize) {
    let sides = if dice.random_ratio(1, 5) { vec![0, 1] } else { vec![side] };
    sides.iter().for_each(|side| pair.laptop(*side).kill());
    wait(dice, 0..200);
    if dice.random_ratio(1, 5) {
        let _ = pair.laptop(side).start();
        wait(dice, 0..100);
        pair.laptop(side).kill();
    }
    sides.iter().for_each(|side| pair.laptop(*side).up());
}

/// One side is alone: without a word, or because its device is off.
fn parts(pair: &mut Pair, dice: &mut StdRng, side: usize) {
    let silent = dice.random_bool(0.5);
    let laptop = pair.laptop(side);
    if silent {
        laptop.loses(100)
    } else {
        laptop.link(false)
    }
    wait(dice, 500..4_000);
    if silent { laptop.loses_nothing() } else { laptop.link(true) }
}

/// One clock, or both, jump away and after a while to another hour, or back.
fn jumps(pair: &mut Pair, dice: &mut StdRng, side: usize) {
    let sides = if dice.random_ratio(1, 4) { vec![0, 1] } else { vec![side] };
    for away in [true, false] {
        let hours = dice.random_range(HOURS) * if dice.random_bool(0.5) { HOUR } else { -HOUR };
        let hours = if away || dice.random_ratio(1, 4) { hours } else { 0 };
        sides.iter().for_each(|side| pair.laptop(*side).turn_clock(hours));
        wait(dice, 300..1_500);
    }
}

/// Lets the load go on for a while that the dice choose: when a fault strikes is part of its schedule.
fn wait(dice: &mut StdRng, milliseconds: std::ops::Range<u64>) {
    sleep(Duration::from_millis(dice.random_range(milliseconds)));
}
