//! Notifier: tells the owner that something waits, and takes taps on a phone.
//!
//! | room | what is in it |
//! |---|---|
//! | [`node`] | what the notifier asks of the node in which it runs |
//! | `rules`, `text` | what is told when, and what it says (pure) |
//! | `notifier` | the task that looks at what waits, and one for each channel |
//! | `channels`, `telegram`, `secrets` | the ways to the owner, each with bounds on time and size; files with their secrets |
//! | `process` | programs that are run |
//!
//! # What is not in it
//! - No decision: a tap that was found good is handed to the node, bound to the digest that was shown.
//! - No store: what the notifier has to remember, the node keeps for it.
//! - No item is marked as read by being told.

mod channels;
#[cfg(test)]
#[path = "../../../tests/src/corpus.rs"]
#[expect(unreachable_pub, reason = "it is public where it lives")]
mod corpus;
pub mod node;
mod notifier;
mod process;
mod rules;
mod secrets;
mod telegram;
mod text;

pub use channels::{Channel, open};
pub use notifier::Notifier;
