//! The directory: who lists themselves where, and who is found by what.
//!
//! | file | whose side |
//! |---|---|
//! | `answer` | the volunteer's: it lists cards, and answers searches with nothing else |
//! | `ask` | everybody's: to be listed, where the owner wants that, and to find somebody |

mod answer;
mod ask;

pub(super) use answer::serve;
pub use ask::Askers;
pub(super) use ask::{Directories, enlist, find};
