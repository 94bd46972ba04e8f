//! Requests of this node: those that wait for a connection, and those that are under way.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use libp2p::bytes::Bytes;
use libp2p::request_response::OutboundRequestId;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::oneshot;

use crate::error::{DialAttempt, Fate, NetworkError};
use crate::event::VolunteerService;
use crate::limits::{OUT, OUT_PER_PEER};

/// Which protocol a request speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum RequestKind {
    Card,
    Batch,
    Service(VolunteerService),
}

/// What came back, and how long it took from the sending.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) bytes: Bytes,
    pub(crate) rtt: Duration,
}

/// One request of ours.
#[derive(Debug)]
pub(crate) struct OutboundRequest {
    pub(crate) peer: PeerId,
    pub(crate) kind: RequestKind,
    pub(crate) bytes: Bytes,
    /// Where the peer may be.
    pub(crate) addresses: Vec<Multiaddr>,
    pub(crate) reply: oneshot::Sender<Result<Response, NetworkError>>,
    /// It was sent once, over a connection that closed under it.
    pub(crate) sent_before: bool,
    /// The relay that the connection over which it was sent last goes through, if it does.
    pub(crate) relay: Option<PeerId>,
}

impl OutboundRequest {
    pub(crate) fn end(self, answer: Result<Response, NetworkError>) {
        let answer = answer.map_err(|error| match error.fate() {
            Fate::NotSent if self.sent_before => NetworkError::NoAnswer {
                peer: self.peer,
                reason: format!("the connection closed under the request, and then: {error}"),
            },
            Fate::NotSent | Fate::Unknown => error,
        });
        if self.reply.send(answer).is_err() {
            tracing::debug!(peer = %self.peer, "nobody waits for this answer any more");
        }
    }
}

/// Names a request that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RequestKey {
    pub(crate) kind: RequestKind,
    pub(crate) connection: ConnectionId,
    pub(crate) id: OutboundRequestId,
}

/// All requests of ours.
#[derive(Debug, Default)]
pub(crate) struct OutboundRequests {
    waiting: HashMap<PeerId, Vec<OutboundRequest>>,
    under_way: HashMap<RequestKey, (OutboundRequest, Instant)>,
}

impl OutboundRequests {
    /// Whether no further request to the peer can be taken.
    pub(crate) fn is_full(&self, peer: &PeerId) -> bool {
        let waiting: usize = self.waiting.values().map(Vec::len).sum();
        let of_peer = self.waiting.get(peer).map_or(0, Vec::len)
            + self.under_way.values().filter(|(request, _)| request.peer == *peer).count();
        of_peer >= OUT_PER_PEER || waiting + self.under_way.len() >= OUT
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.under_way.is_empty()
    }

    /// Keeps a request until its peer is connected.
    pub(crate) fn wait(&mut self, request: OutboundRequest) {
        self.waiting.entry(request.peer).or_default().push(request);
    }

    /// The requests that waited for the peer, in order.
    pub(crate) fn take_waiting(&mut self, peer: &PeerId) -> Vec<OutboundRequest> {
        self.waiting.remove(peer).unwrap_or_default()
    }

    pub(crate) fn sent(&mut self, key: RequestKey, request: OutboundRequest, now: Instant) {
        self.under_way.insert(key, (request, now));
    }

    /// The request is answered, or has failed; when it was sent.
    pub(crate) fn take(&mut self, key: &RequestKey) -> Option<(OutboundRequest, Instant)> {
        self.under_way.remove(key)
    }

    /// No address led to the peer.
    pub(crate) fn no_route(&mut self, peer: PeerId, tried: &[DialAttempt]) {
        for request in self.take_waiting(&peer) {
            request.end(Err(NetworkError::NoRoute { peer, tried: tried.to_vec() }));
        }
    }

    /// The node stops: what waits is not sent.
    pub(crate) fn stop_waiting(&mut self) {
        for request in self.waiting.drain().flat_map(|(_, waiting)| waiting) {
            request.end(Err(NetworkError::Stopped));
        }
    }

    /// The node has stopped: what is under way stays without an answer.
    pub(crate) fn stop(&mut self) {
        self.stop_waiting();
        for (_, (request, _)) in self.under_way.drain() {
            let peer = request.peer;
            request.end(Err(NetworkError::NoAnswer { peer, reason: "this node has stopped".to_owned() }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(peer: PeerId) -> (OutboundRequest, oneshot::Receiver<Result<Response, NetworkError>>) {
        let (reply, receiver) = oneshot::channel();
        let request = OutboundRequest {
            peer,
            kind: RequestKind::Batch,
            bytes: Bytes::new(),
            addresses: vec![],
            reply,
            sent_before: false,
            relay: None,
        };
        (request, receiver)
    }

    #[test]
    fn one_peer_and_all_peers_have_a_bound() {
        let mut requests = OutboundRequests::default();
        let peer = PeerId::random();
        (0..OUT_PER_PEER).for_each(|_| requests.wait(request(peer).0));
        assert!(requests.is_full(&peer));
        assert!(!requests.is_full(&PeerId::random()));
        (OUT_PER_PEER..OUT).for_each(|_| requests.wait(request(PeerId::random()).0));
        assert!(requests.is_full(&PeerId::random()));
    }

    #[test]
    fn what_was_sent_once_is_never_said_to_be_unsent() {
        let peer = PeerId::random();
        let (mut request, mut receiver) = request(peer);
        request.sent_before = true;
        request.end(Err(NetworkError::NoRoute { peer, tried: vec![] }));
        let error = receiver.try_recv().expect("an answer").expect_err("an error");
        assert_eq!(error.fate(), Fate::Unknown);
    }

    #[test]
    fn a_stopped_node_answers_everybody_who_waits() {
        let mut requests = OutboundRequests::default();
        let (request, mut receiver) = request(PeerId::random());
        requests.wait(request);
        requests.stop();
        assert_eq!(receiver.try_recv().expect("an answer").err(), Some(NetworkError::Stopped));
    }
}
