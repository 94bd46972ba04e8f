//! The owner's inbox in a browser on this machine. Its pages do nothing that the command line could not: each is made of the
//! answers to the same commands, and a decision is the same command, with the digest that was shown and the PIN.
//!
//! Reading and deciding work without JavaScript. Their words are escaped, cleaned and fenced; no page loads, runs or sends
//! anything but our own.

mod ask;
mod decide;
mod live;
mod login;
mod pages;
mod sessions;
mod shown;

use std::sync::Arc;

use ai2ai_api::door::{DoorEvent, REQUEST_BYTES};
use ai2ai_api::token::Tokens;
use ai2ai_api::views::EventView;
use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use crate::http::guard::{Callers, Guard, Hosts, stand};
use crate::http::{Bound, Bounds, HttpDoor};
pub use sessions::Sessions;

/// What this door is called in the audit.
const DOOR: &str = "web";

/// What every page is made with.
#[derive(Clone)]
struct Desk {
    node: mpsc::Sender<DoorEvent>,
    watchers: broadcast::Sender<EventView>,
    keys: Sessions,
    guard: Guard,
    tokens: Arc<Tokens>,
    /// Tells when the door closes.
    closing: CancellationToken,
}

/// Serves the pages at this address, to whoever these keys let in.
#[must_use]
pub fn open(
    bound: Bound,
    keys: Sessions,
    tokens: Tokens,
    node: mpsc::Sender<DoorEvent>,
    watchers: broadcast::Sender<EventView>,
) -> HttpDoor {
    let hosts = Hosts::Loopback(bound.address().port());
    let guard = Guard { door: DOOR, hosts, callers: Callers::OwnPages, node: node.clone() };
    let desk = Desk { node, watchers, keys, guard: guard.clone(), tokens: Arc::new(tokens), closing: bound.closing() };
    let routes = Router::new()
        .route("/", get(shown::inbox))
        .route("/item/{id}", get(shown::item))
        .route("/item/{id}/approve", post(decide::approve))
        .route("/item/{id}/reject", post(decide::reject))
        .route("/item/{id}/snooze", post(decide::snooze))
        .route("/item/{id}/block", post(decide::block))
        .route("/conversations", get(shown::conversations))
        .route("/conversation/{id}", get(shown::conversation))
        .route("/conversation/{id}/cancel", post(decide::cancel))
        .route("/agreements", get(shown::agreements))
        .route("/agreement/{id}", get(shown::agreement))
        .route("/people", get(shown::people))
        .route("/outbox", get(shown::outbox))
        .route("/doctor", get(shown::doctor))
        .route("/live", get(live::events))
        .route("/open/{secret}", get(login::let_in))
        .route("/close", post(login::close_out))
        .route("/style.css", get(style))
        .route("/live.js", get(script))
        .route("/icon.svg", get(icon))
        .fallback(shown::nothing_here)
        .with_state(desk)
        .layer(from_fn_with_state(guard, stand));
    bound.serve(routes, Bounds::of_body(REQUEST_BYTES))
}

async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "no-cache")], include_str!("style.css"))
}

async fn icon() -> impl IntoResponse {
    ([(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, "no-cache")], include_str!("icon.svg"))
}

async fn script() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "no-cache")], include_str!("live.js"))
}
