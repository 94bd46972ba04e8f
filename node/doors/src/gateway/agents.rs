//! A registry for agents of the original, `/agents…`: a list of what agents say of themselves, in memory, for as long as they are alive.
//!
//! Nothing proves who registers. So a name belongs to the address that registered it until two minutes after its last heartbeat, and
//! nobody else can move or remove it; whoever looks somebody up compares the fingerprint before adding them.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_discovery::web::endpoint::Endpoint;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::original::object_of;
use ai2ai_protocol::time::Timestamp;
use axum::body::Bytes;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

/// How long an agent is listed after its last heartbeat: the documents' figure.
const FRESH: Duration = Duration::from_secs(120);
/// Agents that are listed.
const AGENTS: usize = 4_096;
/// Agents that one address may list.
const PER_ADDRESS: usize = 16;
/// Bytes of what one agent says of itself.
const AGENT_BYTES: usize = 4 * 1024;
/// Agents in one answer.
const FOUND: usize = 100;
/// What is kept of what an agent says; the rest is dropped.
const KEPT: [&str; 6] = ["id", "endpoint", "name", "humanName", "publicKey", "capabilities"];

struct Agent {
    from: IpAddr,
    said: Object,
    seen: Timestamp,
}

#[derive(Default)]
struct Agents(Mutex<BTreeMap<String, Agent>>);

impl Agents {
    /// Those that are alive.
    fn alive(&self, now: Timestamp) -> MutexGuard<'_, BTreeMap<String, Agent>> {
        let mut agents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        agents.retain(|_, agent| now < agent.seen + FRESH);
        agents
    }
}

/// The routes of a registry.
pub(super) fn routes() -> Router {
    Router::new()
        .route("/agents", post(register).get(search))
        .route("/agents/{id}", get(resolve).delete(deregister))
        .route("/agents/{id}/heartbeat", post(heartbeat))
        .with_state(Arc::new(Agents::default()))
}

type From = Extension<ConnectInfo<SocketAddr>>;
type Listed = State<Arc<Agents>>;

fn refused(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}

async fn register(State(agents): Listed, Extension(ConnectInfo(from)): From, body: Bytes) -> Response {
    let Some(said) = object_of(&body).filter(|_| body.len() <= AGENT_BYTES) else {
        return refused(StatusCode::BAD_REQUEST, "Invalid JSON");
    };
    let text = |name: &str| said.get(name).and_then(Value::as_str).filter(|text| is_label(text)).map(str::to_owned);
    let (Some(id), Some(endpoint)) = (text("id"), text("endpoint")) else {
        return refused(StatusCode::BAD_REQUEST, "Missing id or endpoint");
    };
    if Endpoint::read(&endpoint).is_err() {
        return refused(StatusCode::BAD_REQUEST, "Missing id or endpoint");
    }
    let now = now();
    let mut alive = agents.alive(now);
    let known = alive.get(&id);
    if known.is_some_and(|agent| agent.from != from.ip()) {
        return refused(StatusCode::CONFLICT, "Another agent of this name is registered");
    }
    let of_address = alive.values().filter(|agent| agent.from == from.ip()).count();
    if known.is_none() && (alive.len() >= AGENTS || of_address >= PER_ADDRESS) {
        return refused(StatusCode::TOO_MANY_REQUESTS, "There is no room for more agents");
    }
    let mut said: Object = said.into_iter().filter(|(name, _)| KEPT.contains(&name.as_str())).collect();
    said.insert("registeredAt".to_owned(), now.to_string().into());
    alive.insert(id.clone(), Agent { from: from.ip(), said, seen: now });
    (StatusCode::CREATED, Json(json!({ "status": "registered", "id": id }))).into_response()
}

fn is_label(text: &str) -> bool {
    const CHARS: usize = 512;
    !text.is_empty() && text.len() <= CHARS && !text.chars().any(ai2ai_protocol::name::is_unseen)
}

async fn heartbeat(State(agents): Listed, Extension(ConnectInfo(from)): From, Path(id): Path<String>) -> Response {
    let now = now();
    match agents.alive(now).get_mut(&id).filter(|agent| agent.from == from.ip()) {
        None => refused(StatusCode::NOT_FOUND, "Agent not found"),
        Some(agent) => {
            agent.seen = now;
            Json(json!({ "status": "ok" })).into_response()
        }
    }
}

/// What is searched for.
#[derive(Debug, Deserialize)]
struct Wanted {
    name: Option<String>,
    capability: Option<String>,
}

async fn search(State(agents): Listed, Query(wanted): Query<Wanted>) -> Json<Vec<Object>> {
    let is_named = |agent: &&Agent| {
        let text = |name: &str| agent.said.get(name).and_then(Value::as_str).unwrap_or_default().to_lowercase();
        wanted.name.as_ref().is_none_or(|name| {
            let name = name.to_lowercase();
            text("name").contains(&name) || text("id").contains(&name)
        })
    };
    let can = |agent: &&Agent| {
        let all = agent.said.get("capabilities").and_then(Value::as_array);
        wanted
            .capability
            .as_ref()
            .is_none_or(|wanted| all.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(wanted))))
    };
    let alive = agents.alive(now());
    Json(alive.values().filter(is_named).filter(can).take(FOUND).map(shown).collect())
}

/// An agent, as whoever asks sees it.
fn shown(agent: &Agent) -> Object {
    let mut said = agent.said.clone();
    said.insert("lastHeartbeat".to_owned(), agent.seen.to_string().into());
    said
}

async fn resolve(State(agents): Listed, Path(id): Path<String>) -> Response {
    match agents.alive(now()).get(&id) {
        Some(agent) => Json(shown(agent)).into_response(),
        None => refused(StatusCode::NOT_FOUND, "Agent not found"),
    }
}

async fn deregister(State(agents): Listed, Extension(ConnectInfo(from)): From, Path(id): Path<String>) -> Response {
    let mut alive = agents.alive(now());
    if alive.get(&id).is_some_and(|agent| agent.from != from.ip()) {
        return refused(StatusCode::FORBIDDEN, "Another address registered this agent");
    }
    alive.remove(&id);
    Json(json!({ "status": "deregistered", "id": id })).into_response()
}
