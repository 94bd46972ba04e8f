//! Requests of others that are being answered.

use std::collections::HashSet;
use std::time::Instant;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use libp2p::bytes::Bytes;
use libp2p::request_response::{InboundRequestId, ResponseChannel};
use libp2p::swarm::ConnectionId;
use tokio::sync::oneshot;

use super::gate::Permit;
use super::limits::{ANSWER_WITHIN, CARD_WAITERS, CARD_WITHIN};
use super::mail::Kind;

/// A request of another's, and the way back to it.
#[derive(Debug)]
pub(super) struct Asker {
    pub(super) connection: ConnectionId,
    pub(super) channel: ResponseChannel<Bytes>,
    /// It is held until the request is answered or dropped.
    pub(super) _permit: Option<Permit>,
}

/// What a request is answered with; `None` when the node gave no answer in time.
pub(super) type Answered = (Kind, Asker, Option<Vec<u8>>);

/// All requests of others.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    asked: FuturesUnordered<BoxFuture<'static, Answered>>,
    card_askers: Vec<(Instant, Asker)>,
    open: HashSet<(Kind, ConnectionId, InboundRequestId)>,
    last_ended: Option<Instant>,
}

impl Arrivals {
    /// A request came in.
    pub(super) fn began(&mut self, kind: Kind, connection: ConnectionId, request: InboundRequestId) {
        self.open.insert((kind, connection, request));
    }

    /// The answer to a request has left, or never will.
    pub(super) fn ended(&mut self, kind: Kind, connection: ConnectionId, request: InboundRequestId, now: Instant) {
        self.open.remove(&(kind, connection, request));
        self.last_ended = Some(now);
    }

    /// When the last answer was handed to its connection, which may still be carrying it.
    pub(super) fn last_ended(&self) -> Option<Instant> {
        self.last_ended
    }

    /// Whether every request has been answered, and the answers have left.
    pub(super) fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// Where the node gives its answer to a request. Each one holds a permit, so they are bounded.
    pub(super) fn ask(&mut self, kind: Kind, asker: Asker) -> oneshot::Sender<Vec<u8>> {
        let (sender, receiver) = oneshot::channel();
        self.asked.push(Box::pin(async move {
            let answer = tokio::time::timeout(ANSWER_WITHIN, receiver).await;
            (kind, asker, answer.ok().and_then(Result::ok))
        }));
        sender
    }

    /// The next answer of the node; `None` when none is awaited.
    pub(super) async fn answered(&mut self) -> Option<Answered> {
        self.asked.next().await
    }

    /// Keeps the asker until this node has a card; gives it back when too many wait.
    pub(super) fn wait_for_card(&mut self, asker: Asker, now: Instant) -> Option<Asker> {
        if self.card_askers.len() >= CARD_WAITERS {
            return Some(asker);
        }
        self.card_askers.push((now, asker));
        None
    }

    /// The askers that wait for a card, now that there is one.
    pub(super) fn take_card_askers(&mut self) -> Vec<Asker> {
        self.card_askers.drain(..).map(|(_, asker)| asker).collect()
    }

    /// The askers that have waited for a card long enough.
    pub(super) fn take_late_card_askers(&mut self, now: Instant) -> Vec<Asker> {
        let is_late = |since: Instant| now.saturating_duration_since(since) > CARD_WITHIN;
        self.card_askers.extract_if(.., |(since, _)| is_late(*since)).map(|(_, asker)| asker).collect()
    }
}
