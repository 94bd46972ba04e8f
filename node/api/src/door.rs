//! Doors of a running node: requests, answers, and their bounds.
//!
//! A request is one line, `{"token":"…","command":{"command":"status"}}`. The answer is lines, each one of
//! `{"line":{…}}`, `{"failed":{…}}` or, last, `"end"`: an answer without its end is not whole. After an answer that is no
//! stream the next request may follow, within [`REQUEST_TIME`].

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use crate::command::{Command, Role};
use crate::exit::Failure;

/// Bytes of one request: the largest payload, and its frame.
pub const REQUEST_BYTES: usize = 128 * 1024;
/// Bytes of one line of an answer: a conversation with all its messages.
pub const ANSWER_BYTES: usize = 64 * 1024 * 1024;
/// Clients at a time. Further ones wait.
pub const CLIENTS: usize = 64;
/// Requests on one connection; whoever has more connects again, and others who wait come in between.
pub const REQUESTS: usize = 1_000;
/// Time that a client has for its first request, and for each next one.
pub const REQUEST_TIME: Duration = Duration::from_secs(5);
/// Lines of a listing: the latest.
pub const LISTED: usize = 1_000;
/// Characters of the key under which an agent's draft is made once.
pub const KEY_CHARS: usize = 128;
/// Commands that wait for the node.
pub const QUEUE: usize = 64;
/// Lines that wait for one client who follows something.
pub const STREAM_LINES: usize = 256;

/// A command at the node's door, and where its answer goes.
pub type Asked = (Role, Command, oneshot::Sender<Answer>);

/// Answer of the node.
#[derive(Debug)]
pub enum Answer {
    /// All there is to say.
    Lines(Vec<Value>),
    /// Lines as they come, until the sender is dropped.
    Stream(mpsc::Receiver<Value>),
    /// It was not done.
    Failed(Failure),
}

/// Event that the doors report to the node.
#[derive(Debug)]
pub enum DoorEvent {
    /// Somebody with a right to it asks for something.
    Command(Asked),
    /// Somebody was turned away: for the audit.
    Refused {
        /// Role of the token; absent when it was nobody's.
        role: Option<Role>,
        /// The name of the command that was asked for.
        command: String,
        /// `bad_token` or `owner_only`.
        code: String,
    },
}

/// One line of an answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerLine {
    /// Something that was asked for.
    Line(Value),
    /// It was not done.
    Failed(Failure),
    /// There is no more.
    End,
}
