//! What can be asked of the HTTP face.

use std::net::SocketAddr;
use std::sync::Arc;

use ai2ai_engine::context::Context;
use ai2ai_engine::delivery::https::{BATCH, PATH};
use ai2ai_engine::legacy::receive::{handshake_of, receive};
use ai2ai_legacy::INTENTS;
use ai2ai_protocol::original::{Fingerprint, OriginalAnswer, OriginalReason, pem_of_key};
use axum::body::Bytes;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Extension, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Known, agents, json as answered, native};

/// The routes of the face.
pub(super) fn routes(context: Context, endpoint: String, is_registry: bool) -> Router {
    let known = Arc::new(Known { context, endpoint });
    let routes = Router::new()
        .route(PATH, post(posted).get(native::socket))
        .route("/ai2ai/health", get(health))
        .route(ai2ai_discovery::web::well_known::PATH, get(well_known))
        .with_state(known);
    let routes = if is_registry { routes.merge(agents::routes()) } else { routes };
    routes.fallback(nowhere)
}

async fn nowhere() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "error": "Not found. POST to /ai2ai" }))).into_response()
}

/// An envelope of the original, or a batch of sealed native ones: the content type says which.
async fn posted(
    State(known): State<Arc<Known>>,
    Extension(ConnectInfo(from)): Extension<ConnectInfo<SocketAddr>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Ok(body) = body else { return answered(&OriginalAnswer::refused(OriginalReason::TooLarge)) };
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => answered(&receive(&known.context, &body).await),
        BATCH => native::posted(&known.context, from.ip(), body).await,
        _ => StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response(),
    }
}

async fn health(State(known): State<Arc<Known>>) -> Json<Value> {
    let agent = known.context.me.sender.agent.as_str();
    Json(json!({ "status": "online", "protocol": "ai2ai", "version": "1.0", "agent": agent, "intents": INTENTS }))
}

/// Who this is, as the original's documents have it; and our signed card in it, for native nodes.
async fn well_known(State(known): State<Arc<Known>>) -> Json<Value> {
    let context = &known.context;
    let key = known.context.shared.originals.identity.public();
    let card = context.own.borrow().card.as_ref().and_then(|card| serde_json::from_slice::<Value>(card.bytes()).ok());
    let handshake = handshake_of(context);
    Json(json!({
        "ai2ai": "1.0", "endpoint": known.endpoint, "agent": context.me.sender.agent, "human": context.me.sender.human,
        "publicKey": pem_of_key(&key), "fingerprint": Fingerprint::of(&key).to_string(), "capabilities": INTENTS,
        "x25519_public_key": handshake["x25519_public_key"], "card": card,
    }))
}
