//! The AI2AI protocol: envelopes, and what may follow from them.
//!
//! Pure: no clock, randomness, file, socket or task; `now` and random bytes are arguments. `SPEC.md` beside this
//! crate is the same in words for other implementers, and `vectors/` lets them check themselves.
//!
//! | rooms | what is in them |
//! |---|---|
//! | [`canonical`], [`id`], [`name`], [`time`], [`digest`], [`code`], [`refusal`], [`limits`] | strict JSON and its canonical form; the small types; every bound |
//! | [`key`], [`did`], [`delegation`], [`card`], [`safety_words`] | who somebody is, and how that is shown and compared |
//! | [`envelope`], [`seal`], [`batch`], [`bundle`], [`receipt`], [`notice`] | what is said, how it travels, and what is answered |
//! | [`terms`], [`approval`], [`mandate`], [`conversation`], [`agreement`] | what two people agree on, and who approved it |
//! | [`trust`], [`policy`], [`rate`] | what goes by itself, what waits, and how much of it |
//! | [`original`] | envelopes of the protocol's original, which travel over HTTP |
//! | [`delivery`], [`mailbox`], [`directory`], [`service`], [`invite`] | getting there, with a volunteer's help |
//!
//! # Always true
//! - Only [`envelope::verify`] and its kin make a verified envelope, and only [`policy`] a cleared one.
//! - What is read is bounded before it is read, and refused with a code and a place.
//! - Nothing here panics on what somebody else wrote.

pub mod agreement;
pub mod approval;
pub mod canonical;
pub mod card;
#[cfg(test)]
mod cast;
pub mod code;
pub mod conversation;
pub mod delivery;
pub mod directory;
pub mod envelope;
mod exchange;
mod identity;
pub mod invite;
mod json_reader;
pub mod limits;
pub mod mailbox;
pub mod mandate;
pub mod original;
mod outcome;
pub mod policy;
pub mod rate;
pub mod refusal;
pub mod seal;
pub mod service;
pub mod terms;
pub mod trust;
mod values;

pub use exchange::{batch, bundle, notice, receipt};
pub use identity::{delegation, did, key, safety_words};
pub use values::{digest, id, name, time};
