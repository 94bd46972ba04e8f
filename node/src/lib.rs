//! The AI2AI node: the library behind the command `ai2ai`.
//!
//! | room | what it does |
//! |---|---|
//! | [`node`] | starts and stops everything below |
//! | [`courier`] | the heart: takes commands and arrivals, asks `protocol` what may follow, and carries it out |
//! | [`storage`] | the store on its own thread; many turns share one commit |
//! | [`network`] | libp2p: connections, cards and batches, as bytes |
//! | [`doors`] | the owner's and the agent's door, on one local socket |
//! | [`cli`] | the command line, a file per command |
//! | [`demo`] | the story that shows it all |
//!
//! What is asked of a node and what it answers is the crate [`ai2ai_api`]; settings, files and keys are [`ai2ai_home`].
//!
//! # Always true
//! - A receipt, and the word "queued", leave only after the commit of what they acknowledge.
//! - Only the courier decides; the network moves bytes that it does not read, and the store knows no network.
//! - The agent's door has no way to approve: commands that decide are refused before the courier sees them.
//! - The owner key is opened for one decision at a time, and never kept.

pub mod cli;
#[cfg(test)]
#[path = "../../tests/src/corpus.rs"]
#[expect(unreachable_pub, reason = "it is public where it lives")]
mod corpus;
pub mod demo;
pub mod doors;
pub mod node;

pub use ai2ai_agent::calendar;
pub use ai2ai_api::{clock, doctor, exit, text, views};
pub use ai2ai_conformance as conformance;
pub use ai2ai_home as home;
pub use ai2ai_home::backup;
pub use ai2ai_notify as notify;
pub use node::Node;

/// Connections, cards and batches, as bytes.
pub mod network {
    pub use ai2ai_network::udp_probe as knock;
    pub use ai2ai_network::*;
}

/// Settings, and where the files are.
pub mod config {
    pub use ai2ai_api::settings::{Limits, Privacy};
    pub use ai2ai_home::config::*;
    pub use ai2ai_home::files;
    pub use ai2ai_home::lock::HomeLock;
    pub use ai2ai_home::paths::Paths;
}

/// Key files and the PIN.
pub mod identity {
    pub use ai2ai_api::pin::{PIN_ADVICE, PIN_BYTES, PIN_CHARS, Pin, PinError};
    pub use ai2ai_home::identity::*;
}
