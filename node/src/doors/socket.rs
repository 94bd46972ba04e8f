//! The node's end of the local socket.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

use super::admit::{Attempt, Denied, admit, malformed};
use super::token::Tokens;
use super::{Answer, AnswerLine, CLIENTS, DoorEvent, REQUEST_BYTES};
use crate::config::HomeLock;
use crate::config::files::{own_dir, private_dir};
use crate::exit::Failure;

/// How long a client may take to say what it wants.
pub const REQUEST_TIME: Duration = Duration::from_secs(5);
/// How long a client may leave a line unread.
pub const WRITE_TIME: Duration = Duration::from_secs(30);
/// The pause after the system could not accept a client (it is out of file handles).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The open door. Dropping it closes the socket and removes its file.
#[derive(Debug)]
pub struct SocketDoor {
    path: PathBuf,
    accepting: JoinHandle<()>,
}

impl SocketDoor {
    /// Opens the door of the home whose lock is held. A socket file that a killed node left is replaced: while the lock
    /// is held, nobody listens there.
    ///
    /// # Errors
    /// When the socket's directory is not the owner's, or the socket cannot be made.
    pub fn open(lock: &HomeLock, tokens: Tokens, node: mpsc::Sender<DoorEvent>) -> Result<Self, Failure> {
        let path = lock.socket().to_owned();
        if let Some(dir) = path.parent() {
            private_dir(dir)?;
            own_dir_unless_data(dir, lock)?;
        }
        let listener = bind(&path).map_err(|error| Failure::file("listen on", &path, &error))?;
        let accepting = tokio::spawn(accept(listener, Arc::new(tokens), node));
        Ok(Self { path, accepting })
    }

    /// Closes the door: when this returns, nobody's command is on its way any more.
    pub async fn close(mut self) {
        self.accepting.abort();
        match (&mut self.accepting).await {
            Ok(()) => {}
            Err(error) => tracing::debug!(%error, "the door is closed"),
        }
    }
}

impl Drop for SocketDoor {
    fn drop(&mut self) {
        self.accepting.abort();
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "the socket's file was gone already");
        }
    }
}

/// A directory outside the home could have been made by anyone.
fn own_dir_unless_data(dir: &Path, lock: &HomeLock) -> Result<(), Failure> {
    if dir == lock.data() { Ok(()) } else { own_dir(dir, lock.data()) }
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn accept(listener: UnixListener, tokens: Arc<Tokens>, node: mpsc::Sender<DoorEvent>) {
    let places = Arc::new(Semaphore::new(CLIENTS));
    let mut clients = JoinSet::new();
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let (tokens, node) = (Arc::clone(&tokens), node.clone());
                clients.spawn(async move {
                    serve(stream, &tokens, &node).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a client could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
        while clients.try_join_next().is_some() {}
    }
}

/// One client: a request, an answer.
async fn serve(stream: UnixStream, tokens: &Tokens, node: &mpsc::Sender<DoorEvent>) {
    let (read, mut write) = stream.into_split();
    let mut reader = BufReader::new(read);
    let Ok(Ok(line)) = timeout(REQUEST_TIME, read_request(&mut reader)).await else {
        return;
    };
    let answer = match line.map_or_else(|| Err(malformed("it is too long")), |line| admit(&line, tokens)) {
        Ok((role, command)) => ask(node, |reply| DoorEvent::Command((role, command, reply))).await,
        Err(Denied { failure, audit }) => {
            if let Some(Attempt { role, command }) = audit {
                tracing::warn!(code = failure.code, "a request was refused at the door");
                // Guesses must not be able to hold the node up.
                if node.try_send(DoorEvent::Refused { role, command, code: failure.code.clone() }).is_err() {
                    tracing::warn!("and the node is too busy to note it in the audit");
                }
            }
            Answer::Failed(failure)
        }
    };
    if let Err(error) = say(answer, reader, &mut write).await {
        tracing::debug!(%error, "a client went away before its answer was read");
    }
}

/// The bytes of the first line, erased after use because a PIN may be in them; nothing when it is too long.
async fn read_request(reader: &mut BufReader<OwnedReadHalf>) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(REQUEST_BYTES + 1));
    reader.take(REQUEST_BYTES as u64 + 1).read_until(b'\n', &mut line).await?;
    match line.last() {
        Some(b'\n') => {
            line.pop();
            Ok(Some(line))
        }
        Some(_) if line.len() > REQUEST_BYTES => Ok(None),
        Some(_) | None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

async fn ask(node: &mpsc::Sender<DoorEvent>, event: impl FnOnce(oneshot::Sender<Answer>) -> DoorEvent) -> Answer {
    let (reply, answer) = oneshot::channel();
    let stopping = || Answer::Failed(Failure::internal("the node is stopping"));
    if node.send(event(reply)).await.is_err() {
        return stopping();
    }
    answer.await.unwrap_or_else(|_| stopping())
}

async fn say(answer: Answer, reader: BufReader<OwnedReadHalf>, write: &mut OwnedWriteHalf) -> io::Result<()> {
    match answer {
        Answer::Lines(lines) => {
            for line in lines {
                send(write, &AnswerLine::Line(line)).await?;
            }
        }
        Answer::Stream(lines) => follow(lines, reader, write).await?,
        Answer::Failed(failure) => return send(write, &AnswerLine::Failed(failure)).await,
    }
    send(write, &AnswerLine::End).await
}

/// Passes lines on until there are no more, or the client hangs up.
async fn follow(
    mut lines: mpsc::Receiver<Value>,
    mut reader: BufReader<OwnedReadHalf>,
    write: &mut OwnedWriteHalf,
) -> io::Result<()> {
    let mut said_more = [0; 1];
    loop {
        tokio::select! {
            line = lines.recv() => match line {
                Some(line) => send(write, &AnswerLine::Line(line)).await?,
                None => return Ok(()),
            },
            _ = reader.read(&mut said_more) => return Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

async fn send(write: &mut OwnedWriteHalf, line: &AnswerLine) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    timeout(WRITE_TIME, write.write_all(&bytes)).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

#[cfg(test)]
mod tests;
