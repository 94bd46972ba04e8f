//! What an AI2AI envelope is, and what may follow from it.
//!
//! Pure: no clock, randomness, file, socket or task; `now` and random bytes are arguments. `SPEC.md` beside this
//! crate is the same in words for other implementers, and `vectors/` lets them check themselves.

pub mod agreement;
pub mod approval;
pub mod batch;
pub mod canonical;
pub mod card;
#[cfg(test)]
mod cast;
pub mod code;
pub mod conversation;
pub mod delegation;
pub mod delivery;
pub mod did;
pub mod digest;
pub mod directory;
pub mod envelope;
pub mod id;
pub mod invite;
pub mod key;
pub mod limits;
pub mod mailbox;
pub mod mandate;
mod members;
pub mod name;
pub mod policy;
pub mod rate;
pub mod read;
pub mod receipt;
pub mod refusal;
pub mod seal;
pub mod terms;
pub mod time;
pub mod trust;
pub mod words;
