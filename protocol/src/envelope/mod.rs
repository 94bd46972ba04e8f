//! The envelope: one signed message from one person's agent to another's.
//!
//! Each check leaves a type behind: a [`Draft`] is signed into a [`SignedEnvelope`], bytes from outside are verified
//! into a [`VerifiedEnvelope`], and only a policy's verdict or an owner's decision makes a [`ClearedEnvelope`], the
//! one form in which another person's words reach an agent.

mod content;
mod draft;
mod kind;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
mod verified;

pub use content::{Content, From, Recipient};
pub use draft::{Draft, DraftError, Sender, SignedEnvelope};
pub use kind::Kind;
pub(crate) use verified::verify_member;
pub use verified::{VerifiedEnvelope, verify, verify_any, verify_with};

pub use crate::policy::ClearedEnvelope;
