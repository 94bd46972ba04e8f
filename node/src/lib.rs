//! The AI2AI node: the library behind the command `ai2ai`.
//!
//! | room | what it does |
//! |---|---|
//! | [`node`] | starts and stops everything below |
//! | [`courier`] | the heart: takes commands and arrivals, asks `protocol` what may follow, and carries it out |
//! | [`storage`] | the store on its own thread; many turns share one commit |
//! | [`network`] | libp2p: connections, cards and batches, as bytes |
//! | [`doors`] | the owner's and the agent's door, on one local socket |
//! | [`identity`], [`config`], [`clock`] | key files and the PIN; settings and places; the one call to the system clock |
//! | [`backup`] | everything as one sealed file, and a home made of it |
//! | [`views`], [`exit`], `text` | what the doors answer, how commands end, and words for people's eyes |
//! | [`cli`], [`doctor`] | the command line, a file per command; what can be said of a home without its node |
//! | [`conformance`] | tries an implementation of the protocol over the wire |
//! | [`agent`], [`mcp`] | what an agent can do, whatever it speaks; the same for programs that speak MCP |
//! | [`notify`], `post` | tells the owner that something waits, and takes taps on a phone; posts to servers that the owner named |
//! | [`assistant`], [`calendar`], [`demo`] | a rule-based agent with a calendar, and the story that shows it all |
//!
//! # Always true
//! - A receipt, and the word "queued", leave only after the commit of what they acknowledge.
//! - Only the courier decides; the network moves bytes that it does not read, and the store knows no network.
//! - The agent's door has no way to approve: commands that decide are refused before the courier sees them.
//! - The owner key is opened for one decision at a time, and never kept.

pub mod agent;
pub mod assistant;
pub mod backup;
pub mod calendar;
pub mod cli;
pub mod clock;
pub mod config;
pub mod conformance;
pub mod core;
#[cfg(test)]
#[path = "../../tests/src/corpus.rs"]
#[expect(unreachable_pub, reason = "it is public where it lives")]
mod corpus;
pub mod demo;
pub mod doctor;
pub mod doors;
pub mod engine;
pub mod exit;
pub mod identity;
mod later;
pub mod legacy;
pub mod mcp;
pub mod network;
pub mod node;
pub mod notify;
mod post;
pub mod storage;
mod text;
pub mod views;

pub use node::Node;
