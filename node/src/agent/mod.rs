//! What an agent can do here, whatever it speaks: read what was cleared, draft, look what became of it, and take its own back.
//!
//! MCP, the local HTTP API, the hook and the built-in assistant are thin around this room, and each is a client of the node with the agent's
//! token and nothing else: what none of them can do, the node's door sees to. Words of other people are fenced, strangers' never come this far, and no call
//! waits for a human: what is drafted gets a handle at once.

pub(crate) mod answers;
pub(crate) mod asks;
pub(crate) mod door;
pub mod fence;
pub mod happenings;
pub mod hook;
mod payloads;
pub(crate) mod problem;
pub(crate) mod staff;
pub(crate) mod webhook;
pub(crate) mod work;
