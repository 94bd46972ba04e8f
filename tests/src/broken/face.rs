//! A web server in front of a node's HTTP face that spoils one thing.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The part that it spoils.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoil {
    /// Nothing.
    Nothing,
    /// It hides that a web page asks.
    HidesPages,
    /// It lets every web page read the answers.
    OpensToPages,
    /// Every answer is 200.
    SaysOk,
    /// The answers have no body.
    EatsBodies,
    /// The answers are of no kind.
    HidesKinds,
}

/// The web server; it lives as long as this does.
pub struct SpoiltFace {
    /// The address.
    pub url: String,
    life: JoinHandle<()>,
}

struct Inside {
    client: reqwest::Client,
    to: SocketAddr,
    spoil: Spoil,
}

impl SpoiltFace {
    /// Starts in front of the face at this address.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn before(to: SocketAddr, spoil: Spoil) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        // The face may close a connection at any moment between two requests: each has one of its own.
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().expect("a client");
        let inside = Arc::new(Inside { client, to, spoil });
        let limit = axum::extract::DefaultBodyLimit::disable();
        let routes = Router::new().fallback(passed).layer(limit).with_state(inside);
        let life = tokio::spawn(async move { drop(axum::serve(listener, routes).await) });
        Self { url, life }
    }
}

impl Drop for SpoiltFace {
    fn drop(&mut self) {
        self.life.abort();
    }
}

async fn passed(
    State(inside): State<Arc<Inside>>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    if inside.spoil == Spoil::HidesPages {
        headers.remove("origin");
        headers.remove("sec-fetch-site");
    }
    let url = format!("http://{}{}", inside.to, uri.path());
    let answer = inside.client.request(method, url).headers(headers).body(body).send().await.expect("an answer");
    let status = if inside.spoil == Spoil::SaysOk { StatusCode::OK } else { answer.status() };
    let mut headers = HeaderMap::new();
    if let Some(kind) = answer.headers().get("content-type").filter(|_| inside.spoil != Spoil::HidesKinds) {
        headers.insert("content-type", kind.clone());
    }
    if inside.spoil == Spoil::OpensToPages {
        headers.insert(HeaderName::from_static("access-control-allow-origin"), HeaderValue::from_static("*"));
    }
    let body = answer.bytes().await.expect("a body");
    let body = if inside.spoil == Spoil::EatsBodies { Bytes::new() } else { body };
    (status, headers, body).into_response()
}
