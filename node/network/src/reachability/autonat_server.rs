//! Server of AutoNAT v2: a volunteer dials back whoever wants to know whether they can be reached.
//!
//! It dials whoever asks, so it dials only the machine that asks, and not too often: else anybody could have it knock at others'
//! doors, or at those of its own network.

use std::collections::HashMap;
use std::net::IpAddr;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use libp2p::autonat::v2::server;
use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};

use crate::limits::RATES_KEPT;
use crate::requests::shaper::{Shape, Shaper};

/// How often one IP address may have itself dialled.
const DIALS: Shape = Shape { burst: 16, per_second: 1 };

/// CloseReason somebody is not dialled back.
#[derive(Debug, thiserror::Error)]
#[error("only who asks is dialled back, where they asked from, and not too often")]
struct NotDialled;

/// The server's side of AutoNAT v2.
pub(crate) struct AutonatServer {
    server: server::Behaviour,
    /// Where those who may ask come from.
    guests: HashMap<ConnectionId, (PeerId, IpAddr)>,
    /// The dials that are for this.
    begun: HashMap<ConnectionId, PeerId>,
    rates: HashMap<IpAddr, Shaper>,
}

impl AutonatServer {
    pub(crate) fn new() -> Self {
        let server = server::Behaviour::new(rand::make_rng());
        Self { server, guests: HashMap::new(), begun: HashMap::new(), rates: HashMap::new() }
    }

    fn may_dial(&mut self, peer: PeerId, addresses: &[Multiaddr], now: Instant) -> bool {
        let is_theirs =
            |address: &Multiaddr| ip(address).is_some_and(|ip| self.guests.values().any(|guest| *guest == (peer, ip)));
        if addresses.is_empty() || !addresses.iter().all(is_theirs) {
            return false;
        }
        if self.rates.len() >= RATES_KEPT {
            self.rates.clear();
        }
        let mut from = addresses.iter().filter_map(ip);
        from.all(|ip| self.rates.entry(ip).or_insert_with(|| Shaper::new(DIALS, now)).take(now) == Duration::ZERO)
    }
}

/// The IP address that an address leads to directly.
fn ip(address: &Multiaddr) -> Option<IpAddr> {
    if address.iter().any(|part| part == Protocol::P2pCircuit) {
        return None;
    }
    match address.iter().next() {
        Some(Protocol::Ip4(ip)) => Some(ip.into()),
        Some(Protocol::Ip6(ip)) => Some(ip.into()),
        Some(_) | None => None,
    }
}

impl NetworkBehaviour for AutonatServer {
    type ConnectionHandler = <server::Behaviour as NetworkBehaviour>::ConnectionHandler;
    type ToSwarm = server::Event;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.server.handle_established_inbound_connection(connection, peer, local, remote)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        role: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        if let Some(client) = self.begun.remove(&connection)
            && !self.may_dial(client, addresses, Instant::now())
        {
            tracing::debug!(%client, ?addresses, "a dial back is refused");
            return Err(ConnectionDenied::new(NotDialled));
        }
        self.server.handle_pending_outbound_connection(connection, peer, addresses, role)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port_use: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.server.handle_established_outbound_connection(connection, peer, address, role, port_use)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::ConnectionEstablished(opened) = &event
            && opened.endpoint.is_listener()
            && let Some(ip) = ip(opened.endpoint.get_remote_address())
        {
            self.guests.insert(opened.connection_id, (opened.peer_id, ip));
        } else if let FromSwarm::ConnectionClosed(closed) = &event {
            self.guests.remove(&closed.connection_id);
        } else if let FromSwarm::DialFailure(failure) = &event {
            // Another behaviour may have denied it before it came here.
            self.begun.remove(&failure.connection_id);
        }
        self.server.on_swarm_event(event);
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, event: THandlerOutEvent<Self>) {
        self.server.on_connection_handler_event(peer, connection, event);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        let polled = self.server.poll(cx);
        if let Poll::Ready(ToSwarm::Dial { opts }) = &polled
            && let Some(peer) = opts.get_peer_id()
        {
            self.begun.insert(opts.connection_id(), peer);
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use libp2p::swarm::{DialError, DialFailure};

    use super::*;

    #[test]
    fn only_who_asks_is_dialled_where_they_asked_from_and_not_too_often() {
        let address = |text: &str| -> Multiaddr { text.parse().expect("an address") };
        let mut dial_backs = AutonatServer::new();
        let guest = PeerId::random();
        let now = Instant::now();
        let home: IpAddr = "203.0.113.7".parse().expect("an ip");
        dial_backs.guests.insert(ConnectionId::new_unchecked(1), (guest, home));
        let good = [address("/ip4/203.0.113.7/udp/4001/quic-v1")];
        assert!(dial_backs.may_dial(guest, &good, now));
        assert!(!dial_backs.may_dial(PeerId::random(), &good, now), "somebody else");
        for bad in [
            "/ip4/203.0.113.8/udp/4001/quic-v1",
            "/ip4/10.0.0.1/tcp/22",
            "/ip4/127.0.0.1/tcp/22",
            "/dns4/victim.example/tcp/80",
            &format!("/ip4/203.0.113.7/tcp/1/p2p/{guest}/p2p-circuit"),
        ] {
            assert!(!dial_backs.may_dial(guest, &[address(bad)], now), "{bad}");
            assert!(!dial_backs.may_dial(guest, &[good[0].clone(), address(bad)], now), "{bad} among others");
        }
        assert!(!dial_backs.may_dial(guest, &[], now));
        let dialled = (0..100).filter(|_| dial_backs.may_dial(guest, &good, now)).count();
        assert!(dialled < 20, "{dialled}");
    }

    #[test]
    fn a_dial_that_another_denied_is_not_remembered() {
        let mut dial_backs = AutonatServer::new();
        let connection_id = ConnectionId::new_unchecked(7);
        dial_backs.begun.insert(connection_id, PeerId::random());
        let failure = DialFailure { peer_id: None, error: &DialError::Aborted, connection_id };
        dial_backs.on_swarm_event(FromSwarm::DialFailure(failure));
        assert!(dial_backs.begun.is_empty());
    }
}
