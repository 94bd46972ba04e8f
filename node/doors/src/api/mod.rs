//! The agent's door for programs that speak HTTP: on this machine only, with the agent's token, and with what an agent can do and nothing else.
//!
//! Every operation is one line of a table, and both the routes and the OpenAPI document (`/openapi.json`) are made from that table.

mod document;
mod operations;
mod reply;
mod stream;

use std::sync::Arc;

use ai2ai_agent::happenings::Happenings;
use ai2ai_agent::problem::Problem;
use ai2ai_agent::service::Service;
use ai2ai_api::command::Role;
use ai2ai_api::door::{DoorEvent, REQUEST_BYTES};
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Failure;
use ai2ai_api::token::Tokens;
use ai2ai_home::config::ApiConfig;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::Method;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodFilter, get, on};
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::http::guard::{self, Callers, Guard, Hosts};
use crate::http::{Bound, Bounds, HttpDoor, Reachable};
use operations::{Operation, operations};
use reply::reply;

/// What the routes work with.
#[derive(Clone)]
struct Api {
    work: Service,
    happenings: Happenings,
    tokens: Arc<Tokens>,
    guard: Guard,
}

/// One operation, where it is served.
type Served = (Api, Arc<Operation>);

/// Opens the door.
///
/// # Errors
/// When the address is not this machine's alone, or can't be had.
pub async fn open(
    config: &ApiConfig,
    tokens: Tokens,
    work: Service,
    happenings: Happenings,
    node: mpsc::Sender<DoorEvent>,
) -> Result<HttpDoor, Failure> {
    let bound = Bound::to(config.listen, Reachable::Loopback).await?;
    let hosts = Hosts::Loopback(bound.address().port());
    let guard = Guard { door: "api", hosts, callers: Callers::Programs, node };
    let api = Api { work, happenings, tokens: Arc::new(tokens), guard };
    tracing::info!(address = %bound.address(), "the HTTP API is open");
    let routes = routes(api, bound.closing());
    Ok(bound.serve(routes, Bounds::of_body(REQUEST_BYTES)))
}

fn routes(api: Api, closing: CancellationToken) -> Router {
    let events = get(stream::events).with_state((api.happenings.clone(), closing));
    let mut routes = Router::new().route("/v1/events", events);
    for operation in operations() {
        let path = operation.path;
        let method = filter(&operation.method);
        routes = routes.route(path, on(method, done).with_state((api.clone(), Arc::new(operation))));
    }
    // The document says what could be asked, and nothing of who is asked.
    routes
        .layer(from_fn_with_state(api.clone(), with_token))
        .route("/openapi.json", get(async || axum::Json(document::document())))
        .layer(from_fn_with_state(api.guard, guard::stand))
}

fn filter(method: &Method) -> MethodFilter {
    match method.as_str() {
        "POST" => MethodFilter::POST,
        "DELETE" => MethodFilter::DELETE,
        _ => MethodFilter::GET,
    }
}

/// Only the agent's token opens this door: the owner's is not for programs.
async fn with_token(State(api): State<Api>, request: Request, next: Next) -> Response {
    let problem = match guard::bearer(request.headers()).and_then(|token| api.tokens.role_of(token)) {
        Some(Role::Agent) => return next.run(request).await,
        Some(Role::Owner) => Problem::new(ErrorCode::OwnerToken, "the owner's token is for no program")
            .hint("Use the one in agent.token."),
        None => Problem::new(ErrorCode::BadToken, "this door wants `Authorization: Bearer` with the agent's token"),
    };
    api.guard.tell(problem.code.as_str());
    reply(Err(problem))
}

/// Does one operation: with what stands in its path, its query and its body, and nothing else.
async fn done(
    State((api, operation)): State<Served>,
    Path(path): Path<Vec<(String, String)>>,
    Query(query): Query<Vec<(String, String)>>,
    body: Bytes,
) -> Response {
    let asked = match operation.asked(path, query, &body) {
        Ok(asked) => asked,
        Err(problem) => return reply(Err(problem)),
    };
    match (operation.run)(api.work, asked).await {
        Err(problem) if problem.code == ErrorCode::Internal => {
            tracing::warn!(path = operation.path, "the API could not answer");
            reply(Err(problem))
        }
        answer => reply(answer),
    }
}

/// What an operation is asked with.
type OperationArguments = Map<String, Value>;
