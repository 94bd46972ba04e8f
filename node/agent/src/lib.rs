//! Agent's service: what an agent can do here, whatever it speaks. It reads what was cleared, drafts, looks what became of it, and takes
//! its own back.
//!
//! | room | what is in it |
//! |---|---|
//! | [`service`], [`requests`], [`responses`], [`problem`] | each thing that an agent can ask for, with its schema; and why it is refused |
//! | [`quoting`] | words of other people, fenced |
//! | [`happenings`], [`payloads`] | what happens in the node, for agents that listen |
//! | [`mcp`] | the service for programs that speak MCP |
//! | [`hook`], `webhook`, [`assistant`] | agents that the node runs itself: a program, a server, the built-in assistant |
//! | [`supervisor`] | starts and ends those |
//! | [`calendar`] | when the owner is busy |
//!
//! # What is not in it
//! - No way to approve, add, trust or block: everything here is a client of the node with the agent's token and nothing else, and what
//!   the agent's door does not have, nothing here has.
//! - No word of a stranger, and none of anybody without its fence.
//! - No waiting for a human: what is drafted gets a handle at once.

pub mod assistant;
pub mod calendar;
mod door;
pub mod happenings;
pub mod hook;
pub mod mcp;
pub mod payloads;
pub mod problem;
pub mod quoting;
pub mod requests;
pub mod responses;
pub mod service;
pub mod supervisor;
mod webhook;
