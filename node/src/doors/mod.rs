//! The doors into a running node: the owner's and the agent's, on one local socket, told apart by their tokens.
//!
//! What a request and its answer are is in [`ai2ai_api::door`].

mod admit;
pub(crate) mod api;
pub(crate) mod face;
pub mod http;
pub mod mcp;
pub mod socket;
pub mod web;

pub use ai2ai_api::client::{Client, Session};
pub use ai2ai_api::command::{Carry, Command, Grant, Role};
pub use ai2ai_api::door::{
    ANSWER_BYTES, Answer, Asked, DoorEvent, KEY_CHARS, QUEUE, REQUEST_BYTES, REQUESTS, STREAM_LINES,
};
pub use socket::SocketDoor;

use ai2ai_api::exit::Failure;
use ai2ai_api::token::Tokens;

/// Reads the line of bytes that a client sends: who asks, and for what.
///
/// # Errors
/// What the client is answered: `malformed`, `bad_token` or `owner_only`.
pub fn read_request(line: &[u8], tokens: &Tokens) -> Result<(Role, Command), Failure> {
    admit::admit(line, tokens).map_err(|denied| denied.failure)
}

/// Tokens, and their files.
pub mod token {
    pub use ai2ai_api::token::{Token, Tokens};
    pub use ai2ai_home::tokens::write_both;
}
