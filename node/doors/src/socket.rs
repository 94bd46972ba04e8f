//! The node's end of the local socket.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ai2ai_api::door::{Answer, AnswerLine, CLIENTS, DoorEvent, REQUEST_BYTES, REQUEST_TIME, REQUESTS};
use ai2ai_api::exit::Failure;
use ai2ai_api::token::Tokens;
use ai2ai_home::files::{own_dir, private_dir};
use ai2ai_home::lock::HomeLock;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use zeroize::{Zeroize as _, Zeroizing};

use crate::authorize::{AuthAttempt, Denied, authorize, too_long};

/// Bytes of an answer that are gathered before they are written.
const WRITE_BYTES: usize = 64 * 1024;
/// How long a client may leave a line unread.
pub const WRITE_TIME: Duration = Duration::from_secs(30);
/// The pause after the system could not accept a client (it is out of file handles).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The open door. Dropping it closes the socket and removes its file.
#[derive(Debug)]
pub struct SocketDoor {
    path: PathBuf,
    closing: CancellationToken,
    accepting: JoinSet<()>,
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
        let closing = CancellationToken::new();
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, Arc::new(tokens), node, closing.clone()));
        Ok(Self { path, closing, accepting })
    }

    /// Closes the door: when this returns, nobody's command is on its way any more.
    pub async fn close(mut self) {
        self.closing.cancel();
        if let Some(Err(error)) = self.accepting.join_next().await {
            tracing::debug!(%error, "the door did not close by itself");
        }
    }
}

impl Drop for SocketDoor {
    fn drop(&mut self) {
        self.accepting.abort_all();
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

/// Serves whoever comes until the door closes; whoever is in then is cut off.
async fn accept(
    listener: UnixListener,
    tokens: Arc<Tokens>,
    node: mpsc::Sender<DoorEvent>,
    closing: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(CLIENTS));
    let mut clients = JoinSet::new();
    while let Some(accepted) = closing.run_until_cancelled(next(&listener, &places)).await {
        match accepted {
            Ok((stream, place)) => {
                let tokens = Arc::clone(&tokens);
                let node = node.clone();
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
    clients.shutdown().await;
}

/// The next client for whom there is a place.
async fn next(listener: &UnixListener, places: &Arc<Semaphore>) -> io::Result<(UnixStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

/// One client: requests, each with its answer, until the client goes away, says nothing for a while, or was turned away.
async fn serve(stream: UnixStream, tokens: &Tokens, node: &mpsc::Sender<DoorEvent>) {
    let (read, mut write) = stream.into_split();
    let mut reader = BufReader::new(read);
    let mut request = RequestLine::new();
    for _ in 0..REQUESTS {
        let Ok(Ok(line)) = timeout(REQUEST_TIME, request.read(&mut reader)).await else {
            return;
        };
        let admitted = line.map_or_else(|| Err(too_long()), |line| authorize(line, tokens));
        request.erase();
        let was_admitted = admitted.is_ok();
        let answer = match admitted {
            Ok((role, command)) => ask(node, |reply| DoorEvent::Command((role, command, reply))).await,
            Err(denied) => turn_away(denied, node),
        };
        match say(answer, &mut reader, &mut write).await {
            Ok(Then::NextRequest) if was_admitted => {}
            Ok(Then::NextRequest | Then::Close) => return,
            Err(error) => {
                tracing::debug!(%error, "a client went away before its answer was read");
                return;
            }
        }
    }
}

/// What becomes of the connection after an answer.
enum Then {
    NextRequest,
    Close,
}

fn turn_away(denied: Denied, node: &mpsc::Sender<DoorEvent>) -> Answer {
    let Denied { failure, audit } = denied;
    if let Some(AuthAttempt { role, command }) = audit {
        tracing::warn!(code = %failure.code, "a request was refused at the door");
        // Guesses must not be able to hold the node up.
        if node.try_send(DoorEvent::Refused { role, command, code: failure.code.to_string() }).is_err() {
            tracing::warn!("and the node is too busy to note it in the audit");
        }
    }
    Answer::Failed(failure)
}

/// The bytes of a line, erased after use because a PIN may be in them. They are never moved: no copy of them stays behind.
struct RequestLine(Zeroizing<Vec<u8>>);

impl RequestLine {
    fn new() -> Self {
        Self(Zeroizing::new(Vec::with_capacity(REQUEST_BYTES + 1)))
    }

    /// Reads the next line; nothing when it is too long.
    async fn read(&mut self, reader: &mut BufReader<OwnedReadHalf>) -> io::Result<Option<&[u8]>> {
        reader.take(REQUEST_BYTES as u64 + 1).read_until(b'\n', &mut self.0).await?;
        match self.0.split_last() {
            Some((b'\n', line)) => Ok(Some(line)),
            Some(_) if self.0.len() > REQUEST_BYTES => Ok(None),
            Some(_) | None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Erases what was read, and no more: the rest of its room holds nothing.
    fn erase(&mut self) {
        self.0.as_mut_slice().zeroize();
        self.0.clear();
    }
}

pub(crate) async fn ask(
    node: &mpsc::Sender<DoorEvent>,
    event: impl FnOnce(oneshot::Sender<Answer>) -> DoorEvent,
) -> Answer {
    let (reply, answer) = oneshot::channel();
    let stopping = || Answer::Failed(Failure::internal("the node is stopping"));
    if node.send(event(reply)).await.is_err() {
        return stopping();
    }
    answer.await.unwrap_or_else(|_| stopping())
}

async fn say(answer: Answer, reader: &mut BufReader<OwnedReadHalf>, write: &mut OwnedWriteHalf) -> io::Result<Then> {
    match answer {
        Answer::Lines(lines) => {
            let answer: Vec<AnswerLine> = lines.into_iter().map(AnswerLine::Line).chain([AnswerLine::End]).collect();
            send(write, &answer).await?;
            Ok(Then::NextRequest)
        }
        Answer::Stream(lines) => {
            follow(lines, reader, write).await?;
            send(write, &[AnswerLine::End]).await?;
            Ok(Then::Close)
        }
        Answer::Failed(failure) => {
            send(write, &[AnswerLine::Failed(failure)]).await?;
            Ok(Then::NextRequest)
        }
    }
}

/// Passes lines on until there are no more, or the client hangs up.
async fn follow(
    mut lines: mpsc::Receiver<Value>,
    reader: &mut BufReader<OwnedReadHalf>,
    write: &mut OwnedWriteHalf,
) -> io::Result<()> {
    let mut said_more = [0; 1];
    loop {
        tokio::select! {
            line = lines.recv() => match line {
                Some(line) => send(write, &[AnswerLine::Line(line)]).await?,
                None => return Ok(()),
            },
            _ = reader.read(&mut said_more) => return Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

/// Sends lines, those of one answer at once as far as [`WRITE_BYTES`] go. Each piece has to be read in time.
async fn send(write: &mut OwnedWriteHalf, lines: &[AnswerLine]) -> io::Result<()> {
    let mut bytes = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        serde_json::to_writer(&mut bytes, line)?;
        bytes.push(b'\n');
        if bytes.len() >= WRITE_BYTES || place + 1 == lines.len() {
            let late = |_| io::Error::from(io::ErrorKind::TimedOut);
            timeout(WRITE_TIME, write.write_all(&bytes)).await.map_err(late)??;
            bytes.clear();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
