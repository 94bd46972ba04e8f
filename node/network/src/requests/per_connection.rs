//! One request-response behaviour for each connection, so that a request goes over the connection that we choose.
//!
//! libp2p's request-response spreads requests over *all* connections of a peer, dead and surplus ones too. So each
//! connection gets a request-response behaviour of its own, which knows no other.

use std::collections::{HashMap, VecDeque};
use std::task::{Context, Poll};

use futures::task::noop_waker_ref;
use libp2p::bytes::Bytes;
use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::request_response as rr;
use libp2p::swarm::behaviour::ConnectionClosed;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId, StreamProtocol};

use crate::limits::{REQUEST_WITHIN, STREAMS};
use crate::requests::admission::Admission;
use crate::requests::codec::{Codec, RequestBytes, Sizes};

type RequestResponse = rr::Behaviour<Codec>;

/// An event of one of them.
pub(crate) type RequestEvent = rr::Event<RequestBytes, Bytes>;

/// Behaviours of one protocol: one for each connection.
pub(crate) struct PerConnection {
    protocol: StreamProtocol,
    support: rr::ProtocolSupport,
    sizes: Sizes,
    admission: Admission,
    behaviours: HashMap<ConnectionId, RequestResponse>,
    ready: VecDeque<ToSwarm<RequestEvent, THandlerInEvent<RequestResponse>>>,
}

impl PerConnection {
    pub(crate) fn new(protocol: StreamProtocol, sizes: Sizes, admission: Admission) -> Self {
        let support = rr::ProtocolSupport::Full;
        Self { protocol, support, sizes, admission, behaviours: HashMap::new(), ready: VecDeque::new() }
    }

    /// The same, for a node that answers no such requests.
    pub(crate) fn that_only_ask(self) -> Self {
        Self { support: rr::ProtocolSupport::Outbound, ..self }
    }

    /// Sends a request over this connection; `None` when it is gone.
    pub(crate) fn ask(
        &mut self,
        connection: ConnectionId,
        peer: &PeerId,
        bytes: Bytes,
    ) -> Option<rr::OutboundRequestId> {
        let behaviour = self.behaviours.get_mut(&connection)?;
        let request = behaviour.send_request(peer, RequestBytes { bytes, permit: None });
        Self::drain(behaviour, &mut self.ready);
        Some(request)
    }

    /// Answers a request that came over this connection; when it is gone, so is the answer.
    pub(crate) fn answer(&mut self, connection: ConnectionId, channel: rr::ResponseChannel<Bytes>, bytes: Bytes) {
        let sent = self
            .behaviours
            .get_mut(&connection)
            .is_some_and(|behaviour| behaviour.send_response(channel, bytes).is_ok());
        if !sent {
            tracing::debug!(%connection, "the responder did not wait for the answer");
        }
    }

    fn open(&mut self, peer: PeerId) -> RequestResponse {
        let codec = Codec::new(self.sizes, self.admission.of(peer));
        let config = rr::Config::default().with_request_timeout(REQUEST_WITHIN).with_max_concurrent_streams(STREAMS);
        RequestResponse::with_codec(codec, [(self.protocol.clone(), self.support.clone())], config)
    }

    fn close(&mut self, closed: ConnectionClosed<'_>) {
        let Some(mut behaviour) = self.behaviours.remove(&closed.connection_id) else { return };
        // The behaviour knows one connection, so to it none remains, whatever else the peer has.
        behaviour.on_swarm_event(FromSwarm::ConnectionClosed(ConnectionClosed { remaining_established: 0, ..closed }));
        Self::drain(&mut behaviour, &mut self.ready);
    }

    /// A behaviour's `poll` only hands out what its last input made, so no waker is needed.
    fn drain(
        behaviour: &mut RequestResponse,
        ready: &mut VecDeque<ToSwarm<RequestEvent, THandlerInEvent<RequestResponse>>>,
    ) {
        let mut context = Context::from_waker(noop_waker_ref());
        while let Poll::Ready(event) = behaviour.poll(&mut context) {
            ready.push_back(event);
        }
    }
}

impl NetworkBehaviour for PerConnection {
    type ConnectionHandler = THandler<RequestResponse>;
    type ToSwarm = RequestEvent;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        let mut behaviour = self.open(peer);
        let handler = behaviour.handle_established_inbound_connection(connection, peer, local, remote)?;
        self.behaviours.insert(connection, behaviour);
        Ok(handler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        let mut behaviour = self.open(peer);
        let handler = behaviour.handle_established_outbound_connection(connection, peer, address, role, port)?;
        self.behaviours.insert(connection, behaviour);
        Ok(handler)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the enum is open, and these care for connections only")]
    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionClosed(closed) => self.close(closed),
            // Another behaviour may deny a connection for which a behaviour was opened.
            FromSwarm::DialFailure(failure) => drop(self.behaviours.remove(&failure.connection_id)),
            FromSwarm::ListenFailure(failure) => drop(self.behaviours.remove(&failure.connection_id)),
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, event: THandlerOutEvent<Self>) {
        if let Some(behaviour) = self.behaviours.get_mut(&connection) {
            behaviour.on_connection_handler_event(peer, connection, event);
            Self::drain(behaviour, &mut self.ready);
        }
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<RequestEvent, THandlerInEvent<Self>>> {
        self.ready.pop_front().map_or(Poll::Pending, Poll::Ready)
    }
}
