//! MCP over HTTP, for programs that want it so: on this machine only, with the agent's token, and from no web page.

use std::net::SocketAddr;
use std::sync::Arc;

use ai2ai_agent::calendar::Sources;
use ai2ai_agent::mcp::Tools;
use ai2ai_api::client::Client;
use ai2ai_api::door::REQUEST_BYTES;
use ai2ai_api::exit::Failure;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::sync::mpsc;

use crate::http::guard::{Callers, Guard, Hosts, bearer, stand};
use crate::http::{Bound, Bounds, HttpDoor, Reachable};

/// Where it is served.
pub const PATH: &str = "/mcp";
/// Refusals that wait to be forgotten.
const REFUSALS: usize = 1;

/// Opens the door at this address.
///
/// # Errors
/// When the address is not this machine's alone, or can't be had.
pub async fn open(client: Client, calendar: Sources, listen: SocketAddr) -> Result<HttpDoor, Failure> {
    let bound = Bound::to(listen, Reachable::Loopback).await?;
    let port = bound.address().port();
    let (node, mut refusals) = mpsc::channel(REFUSALS);
    let guard = Guard { door: "mcp", hosts: Hosts::Loopback(port), callers: Callers::Programs, node };
    // Without sessions there is nothing that a client could leave behind; both generations of the protocol go so.
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_allowed_hosts(["127.0.0.1", "localhost", "::1"].map(|host| format!("{host}:{port}")))
        .enforce_origin_validation()
        .with_max_request_body_bytes(REQUEST_BYTES);
    let tools = Tools::new(client.clone(), calendar);
    let service =
        StreamableHttpService::new(move || Ok(tools.clone()), Arc::new(NeverSessionManager::default()), config);
    let routes = Router::new()
        .route_service(PATH, service)
        .layer(from_fn_with_state(client, with_token))
        .layer(from_fn_with_state(guard, stand));
    // The log has who was turned away; the node, which keeps the audit, is another process.
    let forgets = async move { while refusals.recv().await.is_some() {} };
    Ok(bound.serve(routes, Bounds::of_body(REQUEST_BYTES)).with_task(forgets))
}

/// Others on this machine can reach the port too: only who has the agent's token comes in.
async fn with_token(State(client): State<Client>, request: Request, next: Next) -> Response {
    if bearer(request.headers()).is_some_and(|token| client.has_token(token)) {
        return next.run(request).await;
    }
    let told = "bad_token: this door wants `Authorization: Bearer` with the agent's token\n";
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], told).into_response()
}
