//! State of a running node that is more than one room's, each part with a bound and without a clock, a socket or a task.
//!
//! | file | what is in it |
//! |---|---|
//! | `neighbours` | the people who were met, by identity and by peer |
//! | `scheduler` | the delivery workers that run, and how their recipients do |
//! | `by_https` | who was last reached by HTTPS alone |
//! | `penalties` | peers that bring what nobody can open |
//! | `depositors` | how many requests a peer may make of the mailbox here |
//! | `directories` | the directories that were met; and how many requests a peer may make of the one here |
//! | `originals` | what the tasks about agents of the protocol's original share |

pub mod by_https;
pub mod depositors;
pub mod directories;
pub mod neighbours;
pub mod originals;
pub mod penalties;
pub mod scheduler;
