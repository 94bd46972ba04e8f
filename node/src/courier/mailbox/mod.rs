//! Mail for those who are away: kept here for others, collected from where others keep ours, deposited where theirs is kept.
//!
//! | file | whose side |
//! |---|---|
//! | `keep`, `flood` | the volunteer's: it keeps sealed envelopes, within bounds |
//! | `collect` | the recipient's: it claims places, and takes in what waits there like anything that arrives |
//! | `places` | where its own mail is kept, over a restart |
//! | `deposit` | the sender's: what could not be brought directly is left where the recipient will find it |

mod collect;
mod deposit;
mod flood;
mod keep;
mod places;

pub(super) use collect::{comes_again, visit};
pub(super) use deposit::deposit;
pub use flood::Depositors;
pub(super) use keep::serve;
pub use places::remembered;
pub(super) use places::{checkup, kept_here, locked, of_card};
