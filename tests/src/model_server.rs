//! A server of a model, as OpenAI-compatible ones are: it says what a test has it say, well-meaning or not, and notes what it was asked.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Bytes of a question that are read.
const QUESTION: usize = 1 << 20;

/// An answer of the model.
#[derive(Debug, Clone)]
pub enum Says {
    /// A completion with this content.
    Content(String),
    /// This JSON, with status 200.
    Body(Value),
    /// These bytes, with status 200.
    Bytes(Vec<u8>),
    /// This status, and no words.
    Status(u16),
    /// It sends the asker elsewhere.
    Elsewhere(String),
    /// Nothing, without end.
    Nothing,
}

/// A question that came.
#[derive(Debug, Clone)]
pub struct Question {
    /// The path.
    pub path: String,
    /// The header `Authorization`.
    pub key: Option<String>,
    /// All its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Value,
}

#[derive(Debug, Default)]
struct Script {
    says: VecDeque<Says>,
    asked: Vec<Question>,
}

/// The server, until it is dropped.
pub struct ModelServer {
    /// The address.
    pub address: SocketAddr,
    script: Arc<Mutex<Script>>,
    task: JoinHandle<()>,
}

impl ModelServer {
    /// Serves on a port of this machine. When its script is at its end, it has nothing to say.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn serve() -> Self {
        let script: Arc<Mutex<Script>> = Arc::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().fallback(answer).with_state(Arc::clone(&script));
        let task = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Self { address, script, task }
    }

    /// Sets what it says next, after what it is to say already.
    pub fn then_says(&self, says: impl IntoIterator<Item = Says>) {
        held(&self.script).says.extend(says);
    }

    /// Returns what it was asked so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Question> {
        held(&self.script).asked.clone()
    }

    /// The settings of an assistant that asks it.
    #[must_use]
    pub fn settings(&self) -> String {
        format!("[assistant]\nendpoint = \"http://{}/v1\"\nmodel = \"scripted\"\nseconds = 2\n", self.address)
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An answer that follows the assistant's schema, but for these members.
#[must_use]
pub fn reply(act: &str, members: &Value) -> Says {
    let mut reply = json!({ "act": act, "text": null, "choose": null, "times": null, "why": null });
    for (name, value) in members.as_object().into_iter().flatten() {
        reply[name] = value.clone();
    }
    Says::Content(reply.to_string())
}

fn held(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(State(script): State<Arc<Mutex<Script>>>, request: Request) -> Response {
    assert_eq!(request.method(), Method::POST);
    let path = request.uri().path().to_owned();
    let key = request.headers().get(header::AUTHORIZATION).and_then(|key| key.to_str().ok()).map(str::to_owned);
    let headers = request.headers().clone();
    let bytes = axum::body::to_bytes(request.into_body(), QUESTION).await.unwrap_or_default();
    let body = serde_json::from_slice(&bytes).unwrap_or_default();
    let says = {
        let mut script = held(&script);
        script.asked.push(Question { path, key, headers, body });
        script.says.pop_front()
    };
    match says.unwrap_or_else(|| reply("nothing", &Value::Null)) {
        Says::Content(content) => {
            let message = json!({ "role": "assistant", "content": content });
            axum::Json(json!({ "choices": [{ "index": 0, "message": message }] })).into_response()
        }
        Says::Body(body) => axum::Json(body).into_response(),
        Says::Bytes(bytes) => bytes.into_response(),
        Says::Status(status) => StatusCode::from_u16(status).expect("a status").into_response(),
        Says::Elsewhere(url) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, url)]).into_response(),
        Says::Nothing => std::future::pending().await,
    }
}
