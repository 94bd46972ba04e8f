//! The other end of the local socket: what the command line, the demo and tests use to talk to a running node.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use zeroize::Zeroizing;

use super::socket::REQUEST_TIME;
use super::token::Token;
use super::{ANSWER_BYTES, AnswerLine, Command, REQUESTS, Role};
use crate::config::Paths;
use crate::config::lock::{not_running, socket_of};
use crate::exit::{Exit, Failure};
use crate::identity::{Identity, no_identity};

/// After so long without a command a connection is not used again: the node may be about to close it.
const IDLE: Duration = Duration::from_millis(REQUEST_TIME.as_millis() as u64 / 2);

/// Someone who may talk to the node of a home. Each command is a connection of its own, so one client serves many tasks.
#[derive(Debug, Clone)]
pub struct Client {
    paths: Paths,
    token: Token,
}

/// The lines of an answer, as they come.
#[derive(Debug)]
pub struct Lines(BufReader<UnixStream>);

impl Client {
    /// A client at the owner's or the agent's door of this home.
    ///
    /// # Errors
    /// `no_identity`, or what is wrong with the token's file.
    pub fn open(paths: &Paths, role: Role) -> Result<Self, Failure> {
        if !Identity::exists(paths) {
            return Err(no_identity(paths));
        }
        let file = match role {
            Role::Owner => &paths.owner_token,
            Role::Agent => &paths.agent_token,
        };
        Self::with_token_file(paths, file)
    }

    /// A client with the token in this file.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn with_token_file(paths: &Paths, file: &Path) -> Result<Self, Failure> {
        Ok(Self { paths: paths.clone(), token: Token::read(file)? })
    }

    /// Whether its token says of itself that it is the owner's.
    #[must_use]
    pub fn is_owners(&self) -> bool {
        self.token.says(Role::Owner)
    }

    /// Whether this is the text of its token.
    pub(crate) fn has_token(&self, text: &str) -> bool {
        self.token.is(text)
    }

    /// Asks, and waits for the whole answer.
    ///
    /// # Errors
    /// `not_running`, or the failure with which the node answered.
    pub async fn ask(&self, command: &Command) -> Result<Vec<Value>, Failure> {
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
    pub async fn follow(&self, command: &Command) -> Result<Lines, Failure> {
        let socket = socket_of(&self.paths)?;
        let stream = UnixStream::connect(&socket).await.map_err(|error| unreachable(&socket, &error))?;
        let mut lines = Lines(BufReader::new(stream));
        self.say(command, &mut lines).await?;
        Ok(lines)
    }

    async fn say(&self, command: &Command, to: &mut Lines) -> Result<(), Failure> {
        let request = json!({"token": self.token.text(), "command": command});
        let line = Zeroizing::new(format!("{request}\n"));
        to.0.write_all(line.as_bytes()).await.map_err(|error| gone(&error))
    }
}

/// A client that keeps its connection from one command to the next.
#[derive(Debug)]
pub struct Session {
    client: Client,
    open: Option<Open>,
}

/// A connection on which so many commands were asked, the last of them then.
#[derive(Debug)]
struct Open {
    lines: Lines,
    asked: usize,
    last: Instant,
}

impl Session {
    /// Asks, and waits for the whole answer.
    ///
    /// # Errors
    /// `not_running`, or the failure with which the node answered.
    pub async fn ask(&mut self, command: &Command) -> Result<Vec<Value>, Failure> {
        let mut open = match self.open.take() {
            Some(mut open) if open.asked < REQUESTS && open.last.elapsed() < IDLE => {
                self.client.say(command, &mut open.lines).await?;
                open
            }
            Some(_) | None => Open { lines: self.client.follow(command).await?, asked: 0, last: Instant::now() },
        };
        let answer = open.lines.all().await?;
        self.open = Some(Open { asked: open.asked + 1, last: Instant::now(), ..open });
        Ok(answer)
    }
}

impl Lines {
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

fn unreachable(socket: &Path, error: &io::Error) -> Failure {
    // Reset: it died with us in its queue.
    if matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
    ) {
        return not_running();
    }
    Failure::file("talk to the node at", socket, error)
}

fn gone(error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, "cut_off", format!("the node went away before it had answered: {error}"))
        .hint("It is not known whether the command was done. See: ai2ai status")
}
