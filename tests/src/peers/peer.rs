//! The raw libp2p peer: it speaks one protocol, sends and answers whatever bytes it is given, and keeps none of our rules.
//!
//! Tests of the network, the benchmark's echo and hostile volunteers begin with it.

use std::io;
use std::time::Duration;

use libp2p::futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, StreamExt as _};
use libp2p::request_response::{self as rr, OutboundRequestId, ProtocolSupport};
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, PeerId, StreamProtocol, Swarm, SwarmBuilder, identify, noise, ping, tcp, yamux};
use tokio::time::timeout;

/// The protocol of cards.
pub const CARD: &str = "/ai2ai/card/0.2";
/// The protocol of envelopes.
pub const ENVELOPE: &str = "/ai2ai/envelope/0.2";
/// How long anything may take that happens at all, and how long a connection stays without a stream.
const SOON: Duration = Duration::from_secs(10);
/// More streams at once than anybody takes.
const STREAMS: usize = 10_000;

/// Bytes there and bytes back.
#[derive(Debug, Clone, Copy)]
pub struct Bytes {
    most: u64,
}

impl Bytes {
    /// Messages that end with their stream, however long they are: longer than anybody should read, if one likes.
    #[must_use]
    pub fn unbounded() -> Self {
        Self { most: u64::MAX }
    }

    /// Messages that end with their stream, or after this many bytes.
    #[must_use]
    pub fn up_to(most: u64) -> Self {
        Self { most }
    }

    async fn read<T: AsyncRead + Unpin>(self, io: &mut T) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        io.take(self.most).read_to_end(&mut bytes).await?;
        Ok(bytes)
    }
}

impl rr::Codec for Bytes {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        self.read(io).await
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        self.read(io).await
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, bytes: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&bytes).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, bytes: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&bytes).await
    }
}

/// Requests and answers of these bytes by the protocol of this name.
#[must_use]
pub fn requests(protocol: &'static str, bytes: Bytes) -> rr::Behaviour<Bytes> {
    let config = rr::Config::default().with_max_concurrent_streams(STREAMS);
    rr::Behaviour::with_codec(bytes, [(StreamProtocol::new(protocol), ProtocolSupport::Full)], config)
}

/// What the peer does: requests of one protocol, beside what every libp2p node does.
#[derive(NetworkBehaviour)]
#[behaviour(to_swarm = "RawEvent")]
pub struct Raw {
    /// Its requests and answers.
    pub requests: rr::Behaviour<Bytes>,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
}

/// What the peer is told.
#[derive(Debug)]
pub enum RawEvent {
    /// Of its requests and answers.
    Requests(rr::Event<Vec<u8>, Vec<u8>>),
    /// Of what every node does.
    Other,
}

impl From<rr::Event<Vec<u8>, Vec<u8>>> for RawEvent {
    fn from(event: rr::Event<Vec<u8>, Vec<u8>>) -> Self {
        Self::Requests(event)
    }
}

impl From<identify::Event> for RawEvent {
    fn from(_: identify::Event) -> Self {
        Self::Other
    }
}

impl From<ping::Event> for RawEvent {
    fn from(_: ping::Event) -> Self {
        Self::Other
    }
}

/// A peer that speaks this protocol, by TCP and QUIC.
#[must_use]
pub fn raw(protocol: &'static str) -> Swarm<Raw> {
    swarm(|key| Raw {
        requests: requests(protocol, Bytes::unbounded()),
        identify: identify::Behaviour::new(identify::Config::new("any/1".into(), key)),
        ping: ping::Behaviour::default(),
    })
}

/// A peer of any behaviour, by TCP and QUIC.
///
/// # Panics
/// When this machine has no transport.
pub fn swarm<B: NetworkBehaviour>(behaviour: impl FnOnce(libp2p::identity::PublicKey) -> B) -> Swarm<B> {
    SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
        .expect("a transport")
        .with_quic()
        .with_behaviour(|key| behaviour(key.public()))
        .expect("a behaviour")
        .with_swarm_config(|config| config.with_idle_connection_timeout(SOON))
        .build()
}

/// Listens on loopback, and gives where.
///
/// # Panics
/// When it can't, or does not in time.
pub async fn listen<B: NetworkBehaviour>(swarm: &mut Swarm<B>) -> Multiaddr {
    swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse().expect("an address")).expect("a listener");
    let listening = async {
        loop {
            if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
                return address;
            }
        }
    };
    timeout(SOON, listening).await.expect("it listens in time")
}

/// Connects to a peer at this address.
///
/// # Panics
/// When it is not connected in time.
pub async fn connect<B: NetworkBehaviour>(swarm: &mut Swarm<B>, peer: PeerId, address: &Multiaddr) {
    swarm.dial(address.clone().with_p2p(peer).expect("an address of nobody else")).expect("a dial");
    let connected =
        async { while !matches!(swarm.select_next_some().await, SwarmEvent::ConnectionEstablished { .. }) {} };
    timeout(SOON, connected).await.expect("it is connected in time");
}

/// Sends one request; the answer, if there is one that is not empty.
///
/// # Panics
/// When there is neither an answer nor a failure in time.
pub async fn ask(swarm: &mut Swarm<Raw>, peer: PeerId, bytes: Vec<u8>) -> Option<Vec<u8>> {
    let asked = swarm.behaviour_mut().requests.send_request(&peer, bytes);
    timeout(SOON, answer(swarm, asked)).await.expect("an answer or a failure in time").filter(|bytes| !bytes.is_empty())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the enum is open, and all else is skipped")]
async fn answer(swarm: &mut Swarm<Raw>, asked: OutboundRequestId) -> Option<Vec<u8>> {
    use rr::Event::{Message, OutboundFailure};
    loop {
        match swarm.select_next_some().await {
            SwarmEvent::Behaviour(RawEvent::Requests(Message {
                message: rr::Message::Response { request_id, response },
                ..
            })) if request_id == asked => return Some(response),
            SwarmEvent::Behaviour(RawEvent::Requests(OutboundFailure { request_id, .. })) if request_id == asked => {
                return None;
            }
            _ => {}
        }
    }
}
