//! How the owner is told that something waits, and how a tap on a phone decides.
//!
//! `rules` says what is told when, `words` what it says, `telegram::buttons` what a tap means: these are pure. Around them, thin
//! channels carry it out: each with bounds on time and size, and none of them a way to decide more than the owner allowed.

mod channel;
mod command;
mod decide;
mod desktop;
mod exec;
mod ntfy;
mod rules;
mod task;
mod telegram;
mod waiting;
mod words;

pub use channel::{Channel, open};
pub use task::Notifier;
