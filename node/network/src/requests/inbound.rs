//! Requests of other nodes that are being answered.

use std::collections::HashSet;
use std::time::Instant;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use libp2p::bytes::Bytes;
use libp2p::request_response::{InboundRequestId, ResponseChannel};
use libp2p::swarm::ConnectionId;
use tokio::sync::oneshot;

use crate::limits::{ANSWER_WITHIN, CARD_WAITERS, CARD_WITHIN};
use crate::requests::admission::Permit;
use crate::requests::outbound::RequestKind;

/// A request of another's, and the way back to it.
#[derive(Debug)]
pub(crate) struct Responder {
    pub(crate) connection: ConnectionId,
    pub(crate) channel: ResponseChannel<Bytes>,
    /// It is held until the request is answered or dropped.
    pub(crate) _permit: Option<Permit>,
}

/// What a request is answered with; `None` when the node gave no answer in time.
pub(crate) type InboundAnswer = (RequestKind, Responder, Option<Vec<u8>>);

/// All requests of others.
#[derive(Debug, Default)]
pub(crate) struct InboundRequests {
    asked: FuturesUnordered<BoxFuture<'static, InboundAnswer>>,
    card_responders: Vec<(Instant, Responder)>,
    open: HashSet<(RequestKind, ConnectionId, InboundRequestId)>,
    last_ended: Option<Instant>,
}

impl InboundRequests {
    /// A request came in.
    pub(crate) fn began(&mut self, kind: RequestKind, connection: ConnectionId, request: InboundRequestId) {
        self.open.insert((kind, connection, request));
    }

    /// The answer to a request has left, or never will.
    pub(crate) fn ended(
        &mut self,
        kind: RequestKind,
        connection: ConnectionId,
        request: InboundRequestId,
        now: Instant,
    ) {
        self.open.remove(&(kind, connection, request));
        self.last_ended = Some(now);
    }

    /// When the last answer was handed to its connection, which may still be carrying it.
    pub(crate) fn last_ended(&self) -> Option<Instant> {
        self.last_ended
    }

    /// Whether every request has been answered, and the answers have left.
    pub(crate) fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// Where the node gives its answer to a request. Each one holds a permit, so they are bounded.
    pub(crate) fn ask(&mut self, kind: RequestKind, responder: Responder) -> oneshot::Sender<Vec<u8>> {
        let (sender, receiver) = oneshot::channel();
        self.asked.push(Box::pin(async move {
            let answer = tokio::time::timeout(ANSWER_WITHIN, receiver).await;
            (kind, responder, answer.ok().and_then(Result::ok))
        }));
        sender
    }

    /// The next answer of the node; `None` when none is awaited.
    pub(crate) async fn answered(&mut self) -> Option<InboundAnswer> {
        self.asked.next().await
    }

    /// Keeps the responder until this node has a card; gives it back when too many wait.
    pub(crate) fn wait_for_card(&mut self, responder: Responder, now: Instant) -> Option<Responder> {
        if self.card_responders.len() >= CARD_WAITERS {
            return Some(responder);
        }
        self.card_responders.push((now, responder));
        None
    }

    /// The responders that wait for a card, now that there is one.
    pub(crate) fn take_card_askers(&mut self) -> Vec<Responder> {
        self.card_responders.drain(..).map(|(_, responder)| responder).collect()
    }

    /// The responders that have waited for a card long enough.
    pub(crate) fn take_late_card_askers(&mut self, now: Instant) -> Vec<Responder> {
        let is_late = |since: Instant| now.saturating_duration_since(since) > CARD_WITHIN;
        self.card_responders.extract_if(.., |(since, _)| is_late(*since)).map(|(_, responder)| responder).collect()
    }
}
