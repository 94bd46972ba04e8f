//! Requests of ours: those that wait for a connection, and those that are under way.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use libp2p::bytes::Bytes;
use libp2p::request_response::OutboundRequestId;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::oneshot;

use super::error::{Attempt, Fate, NetworkError};
use super::event::Service;
use super::limits::{OUT, OUT_PER_PEER};

/// Which protocol a request speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Card,
    Batch,
    Service(Service),
}

/// What came back, and how long it took from the sending.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) bytes: Bytes,
    pub(super) rtt: Duration,
}

/// One request of ours.
#[derive(Debug)]
pub(super) struct Errand {
    pub(super) peer: PeerId,
    pub(super) kind: Kind,
    pub(super) bytes: Bytes,
    /// Where the peer may be.
    pub(super) addresses: Vec<Multiaddr>,
    pub(super) reply: oneshot::Sender<Result<Answer, NetworkError>>,
    /// It was sent once, over a connection that closed under it.
    pub(super) sent_before: bool,
    /// The relay that the connection over which it was sent last goes through, if it does.
    pub(super) relay: Option<PeerId>,
}

impl Errand {
    pub(super) fn end(self, answer: Result<Answer, NetworkError>) {
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
pub(super) struct Ticket {
    pub(super) kind: Kind,
    pub(super) connection: ConnectionId,
    pub(super) request: OutboundRequestId,
}

/// All requests of ours.
#[derive(Debug, Default)]
pub(super) struct Mail {
    waiting: HashMap<PeerId, Vec<Errand>>,
    under_way: HashMap<Ticket, (Errand, Instant)>,
}

impl Mail {
    /// Whether no further request to the peer can be taken.
    pub(super) fn is_full(&self, peer: &PeerId) -> bool {
        let waiting: usize = self.waiting.values().map(Vec::len).sum();
        let of_peer = self.waiting.get(peer).map_or(0, Vec::len)
            + self.under_way.values().filter(|(errand, _)| errand.peer == *peer).count();
        of_peer >= OUT_PER_PEER || waiting + self.under_way.len() >= OUT
    }

    pub(super) fn is_idle(&self) -> bool {
        self.under_way.is_empty()
    }

    /// Keeps a request until its peer is connected.
    pub(super) fn wait(&mut self, errand: Errand) {
        self.waiting.entry(errand.peer).or_default().push(errand);
    }

    /// The requests that waited for the peer, in order.
    pub(super) fn take_waiting(&mut self, peer: &PeerId) -> Vec<Errand> {
        self.waiting.remove(peer).unwrap_or_default()
    }

    pub(super) fn sent(&mut self, ticket: Ticket, errand: Errand, now: Instant) {
        self.under_way.insert(ticket, (errand, now));
    }

    /// The request is answered, or has failed; when it was sent.
    pub(super) fn take(&mut self, ticket: &Ticket) -> Option<(Errand, Instant)> {
        self.under_way.remove(ticket)
    }

    /// No address led to the peer.
    pub(super) fn no_route(&mut self, peer: PeerId, tried: &[Attempt]) {
        for errand in self.take_waiting(&peer) {
            errand.end(Err(NetworkError::NoRoute { peer, tried: tried.to_vec() }));
        }
    }

    /// The node stops: what waits is not sent.
    pub(super) fn stop_waiting(&mut self) {
        for errand in self.waiting.drain().flat_map(|(_, errands)| errands) {
            errand.end(Err(NetworkError::Stopped));
        }
    }

    /// The node has stopped: what is under way stays without an answer.
    pub(super) fn stop(&mut self) {
        self.stop_waiting();
        for (_, (errand, _)) in self.under_way.drain() {
            let peer = errand.peer;
            errand.end(Err(NetworkError::NoAnswer { peer, reason: "this node has stopped".to_owned() }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errand(peer: PeerId) -> (Errand, oneshot::Receiver<Result<Answer, NetworkError>>) {
        let (reply, receiver) = oneshot::channel();
        let errand = Errand {
            peer,
            kind: Kind::Batch,
            bytes: Bytes::new(),
            addresses: vec![],
            reply,
            sent_before: false,
            relay: None,
        };
        (errand, receiver)
    }

    #[test]
    fn one_peer_and_all_peers_have_a_bound() {
        let mut mail = Mail::default();
        let peer = PeerId::random();
        (0..OUT_PER_PEER).for_each(|_| mail.wait(errand(peer).0));
        assert!(mail.is_full(&peer));
        assert!(!mail.is_full(&PeerId::random()));
        (OUT_PER_PEER..OUT).for_each(|_| mail.wait(errand(PeerId::random()).0));
        assert!(mail.is_full(&PeerId::random()));
    }

    #[test]
    fn what_was_sent_once_is_never_said_to_be_unsent() {
        let peer = PeerId::random();
        let (mut errand, mut receiver) = errand(peer);
        errand.sent_before = true;
        errand.end(Err(NetworkError::NoRoute { peer, tried: vec![] }));
        let error = receiver.try_recv().expect("an answer").expect_err("an error");
        assert_eq!(error.fate(), Fate::Unknown);
    }

    #[test]
    fn a_stopped_node_answers_everybody_who_waits() {
        let mut mail = Mail::default();
        let (errand, mut receiver) = errand(PeerId::random());
        mail.wait(errand);
        mail.stop();
        assert_eq!(receiver.try_recv().expect("an answer").err(), Some(NetworkError::Stopped));
    }
}
