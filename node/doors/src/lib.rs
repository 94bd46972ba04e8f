//! Doors into a running node: the owner's and the agent's, told apart by their tokens.
//!
//! | room | what is in it |
//! |---|---|
//! | `authorize` | who may ask for what, decided from one line of bytes |
//! | [`socket`] | the local socket, for the command line and programs |
//! | [`http`] | an HTTP server with bounds, and its guard |
//! | [`api`], [`mcp`] | the agent's service over HTTP, and for programs that speak MCP over HTTP |
//! | [`web`] | the owner's pages in a browser on this machine |
//! | [`gateway`] | the HTTP face: agents of the original, and batches where only HTTPS passes |
//!
//! What a request and its answer are is in [`ai2ai_api::door`].
//!
//! # What is not in it
//! - No decision: what came through is handed to the node as a command with the role of whoever gave it, and its answer handed back.
//! - No store and no libp2p: what the gateway takes in is handed to the engine.

pub mod api;
mod authorize;
#[cfg(test)]
#[path = "../../../tests/src/corpus.rs"]
#[expect(unreachable_pub, reason = "it is public where it lives")]
mod corpus;
pub mod gateway;
pub mod http;
pub mod mcp;
pub mod socket;
pub mod web;

pub use socket::SocketDoor;

use ai2ai_api::command::{Command, Role};
use ai2ai_api::exit::Failure;
use ai2ai_api::token::Tokens;

/// Reads the line of bytes that a client sends: who asks, and for what.
///
/// # Errors
/// What the client is answered: `malformed`, `bad_token` or `owner_only`.
pub fn read_request(line: &[u8], tokens: &Tokens) -> Result<(Role, Command), Failure> {
    authorize::authorize(line, tokens).map_err(|denied| denied.failure)
}
