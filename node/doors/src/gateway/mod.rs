//! The HTTP face: where agents of the protocol's original post, and sealed native envelopes where only HTTPS passes.
//!
//! It listens where its owner says, for whoever comes, so it trusts nobody for where they are: every request counts against its
//! sender's address, what a web page sent is turned away, and no answer lets a web page read it.

mod agents;
mod caller;
mod native;
mod registrar;
mod routes;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::http::guard::{Callers, Guard, Hosts};
use crate::http::{Bound, Bounds, HttpDoor, Reachable};
use ai2ai_api::clock::now;
use ai2ai_api::door::DoorEvent;
use ai2ai_api::event_name::EventName;
use ai2ai_api::exit::Failure;
use ai2ai_engine::context::Context;
use ai2ai_home::config::Http;
use ai2ai_protocol::limits::BATCH_BYTES;
use ai2ai_protocol::original::{OriginalAnswer, OriginalReason};
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderValue, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use tokio::sync::mpsc;

/// Opens the face that the settings name; none, where they name none.
///
/// # Errors
/// When the address can't be listened on.
pub async fn open(
    settings: &Http,
    context: &Context,
    doors: &mpsc::Sender<DoorEvent>,
) -> Result<Option<HttpDoor>, Failure> {
    let Some(listen) = settings.listen else { return Ok(None) };
    let bound = Bound::to(listen, Reachable::Anywhere).await?;
    let address = bound.address();
    let endpoint = settings.endpoint().unwrap_or_else(|| format!("http://{address}/ai2ai"));
    let guard = Guard { door: "http", hosts: Hosts::Any, callers: Callers::Programs, node: doors.clone() };
    let watch = Arc::new(Watch { context: context.clone(), guard, behind: settings.behind.clone() });
    let routes = routes::routes(context.clone(), endpoint.clone(), settings.registry);
    let routes = routes.layer(from_fn_with_state(watch, stand));
    let door = bound.serve(routes, Bounds::of_body(BATCH_BYTES));
    context.shared.originals.listens.get_or_init(|| address);
    context.say(EventName::Http, format!("agents of the original are answered at {endpoint}"), None);
    if settings.registries.is_empty() {
        return Ok(Some(door));
    }
    Ok(Some(door.with_task(registrar::keep_registered(context.clone(), endpoint, settings.registries.clone()))))
}

/// What the routes know.
struct Known {
    context: Context,
    endpoint: String,
}

struct Watch {
    context: Context,
    guard: Guard,
    /// The web servers in front.
    behind: Vec<IpAddr>,
}

/// Lets a request through to the routes. Who is turned away is not told to the audit: strangers could fill it.
async fn stand(
    State(watch): State<Arc<Watch>>,
    Extension(ConnectInfo(from)): Extension<ConnectInfo<SocketAddr>>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = caller::of(from.ip(), request.headers(), &watch.behind);
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(caller, from.port())));
    let authority = request.uri().authority().map(axum::http::uri::Authority::as_str);
    let mut response = match watch.context.shared.originals.count_address(caller, now()) {
        Err(again_in) => {
            let mut response = json(&OriginalAnswer::refused(OriginalReason::RateLimited));
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(again_in));
            response
        }
        Ok(()) => match watch.guard.judge(request.method(), authority, request.headers()) {
            Ok(()) => next.run(request).await,
            Err(refusal) => (StatusCode::FORBIDDEN, format!("{}\n", refusal.code())).into_response(),
        },
    };
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// An answer to an envelope of the original.
fn json(answer: &OriginalAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(&answer.body)).into_response()
}
