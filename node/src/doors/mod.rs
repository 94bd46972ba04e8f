//! The doors into a running node: the owner's and the agent's, on one local socket, told apart by their tokens.
//!
//! A request is one line, `{"token":"…","command":{"command":"status"}}`. The answer is lines, each one of
//! `{"line":{…}}`, `{"failed":{…}}` or, last, `"end"`: an answer without its end is not whole. After an answer that is no
//! stream the next request may follow, within [`socket::REQUEST_TIME`].

mod admit;
pub(crate) mod api;
pub mod client;
pub mod command;
pub(crate) mod face;
pub mod http;
pub mod socket;
pub mod token;
pub mod web;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

pub use client::{Client, Session};
pub use command::{Carry, Command, Grant, Role};
pub use socket::SocketDoor;

use crate::exit::Failure;

/// Bytes of one request: the largest payload, and its frame.
pub const REQUEST_BYTES: usize = 128 * 1024;
/// Bytes of one line of an answer: a conversation with all its messages.
pub const ANSWER_BYTES: usize = 64 * 1024 * 1024;
/// Clients at a time. Further ones wait.
pub const CLIENTS: usize = 64;
/// Requests on one connection; whoever has more connects again, and others who wait come in between.
pub const REQUESTS: usize = 1_000;
/// Commands that wait for the node.
pub const QUEUE: usize = 64;
/// Lines that wait for one client who follows something.
pub const STREAM_LINES: usize = 256;

/// A command at the node's door, and where its answer goes.
pub type Asked = (Role, Command, oneshot::Sender<Answer>);

/// What the node answers.
#[derive(Debug)]
pub enum Answer {
    /// All there is to say.
    Lines(Vec<Value>),
    /// What there is to say as it happens, until the sender is dropped.
    Stream(mpsc::Receiver<Value>),
    /// It was not done.
    Failed(Failure),
}

/// What the doors tell the node.
#[derive(Debug)]
pub enum DoorEvent {
    /// Somebody with a right to it asks for something.
    Command(Asked),
    /// Somebody was turned away: for the audit.
    Refused {
        /// Whose token it was; nothing when it was nobody's.
        role: Option<Role>,
        /// The name of the command that was asked for.
        command: String,
        /// `bad_token` or `owner_only`.
        code: String,
    },
}

/// Reads the line of bytes that a client sends: who asks, and for what.
///
/// # Errors
/// What the client is answered: `malformed`, `bad_token` or `owner_only`.
pub fn read_request(line: &[u8], tokens: &token::Tokens) -> Result<(Role, Command), Failure> {
    admit::admit(line, tokens).map_err(|denied| denied.failure)
}

/// One line of an answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AnswerLine {
    Line(Value),
    Failed(Failure),
    End,
}
