//! A web server that takes what is posted to it, and answers with the statuses it was given, then with 200.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Something that was posted.
#[derive(Debug, Clone)]
pub struct Posted {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Posted {
    /// The body, as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

#[derive(Default)]
struct Inside {
    posted: Vec<Posted>,
    statuses: VecDeque<u16>,
}

type Shared = Arc<Mutex<Inside>>;

/// The server, until it is dropped.
pub struct WebHook {
    /// The address.
    pub address: SocketAddr,
    inside: Shared,
    _runtime: Runtime,
}

impl WebHook {
    /// Starts it; its first answers have these statuses.
    ///
    /// # Panics
    /// When there is no port.
    #[must_use]
    pub fn start(statuses: &[u16]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let inside = Shared::default();
        lock(&inside).statuses.extend(statuses);
        let routes = Router::new().fallback(take).with_state(Arc::clone(&inside));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(async move { axum::serve(listener, routes).await });
        Self { address, inside, _runtime: runtime }
    }

    /// Returns what was posted so far.
    #[must_use]
    pub fn posted(&self) -> Vec<Posted> {
        lock(&self.inside).posted.clone()
    }
}

fn lock(inside: &Shared) -> std::sync::MutexGuard<'_, Inside> {
    inside.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn take(State(inside): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut inside = lock(&inside);
    inside.posted.push(Posted { headers, body });
    let status = inside.statuses.pop_front().unwrap_or(200);
    StatusCode::from_u16(status).expect("a status")
}
