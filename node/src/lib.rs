//! The AI2AI node: the library behind the command `ai2ai`.
//!
//! | room | what it does |
//! |---|---|
//! | [`node`] | starts and stops everything below |
//! | [`cli`] | the command line, a file per command |
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
//! | `ai2ai_http` | posts to web servers that the owner named |
//! | [`ai2ai_doors`] | the socket, the owner's pages, the agent's HTTP interfaces, and the HTTP face |
//! | [`ai2ai_demo`] | the stories that show it all |
//! | [`ai2ai_conformance`] | tries an implementation of the protocol over the wire |
//!
//! # Always true
//! - A receipt, and the word "queued", leave only after the commit of what they acknowledge.
//! - Only the core decides; the network moves bytes that it does not read, and the store knows no network.
//! - The agent's door has no way to approve: commands that decide are refused before the engine sees them.
//! - The owner key is opened for one decision at a time, and never kept.

pub mod cli;
pub mod node;

pub use node::Node;
