//! A libp2p peer that says whatever it is told to: it keeps no bound and checks nothing but the size of answers.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use ai2ai_api::exit::Failure;
use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, StreamExt as _};
use libp2p::identity::Keypair;
use libp2p::request_response::{self as rr, OutboundRequestId, ProtocolSupport};
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, PeerId, StreamProtocol, Swarm, SwarmBuilder, identify, noise, ping, tcp, yamux};
use tokio::time::timeout;

/// Bytes of an answer that are read: more than any may have.
const ANSWER_BYTES: u64 = 2 * 1024 * 1024;
/// How long an answer is waited for: longer than a request may take.
const PATIENCE: Duration = Duration::from_secs(25);
/// How long a connection without a request is kept.
const IDLE: Duration = Duration::from_secs(120);

/// Which protocol a request is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// `/ai2ai/card/0.2`
    Card,
    /// `/ai2ai/envelope/0.2`
    Envelope,
    /// `/ai2ai/mailbox/0.2`
    Mailbox,
    /// `/ai2ai/directory/0.2`
    Directory,
}

/// What is told of a protocol that is not spoken there.
pub(crate) const NOT_SPOKEN: &str = "it does not speak this protocol";

/// Bytes to the end of a stream.
#[derive(Debug, Clone, Default)]
struct Bytes;

impl rr::Codec for Bytes {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T: AsyncRead + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
    ) -> io::Result<Vec<u8>> {
        read(io).await
    }

    async fn read_response<T: AsyncRead + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
    ) -> io::Result<Vec<u8>> {
        read(io).await
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

async fn read<T: AsyncRead + Unpin + Send>(io: &mut T) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io.take(ANSWER_BYTES).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

#[derive(NetworkBehaviour)]
struct PeerBehaviour {
    cards: rr::Behaviour<Bytes>,
    envelopes: rr::Behaviour<Bytes>,
    mailbox: rr::Behaviour<Bytes>,
    directory: rr::Behaviour<Bytes>,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
}

/// The way to the one that is examined.
pub(crate) struct PeerWire {
    swarm: Swarm<PeerBehaviour>,
    /// Who that is.
    pub(crate) peer: PeerId,
    answers: HashMap<OutboundRequestId, Result<Vec<u8>, String>>,
    version: Option<String>,
}

impl PeerWire {
    /// A peer of this key, which knows where the other one is.
    ///
    /// # Errors
    /// When no transport can be made.
    pub(crate) fn to(keypair: Keypair, peer: PeerId, addresses: &[Multiaddr]) -> Result<Self, Failure> {
        let swarm = SwarmBuilder::with_existing_identity(keypair)
            .with_tokio()
            .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
            .map_err(Failure::internal)?
            .with_quic()
            .with_behaviour(|key| PeerBehaviour {
                cards: requests_over("/ai2ai/card/0.2", ProtocolSupport::Full),
                envelopes: requests_over("/ai2ai/envelope/0.2", ProtocolSupport::Full),
                mailbox: requests_over("/ai2ai/mailbox/0.2", ProtocolSupport::Outbound),
                directory: requests_over("/ai2ai/directory/0.2", ProtocolSupport::Outbound),
                identify: identify::Behaviour::new(identify::Config::new("ai2ai/0.2".to_owned(), key.public())),
                ping: ping::Behaviour::default(),
            })
            .map_err(Failure::internal)?
            .with_swarm_config(|config| config.with_idle_connection_timeout(IDLE))
            .build();
        let mut wire = Self { swarm, peer, answers: HashMap::new(), version: None };
        for address in addresses {
            wire.swarm.add_peer_address(peer, address.clone());
        }
        Ok(wire)
    }

    /// Sends a request, and gives the answer; or why there is none.
    pub(crate) async fn ask(&mut self, protocol: Protocol, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let behaviour = self.swarm.behaviour_mut();
        let requests = match protocol {
            Protocol::Card => &mut behaviour.cards,
            Protocol::Envelope => &mut behaviour.envelopes,
            Protocol::Mailbox => &mut behaviour.mailbox,
            Protocol::Directory => &mut behaviour.directory,
        };
        let asked = requests.send_request(&self.peer, bytes);
        // The protocols count their requests each for itself.
        self.answers.clear();
        let answered = timeout(PATIENCE, async {
            loop {
                if let Some(answer) = self.answers.remove(&asked) {
                    return answer;
                }
                self.step(protocol).await;
            }
        });
        match answered.await {
            Ok(Ok(answer)) if answer.is_empty() => Err("the stream ended without an answer".to_owned()),
            Ok(answer) => answer,
            Err(_) => Err(format!("nothing came within {} seconds", PATIENCE.as_secs())),
        }
    }

    /// What identify tells of the protocol's version. It comes by itself, and may come after an answer.
    pub(crate) async fn version(&mut self) -> Option<String> {
        let told = timeout(PATIENCE, async {
            while self.version.is_none() {
                self.step(Protocol::Card).await;
            }
        });
        // Whoever never tells it has none.
        drop(told.await);
        self.version.clone()
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the enum is open, and all else is passed over")]
    async fn step(&mut self, protocol: Protocol) {
        match self.swarm.select_next_some().await {
            SwarmEvent::Behaviour(PeerBehaviourEvent::Cards(event)) if protocol == Protocol::Card => {
                self.on_request(event)
            }
            SwarmEvent::Behaviour(PeerBehaviourEvent::Envelopes(event)) if protocol == Protocol::Envelope => {
                self.on_request(event)
            }
            SwarmEvent::Behaviour(PeerBehaviourEvent::Mailbox(event)) if protocol == Protocol::Mailbox => {
                self.on_request(event)
            }
            SwarmEvent::Behaviour(PeerBehaviourEvent::Directory(event)) if protocol == Protocol::Directory => {
                self.on_request(event);
            }
            SwarmEvent::Behaviour(PeerBehaviourEvent::Identify(identify::Event::Received { info, .. })) => {
                self.version = Some(info.protocol_version);
            }
            _ => {}
        }
    }

    /// What others ask of us is not answered: whoever examines is nobody to talk to.
    fn on_request(&mut self, event: rr::Event<Vec<u8>, Vec<u8>>) {
        match event {
            rr::Event::Message { message: rr::Message::Response { request_id, response }, .. } => {
                self.answers.insert(request_id, Ok(response));
            }
            rr::Event::OutboundFailure { request_id, error: rr::OutboundFailure::UnsupportedProtocols, .. } => {
                self.answers.insert(request_id, Err(NOT_SPOKEN.to_owned()));
            }
            rr::Event::OutboundFailure { request_id, error, .. } => {
                self.answers.insert(request_id, Err(error.to_string()));
            }
            rr::Event::Message { message: rr::Message::Request { .. }, .. }
            | rr::Event::InboundFailure { .. }
            | rr::Event::ResponseSent { .. } => {}
        }
    }
}

fn requests_over(protocol: &'static str, support: ProtocolSupport) -> rr::Behaviour<Bytes> {
    rr::Behaviour::with_codec(
        Bytes,
        [(StreamProtocol::new(protocol), support)],
        rr::Config::default().with_request_timeout(PATIENCE),
    )
}
