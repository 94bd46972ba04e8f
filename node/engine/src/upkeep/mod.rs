//! Upkeep: what time brings about, and what is done when time or place has jumped.
//!
//! | file | what is in it |
//! |---|---|
//! | `housekeeping` | sweeps: due messages, expired rows |
//! | `clock_jump` | the clock was turned, or the machine slept |
//! | `network_change` | the machine is in another network |
//! | `renewal` | the agent's key ends soon |
//! | `ics` | meetings for the owner's calendar |

pub mod clock_jump;
pub mod housekeeping;
pub mod ics;
pub mod network_change;
pub mod renewal;
