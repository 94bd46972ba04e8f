//! Faults: sleep, full disks, crashes, clocks that are turned.

mod asleep;
mod backup;
mod disk;
mod faults;
mod renewal;
mod restart;
