//! A libp2p peer that keeps none of our rules.

use std::io;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, StreamExt};
use libp2p::identity::Keypair;
use libp2p::request_response::{self as rr, ProtocolSupport};
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, PeerId, StreamProtocol, Swarm, SwarmBuilder, identify, noise, ping, tcp, yamux};

use crate::world::{SOON, within};

/// Bytes without any bound. An answer can be larger than anybody should read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unbounded;

impl rr::Codec for Unbounded {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T: AsyncRead + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
    ) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        io.read_to_end(&mut bytes).await?;
        Ok(bytes)
    }

    async fn read_response<T: AsyncRead + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
    ) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        io.read_to_end(&mut bytes).await?;
        Ok(bytes)
    }

    async fn write_request<T: AsyncWrite + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        bytes: Vec<u8>,
    ) -> io::Result<()> {
        io.write_all(&bytes).await
    }

    async fn write_response<T: AsyncWrite + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        bytes: Vec<u8>,
    ) -> io::Result<()> {
        io.write_all(&bytes).await
    }
}

#[derive(NetworkBehaviour)]
pub(crate) struct Raw {
    pub(crate) requests: rr::Behaviour<Unbounded>,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
}

pub(crate) const CARD: &str = "/ai2ai/card/0.2";
pub(crate) const ENVELOPE: &str = "/ai2ai/envelope/0.2";

/// A peer that speaks this protocol.
pub(crate) fn raw(protocol: &'static str) -> Swarm<Raw> {
    SwarmBuilder::with_existing_identity(Keypair::generate_ed25519())
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
        .expect("a transport")
        .with_quic()
        .with_behaviour(|key| Raw {
            requests: rr::Behaviour::with_codec(
                Unbounded,
                [(StreamProtocol::new(protocol), ProtocolSupport::Full)],
                rr::Config::default().with_max_concurrent_streams(10_000),
            ),
            identify: identify::Behaviour::new(identify::Config::new("any/1".into(), key.public())),
            ping: ping::Behaviour::default(),
        })
        .expect("a behaviour")
        .with_swarm_config(|config| config.with_idle_connection_timeout(SOON))
        .build()
}

/// Listens on loopback; where.
pub(crate) async fn listen(swarm: &mut Swarm<Raw>) -> Multiaddr {
    swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse().expect("an address")).expect("a listener");
    within(SOON, "listening", async {
        loop {
            if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
                return address;
            }
        }
    })
    .await
}

pub(crate) async fn connect(swarm: &mut Swarm<Raw>, peer: PeerId, address: &Multiaddr) {
    let address = address.clone().with_p2p(peer).expect("an address");
    swarm.dial(address).expect("a dial");
    within(SOON, "connected", async {
        while !matches!(swarm.select_next_some().await, SwarmEvent::ConnectionEstablished { .. }) {}
    })
    .await;
}

/// Sends one request; the answer, if there is one.
#[expect(clippy::wildcard_enum_match_arm, reason = "the enum is open, and all else is skipped")]
pub(crate) async fn ask(swarm: &mut Swarm<Raw>, peer: PeerId, bytes: Vec<u8>) -> Option<Vec<u8>> {
    let asked = swarm.behaviour_mut().requests.send_request(&peer, bytes);
    within(SOON, "an answer or a failure", async {
        loop {
            match swarm.select_next_some().await {
                SwarmEvent::Behaviour(RawEvent::Requests(rr::Event::Message {
                    message: rr::Message::Response { request_id, response },
                    ..
                })) if request_id == asked => return Some(response).filter(|answer| !answer.is_empty()),
                SwarmEvent::Behaviour(RawEvent::Requests(rr::Event::OutboundFailure { request_id, .. }))
                    if request_id == asked =>
                {
                    return None;
                }
                _ => {}
            }
        }
    })
    .await
}
