//! The AI2AI node: the library behind the command `ai2ai`.
//!
//! | room | what it does |
//! |---|---|
//! | [`node`] | starts and stops everything below |
//! | `gateway` | the HTTP face: agents of the original, and batches where only HTTPS passes |
//! | [`cli`] | the command line, a file per command |
//! | [`demo`] | the story that shows it all |
//!
//! | crate | what it is |
//! |---|---|
//! | [`ai2ai_api`] | what is asked of a node and what it answers, and the client that asks |
//! | [`ai2ai_home`] | settings, files, keys and backups |
//! | [`ai2ai_network`] | libp2p: connections, cards and batches, as bytes |
//! | [`ai2ai_core`] | decisions, each in one transaction |
//! | [`ai2ai_legacy`] | agents of the original, as one dialect |
//! | [`ai2ai_engine`] | the event loop, delivery, lookups and upkeep; the store on its own thread |
//! | [`ai2ai_agent`] | what an agent can do, whatever it speaks |
//! | [`ai2ai_notify`] | tells the owner that something waits |
//! | [`ai2ai_doors`] | the socket, the owner's pages, and the agent's HTTP interfaces |
//! | [`ai2ai_conformance`] | tries an implementation of the protocol over the wire |
//!
//! The modules [`config`], [`doors`], [`identity`] and [`network`] show parts of these under one name.
//!
//! # Always true
//! - A receipt, and the word "queued", leave only after the commit of what they acknowledge.
//! - Only the core decides; the network moves bytes that it does not read, and the store knows no network.
//! - The agent's door has no way to approve: commands that decide are refused before the engine sees them.
//! - The owner key is opened for one decision at a time, and never kept.

pub mod cli;
pub mod demo;
mod gateway;
pub mod node;

pub use ai2ai_agent::calendar;
pub use ai2ai_api::{clock, doctor, error_code, exit, forget, text, views};
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

/// Doors into a running node.
pub mod doors {
    pub use ai2ai_api::client::{Client, Session};
    pub use ai2ai_api::command::{Carry, Command, Grant, Role};
    pub use ai2ai_api::door::{Answer, Asked, DoorEvent, KEY_CHARS, QUEUE, STREAM_LINES};
    pub use ai2ai_api::requests;
    pub use ai2ai_doors::{SocketDoor, read_request, web};

    /// Tokens, and their files.
    pub mod token {
        pub use ai2ai_api::token::{Token, Tokens};
        pub use ai2ai_home::tokens::write_both;
    }
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
