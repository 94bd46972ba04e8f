//! Requests over the connection that we choose.
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

use super::codec::{Codec, Parcel, Sizes};
use super::gate::Gates;
use super::limits::{REQUEST_WITHIN, STREAMS};

type Lane = rr::Behaviour<Codec>;

/// What happens on a lane.
pub(super) type LaneEvent = rr::Event<Parcel, Bytes>;

/// The lanes of one protocol: one for each connection.
pub(super) struct Lanes {
    protocol: StreamProtocol,
    support: rr::ProtocolSupport,
    sizes: Sizes,
    gates: Gates,
    lanes: HashMap<ConnectionId, Lane>,
    ready: VecDeque<ToSwarm<LaneEvent, THandlerInEvent<Lane>>>,
}

impl Lanes {
    pub(super) fn new(protocol: StreamProtocol, sizes: Sizes, gates: Gates) -> Self {
        let support = rr::ProtocolSupport::Full;
        Self { protocol, support, sizes, gates, lanes: HashMap::new(), ready: VecDeque::new() }
    }

    /// The same, for a node that answers no such requests.
    pub(super) fn that_only_ask(self) -> Self {
        Self { support: rr::ProtocolSupport::Outbound, ..self }
    }

    /// Sends a request over this connection; `None` when it is gone.
    pub(super) fn ask(
        &mut self,
        connection: ConnectionId,
        peer: &PeerId,
        bytes: Bytes,
    ) -> Option<rr::OutboundRequestId> {
        let lane = self.lanes.get_mut(&connection)?;
        let request = lane.send_request(peer, Parcel { bytes, permit: None });
        Self::drain(lane, &mut self.ready);
        Some(request)
    }

    /// Answers a request that came over this connection; when it is gone, so is the answer.
    pub(super) fn answer(&mut self, connection: ConnectionId, channel: rr::ResponseChannel<Bytes>, bytes: Bytes) {
        let sent = self.lanes.get_mut(&connection).is_some_and(|lane| lane.send_response(channel, bytes).is_ok());
        if !sent {
            tracing::debug!(%connection, "the asker did not wait for the answer");
        }
    }

    fn open(&mut self, peer: PeerId) -> Lane {
        let codec = Codec::new(self.sizes, self.gates.of(peer));
        let config = rr::Config::default().with_request_timeout(REQUEST_WITHIN).with_max_concurrent_streams(STREAMS);
        Lane::with_codec(codec, [(self.protocol.clone(), self.support.clone())], config)
    }

    fn close(&mut self, closed: ConnectionClosed<'_>) {
        let Some(mut lane) = self.lanes.remove(&closed.connection_id) else { return };
        // The lane knows one connection, so to it none remains, whatever else the peer has.
        lane.on_swarm_event(FromSwarm::ConnectionClosed(ConnectionClosed { remaining_established: 0, ..closed }));
        Self::drain(&mut lane, &mut self.ready);
    }

    /// A lane's `poll` only hands out what its last input made, so no waker is needed.
    fn drain(lane: &mut Lane, ready: &mut VecDeque<ToSwarm<LaneEvent, THandlerInEvent<Lane>>>) {
        let mut context = Context::from_waker(noop_waker_ref());
        while let Poll::Ready(event) = lane.poll(&mut context) {
            ready.push_back(event);
        }
    }
}

impl NetworkBehaviour for Lanes {
    type ConnectionHandler = THandler<Lane>;
    type ToSwarm = LaneEvent;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        let mut lane = self.open(peer);
        let handler = lane.handle_established_inbound_connection(connection, peer, local, remote)?;
        self.lanes.insert(connection, lane);
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
        let mut lane = self.open(peer);
        let handler = lane.handle_established_outbound_connection(connection, peer, address, role, port)?;
        self.lanes.insert(connection, lane);
        Ok(handler)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the enum is open, and lanes care for connections only")]
    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionClosed(closed) => self.close(closed),
            // Another behaviour may deny a connection for which a lane was opened.
            FromSwarm::DialFailure(failure) => drop(self.lanes.remove(&failure.connection_id)),
            FromSwarm::ListenFailure(failure) => drop(self.lanes.remove(&failure.connection_id)),
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, event: THandlerOutEvent<Self>) {
        if let Some(lane) = self.lanes.get_mut(&connection) {
            lane.on_connection_handler_event(peer, connection, event);
            Self::drain(lane, &mut self.ready);
        }
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<LaneEvent, THandlerInEvent<Self>>> {
        self.ready.pop_front().map_or(Poll::Pending, Poll::Ready)
    }
}
