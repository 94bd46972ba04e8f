//! Client of a running node, at its local socket: for the command line, agents, the demo and tests.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use zeroize::Zeroizing;

use crate::command::{Command, Request, Role};
use crate::door::{ANSWER_BYTES, AnswerLine, REQUEST_TIME, REQUESTS};
use crate::error_code::ErrorCode;
use crate::exit::{Exit, Failure};
use crate::token::Token;
use crate::views::reply::Answered;

/// After so long without a command a connection is not used again: the node may be about to close it.
const IDLE: Duration = Duration::from_millis(REQUEST_TIME.as_millis() as u64 / 2);

/// Lookup of a node's socket, made before each connection, since a node that starts again may have chosen another one.
pub type Locate = Arc<dyn Fn() -> Result<PathBuf, Failure> + Send + Sync>;

/// Someone who may talk to a node. Each command is a connection of its own, so one client serves many tasks.
#[derive(Clone)]
pub struct Client {
    locate: Locate,
    token: Token,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("token", &self.token).finish_non_exhaustive()
    }
}

/// The lines of an answer, as they come.
#[derive(Debug)]
pub struct AnswerLines(BufReader<UnixStream>);

impl Client {
    /// A client with this token, at the node that listens there.
    #[must_use]
    pub fn new(locate: Locate, token: Token) -> Self {
        Self { locate, token }
    }

    /// Tells whether its token says of itself that it is the owner's.
    #[must_use]
    pub fn is_owners(&self) -> bool {
        self.token.says(Role::Owner)
    }

    /// Tells whether this is the text of its token.
    #[must_use]
    pub fn has_token(&self, text: &str) -> bool {
        self.token.is(text)
    }

    /// Asks, and waits for the whole reply.
    ///
    /// # Errors
    /// `not_running`, the failure with which the node answered, or `internal` when it answered something else.
    pub async fn ask<R: Request>(&self, request: R) -> Result<R::Reply, Failure> {
        self.answered(request).await?.read()
    }

    /// Asks, and waits for the whole reply, which is given as it came.
    ///
    /// # Errors
    /// `not_running`, or the failure with which the node answered.
    pub async fn answered<R: Request>(&self, request: R) -> Result<Answered<R::Reply>, Failure> {
        self.lines(request).await.map(Answered::new)
    }

    /// Gives any command, and waits for all lines of its answer.
    ///
    /// # Errors
    /// `not_running`, or the failure with which the node answered.
    pub async fn lines(&self, command: impl Into<Command>) -> Result<Vec<Value>, Failure> {
        self.follow(command).await?.all().await
    }

    /// A connection that is kept for many commands, one after the other.
    #[must_use]
    pub fn session(&self) -> Session {
        Session { client: self.clone(), open: None }
    }

    /// Asks, and gives the answer line by line as it comes.
    ///
    /// # Errors
    /// `not_running` when there is no node, or what is wrong with its socket's directory.
    pub async fn follow(&self, command: impl Into<Command>) -> Result<AnswerLines, Failure> {
        self.open(&command.into()).await
    }

    async fn open(&self, command: &Command) -> Result<AnswerLines, Failure> {
        let socket = (self.locate)()?;
        let stream = UnixStream::connect(&socket).await.map_err(|error| unreachable(&socket, &error))?;
        let mut lines = AnswerLines(BufReader::new(stream));
        self.say(command, &mut lines).await?;
        Ok(lines)
    }

    async fn say(&self, command: &Command, to: &mut AnswerLines) -> Result<(), Failure> {
        let request = json!({"token": self.token.text(), "command": command});
        let line = Zeroizing::new(format!("{request}\n"));
        to.0.write_all(line.as_bytes()).await.map_err(|error| gone(&error))
    }
}

/// A client that keeps its connection from one command to the next.
#[derive(Debug)]
pub struct Session {
    client: Client,
    open: Option<OpenConnection>,
}

/// A connection on which so many commands were asked, the last of them then.
#[derive(Debug)]
struct OpenConnection {
    lines: AnswerLines,
    asked: usize,
    last: Instant,
}

impl Session {
    /// Asks, and waits for the whole answer.
    ///
    /// # Errors
    /// `not_running`, or the failure with which the node answered.
    pub async fn lines(&mut self, command: impl Into<Command>) -> Result<Vec<Value>, Failure> {
        let command = &command.into();
        let mut open = match self.open.take() {
            Some(mut open) if open.asked < REQUESTS && open.last.elapsed() < IDLE => {
                self.client.say(command, &mut open.lines).await?;
                open
            }
            Some(_) | None => {
                OpenConnection { lines: self.client.open(command).await?, asked: 0, last: Instant::now() }
            }
        };
        let answer = open.lines.all().await?;
        self.open = Some(OpenConnection { asked: open.asked + 1, last: Instant::now(), ..open });
        Ok(answer)
    }
}

impl AnswerLines {
    async fn all(&mut self) -> Result<Vec<Value>, Failure> {
        let mut all = Vec::new();
        while let Some(line) = self.next().await? {
            all.push(line);
        }
        Ok(all)
    }

    /// The next line; nothing after the last.
    ///
    /// # Errors
    /// The failure with which the node answered, or `cut_off` when the node went away before the end.
    pub async fn next(&mut self) -> Result<Option<Value>, Failure> {
        let mut bytes = Vec::new();
        let limit = ANSWER_BYTES as u64;
        (&mut self.0).take(limit).read_until(b'\n', &mut bytes).await.map_err(|error| gone(&error))?;
        if bytes.last() != Some(&b'\n') {
            return Err(gone(&io::ErrorKind::UnexpectedEof.into()));
        }
        match serde_json::from_slice(&bytes) {
            Ok(AnswerLine::Line(value)) => Ok(Some(value)),
            Ok(AnswerLine::Failed(failure)) => Err(failure),
            Ok(AnswerLine::End) => Ok(None),
            Err(error) => Err(Failure::internal(format!("the node's answer cannot be read: {error}"))
                .hint("Use the command line of the same version as the node.")),
        }
    }
}

/// Nobody answers for this home.
#[must_use]
pub fn not_running() -> Failure {
    Failure::new(Exit::NotRunning, ErrorCode::NotRunning, "the node is not running")
        .hint("Start it in another terminal: ai2ai up")
}

fn unreachable(socket: &Path, error: &io::Error) -> Failure {
    // Reset: the node ended with this connection in its queue.
    if matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
    ) {
        return not_running();
    }
    Failure::file("talk to the node at", socket, error)
}

fn gone(error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, ErrorCode::CutOff, format!("the node went away before it had answered: {error}"))
        .hint("It is not known whether the command was done. See: ai2ai status")
}
