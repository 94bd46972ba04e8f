//! Sealed native envelopes by the same POST, and by WebSocket: the same batches and receipts as over libp2p, judged by the same code.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ai2ai_engine::context::Context;
use ai2ai_engine::delivery::https::RECEIPTS;
use ai2ai_engine::inbound::batch;
use ai2ai_engine::state::originals::peer_of;
use ai2ai_protocol::limits::BATCH_BYTES;
use axum::body::Bytes;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use tokio::time::timeout;

use super::Known;

/// The sub-protocol of a WebSocket on which batches come and receipts go.
const SOCKET: &str = "ai2ai.batch.0.2";
/// How long a socket may be silent, and how long an answer may be left unread.
const SILENCE: Duration = Duration::from_secs(60);

/// Takes a batch in, and answers with its receipts.
pub(super) async fn posted(context: &Context, from: IpAddr, body: Bytes) -> Response {
    let receipts = batch::receive(context.clone(), peer_of(from), body.to_vec()).await;
    ([(CONTENT_TYPE, RECEIPTS)], receipts).into_response()
}

/// Opens a socket: each message is a batch, and is answered with its receipts before the next is read.
pub(super) async fn socket(
    State(known): State<Arc<Known>>,
    Extension(ConnectInfo(from)): Extension<ConnectInfo<SocketAddr>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let context = known.context.clone();
    upgrade.protocols([SOCKET]).max_message_size(BATCH_BYTES).max_frame_size(BATCH_BYTES).on_upgrade(
        move |socket| async move {
            // The upgraded connection runs in a task that nobody of ours owns.
            let tasks = context.tasks.clone();
            tasks.until_stopped(talk(socket, context, from.ip())).await.unwrap_or_default();
        },
    )
}

async fn talk(mut socket: WebSocket, context: Context, from: IpAddr) {
    if socket.protocol().is_none_or(|protocol| protocol != SOCKET) {
        return;
    }
    while let Ok(Some(Ok(message))) = timeout(SILENCE, socket.recv()).await {
        let batch = match message {
            Message::Binary(bytes) => bytes.to_vec(),
            Message::Text(text) => text.as_bytes().to_vec(),
            Message::Ping(_) | Message::Pong(_) => continue,
            Message::Close(_) => return,
        };
        if context.shared.originals.count_address(from, ai2ai_api::clock::now()).is_err() {
            return;
        }
        let receipts = batch::receive(context.clone(), peer_of(from), batch).await;
        let answer = Message::Text(String::from_utf8_lossy(&receipts).into_owned().into());
        if !matches!(timeout(SILENCE, socket.send(answer)).await, Ok(Ok(()))) {
            return;
        }
    }
}
