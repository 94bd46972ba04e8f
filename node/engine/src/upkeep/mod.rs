//! TODO-DOC engine/upkeep

pub mod clock_jump;
pub mod housekeeping;
pub mod ics;
pub mod network_change;
pub mod renewal;
