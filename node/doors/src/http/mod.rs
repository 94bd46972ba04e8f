//! A bounded HTTP/1.1 server: the ground of every door that speaks HTTP. What may come in is for [`guard`] to say.
//!
//! Everything that a client could make long, many or slow has a bound: the head, its headers and its address; the body; the
//! time for each of them, for the answer and for reading it; the connections, and how long one lasts.

pub mod guard;
mod write_timeout;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, RequestExt as _, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use write_timeout::WriteTimeout;

/// Bytes of a request's line and headers together.
pub const HEAD_BYTES: usize = 16 * 1024;
/// Headers of a request.
pub const HEADERS: usize = 64;
/// Bytes of a request's address: path and query.
pub const URL_BYTES: usize = 2 * 1024;
/// How long a connection is kept, whatever it does; an event stream connects again.
pub const CONNECTION_LIFE: Duration = Duration::from_secs(3600);
/// How long requests that are being answered may take once the door closes.
const CLOSING_TIME: Duration = Duration::from_millis(500);
/// The pause after the system could not accept a client (it is out of file handles).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a client may ask of a door; the bounds that are the same for all doors are constants of this room.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Bytes of a request's body.
    pub body: usize,
    /// Connections at a time; further ones wait.
    pub connections: usize,
    /// How long a client may take for a request's head, and how long it may be silent between two.
    pub head_time: Duration,
    /// How long a request may take, from its head to the beginning of its answer: its body comes within this time too.
    pub request_time: Duration,
    /// How long a client may leave an answer unread.
    pub write_time: Duration,
}

impl Bounds {
    /// The usual bounds, for requests whose bodies have at most so many bytes.
    #[must_use]
    pub fn of_body(body: usize) -> Self {
        Self {
            body,
            connections: 64,
            head_time: Duration::from_secs(10),
            request_time: Duration::from_secs(60),
            write_time: Duration::from_secs(30),
        }
    }
}

/// From where a door can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reachable {
    /// From this machine alone: an address that is not a loopback one is refused.
    Loopback,
    /// From wherever the address can be reached.
    Anywhere,
}

/// An address that is ours, and at which nobody is answered yet: with port 0, the port is known only now.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
    closing: CancellationToken,
}

impl Bound {
    /// Takes the address.
    ///
    /// # Errors
    /// `not_loopback` for an address that others could reach where only this machine may; `io` when it cannot be had.
    pub async fn to(address: SocketAddr, reachable: Reachable) -> Result<Self, Failure> {
        if reachable == Reachable::Loopback && !address.ip().is_loopback() {
            let message = format!("{address} could be reached by others, and this door is for this machine alone");
            return Err(Failure::new(Exit::Usage, ErrorCode::NotLoopback, message).hint("use 127.0.0.1 or [::1]"));
        }
        let io = |error: io::Error| {
            Failure::new(Exit::Failed, ErrorCode::Io, format!("cannot listen on {address}: {error}"))
        };
        let listener = TcpListener::bind(address).await.map_err(io)?;
        let address = listener.local_addr().map_err(io)?;
        Ok(Self { listener, address, closing: CancellationToken::new() })
    }

    /// Where clients find it.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Tells when the door closes: streams end then.
    #[must_use]
    pub fn closing(&self) -> CancellationToken {
        self.closing.clone()
    }

    /// Answers requests with these routes from now on. A route learns who asks by [`ConnectInfo`] of a [`SocketAddr`].
    #[must_use]
    pub fn serve(self, routes: Router, bounds: Bounds) -> HttpDoor {
        let routes = routes.layer(from_fn_with_state(bounds, within)).layer(DefaultBodyLimit::max(bounds.body));
        let Self { listener, address, closing } = self;
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, routes, bounds, closing.clone()));
        HttpDoor { address, closing, accepting, beside: JoinSet::new() }
    }
}

/// An open door. Dropping it closes it at once.
#[derive(Debug)]
pub struct HttpDoor {
    address: SocketAddr,
    closing: CancellationToken,
    accepting: JoinSet<()>,
    /// Tasks that go on for as long as it is open.
    beside: JoinSet<()>,
}

impl HttpDoor {
    /// Where clients find it.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Does this for as long as the door is open.
    #[must_use]
    pub fn with_task(mut self, work: impl Future<Output = ()> + Send + 'static) -> Self {
        self.beside.spawn(work);
        self
    }

    /// Closes the door: nobody new comes in, and what is being answered has a moment to end.
    pub async fn close(mut self) {
        self.closing.cancel();
        self.beside.shutdown().await;
        if let Some(Err(error)) = self.accepting.join_next().await {
            tracing::debug!(%error, "the door did not close by itself");
        }
    }
}

impl Drop for HttpDoor {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

async fn accept(listener: TcpListener, routes: Router, bounds: Bounds, closing: CancellationToken) {
    let places = Arc::new(Semaphore::new(bounds.connections));
    let mut clients = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = next(&listener, &places) => accepted,
            () = closing.cancelled() => break,
        };
        match accepted {
            Ok((stream, from, place)) => {
                let routes = routes.clone().layer(Extension(ConnectInfo(from)));
                let closing = closing.clone();
                clients.spawn(async move {
                    serve(stream, routes, bounds, closing).await;
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
    drop(listener);
    let ends = async { while clients.join_next().await.is_some() {} };
    if timeout(CLOSING_TIME, ends).await.is_err() {
        tracing::debug!("clients were hung up on");
        clients.shutdown().await;
    }
}

type Accepted = (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

/// The next client for whom there is a place.
async fn next(listener: &TcpListener, places: &Arc<Semaphore>) -> io::Result<Accepted> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, from) = listener.accept().await?;
    Ok((stream, from, place))
}

async fn serve(stream: TcpStream, routes: Router, bounds: Bounds, closing: CancellationToken) {
    let io = TokioIo::new(WriteTimeout::new(stream, bounds.write_time));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(bounds.head_time)
        .max_headers(HEADERS)
        .max_header_size(HEAD_BYTES)
        .max_buf_size(HEAD_BYTES);
    let connection = http.serve_connection(io, TowerToHyperService::new(routes)).with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = sleep(CONNECTION_LIFE) => None,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            Some(connection.as_mut().await)
        }
    };
    if let Some(Err(error)) = ended {
        tracing::debug!(%error, "a client went away in the middle");
    }
}

/// Holds one request to its bounds.
async fn within(State(bounds): State<Bounds>, request: Request, next: Next) -> Response {
    if request.uri().path_and_query().is_some_and(|address| address.as_str().len() > URL_BYTES) {
        return StatusCode::URI_TOO_LONG.into_response();
    }
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > bounds.body as u64) {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    match timeout(bounds.request_time, next.run(request.with_limited_body())).await {
        Ok(response) => response,
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

#[cfg(test)]
mod tests;
