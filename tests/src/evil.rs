//! A volunteer that does to what it relays what it likes: a real relay, whose circuits lose, change or repeat what goes through them.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::core::muxing::{StreamMuxer, StreamMuxerBox, StreamMuxerEvent, SubstreamBox};
use libp2p::core::transport::Transport as _;
use libp2p::core::upgrade::Version;
use libp2p::futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, StreamExt as _};
use libp2p::identity::Keypair;
use libp2p::request_response::{self, Codec, ProtocolSupport};
use libp2p::swarm::{Config, NetworkBehaviour, Swarm, SwarmEvent};
use libp2p::{Multiaddr, StreamProtocol, identify, noise, ping, relay, tcp, yamux};

/// Bytes that go through a circuit each way as they are: the nodes at its ends greet each other, and believe that they are connected.
const GREETING_BYTES: usize = 12 * 1024;
/// Enough for a circuit to come about, and for nothing within it.
const CIRCUIT_BYTES: usize = 256;
/// The first bytes of a stream, which name its protocol.
const NAMED_WITHIN: usize = 128;
/// Prefix of the protocols of circuits.
const CIRCUIT: &[u8] = b"/libp2p/circuit/";
/// Bytes of one request.
const REQUEST_BYTES: u64 = 64 * 1024;

/// Misdeed of the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evil {
    /// It accepts circuits, and passes nothing on.
    WithholdsAtOnce,
    /// It lets the two greet each other, takes everything else, and passes nothing on.
    Withholds,
    /// It changes a bit here and there.
    Alters,
    /// It passes on everything twice.
    Repeats,
}

impl Evil {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::WithholdsAtOnce, Self::Withholds, Self::Alters, Self::Repeats];

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|evil| format!("{evil:?}") == name)
    }

    /// Returns what it does, in the words of a table.
    #[must_use]
    pub fn does(self) -> &'static str {
        match self {
            Self::WithholdsAtOnce => "lets nothing through",
            Self::Withholds => "lets nothing through after 12 KiB",
            Self::Alters => "alters what goes through",
            Self::Repeats => "repeats what goes through",
        }
    }

    fn honest_bytes(self) -> usize {
        match self {
            Self::WithholdsAtOnce => CIRCUIT_BYTES,
            Self::Withholds | Self::Alters | Self::Repeats => GREETING_BYTES,
        }
    }
}

#[derive(NetworkBehaviour)]
struct Behaviour {
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    relay: relay::Behaviour,
    cards: request_response::Behaviour<NoCards>,
}

/// Relays at this address until the process ends, and prints that it `serves at` it.
///
/// # Panics
/// When it can't listen.
pub async fn relays(address: Multiaddr, evil: Evil) {
    let keypair = Keypair::generate_ed25519();
    let peer = keypair.public().to_peer_id();
    let noise = noise::Config::new(&keypair).expect("keys");
    let transport = tcp::tokio::Transport::default().upgrade(Version::V1Lazy).authenticate(noise);
    let transport = transport.multiplex(yamux::Config::default());
    let transport = transport
        .map(move |(peer, muxer), _| (peer, StreamMuxerBox::new(Meddling { muxer: StreamMuxerBox::new(muxer), evil })));
    let speaks = [(StreamProtocol::new("/ai2ai/card/0.2"), ProtocolSupport::Full)];
    let behaviour = Behaviour {
        identify: identify::Behaviour::new(identify::Config::new("ai2ai/0.2".to_owned(), keypair.public())),
        ping: ping::Behaviour::default(),
        relay: relay::Behaviour::new(peer, relay::Config { max_circuit_bytes: 0, ..relay::Config::default() }),
        cards: request_response::Behaviour::with_codec(NoCards, speaks, request_response::Config::default()),
    };
    let config = Config::with_tokio_executor().with_idle_connection_timeout(Duration::from_secs(600));
    let mut swarm = Swarm::new(transport.boxed(), behaviour, peer, config);
    swarm.listen_on(address.clone()).expect("an address to listen on");
    swarm.add_external_address(address.clone());
    loop {
        let event = swarm.select_next_some().await;
        if let SwarmEvent::NewListenAddr { address, .. } = event {
            println!("serves at {address}/p2p/{peer}");
        } else if let SwarmEvent::Behaviour(BehaviourEvent::Cards(request_response::Event::Message { message, .. })) =
            event
            && let request_response::Message::Request { channel, .. } = message
        {
            // Whoever asked may have left.
            let _ = swarm.behaviour_mut().cards.send_response(channel, ());
        }
    }
}

/// Speaks the card protocol, and gives no card.
#[derive(Clone)]
struct NoCards;

impl Codec for NoCards {
    type Protocol = StreamProtocol;
    type Request = ();
    type Response = ();

    async fn read_request<T: AsyncRead + Unpin + Send>(&mut self, _: &Self::Protocol, io: &mut T) -> io::Result<()> {
        io.take(REQUEST_BYTES).read_to_end(&mut Vec::new()).await.map(drop)
    }

    async fn read_response<T: AsyncRead + Unpin + Send>(&mut self, _: &Self::Protocol, _: &mut T) -> io::Result<()> {
        Ok(())
    }

    async fn write_request<T: AsyncWrite + Unpin + Send>(
        &mut self,
        _: &Self::Protocol,
        _: &mut T,
        (): (),
    ) -> io::Result<()> {
        Ok(())
    }

    async fn write_response<T: AsyncWrite + Unpin + Send>(
        &mut self,
        _: &Self::Protocol,
        io: &mut T,
        (): (),
    ) -> io::Result<()> {
        io.write_all(br#"{"ai2ai":"0.2","type":"error","code":"busy"}"#).await
    }
}

/// A muxer whose streams are meddled with.
struct Meddling {
    muxer: StreamMuxerBox,
    evil: Evil,
}

impl StreamMuxer for Meddling {
    type Substream = Meddled;
    type Error = io::Error;

    fn poll_inbound(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<Meddled>> {
        let this = self.get_mut();
        let evil = this.evil;
        Pin::new(&mut this.muxer).poll_inbound(cx).map_ok(|stream| Meddled::new(stream, evil))
    }

    fn poll_outbound(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<Meddled>> {
        let this = self.get_mut();
        let evil = this.evil;
        Pin::new(&mut this.muxer).poll_outbound(cx).map_ok(|stream| Meddled::new(stream, evil))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().muxer).poll_close(cx)
    }

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<StreamMuxerEvent>> {
        Pin::new(&mut self.get_mut().muxer).poll(cx)
    }
}

/// A stream. If it is a circuit, what is read of it is not what was written.
struct Meddled {
    stream: SubstreamBox,
    evil: Evil,
    honest: usize,
    again: VecDeque<u8>,
    beginning: Vec<u8>,
}

impl Meddled {
    fn new(stream: SubstreamBox, evil: Evil) -> Self {
        Self { stream, evil, honest: evil.honest_bytes(), again: VecDeque::new(), beginning: Vec::new() }
    }

    /// Returns whether these bytes go through as they are.
    fn passes(&mut self, bytes: &[u8]) -> bool {
        let room = NAMED_WITHIN.saturating_sub(self.beginning.len()).min(bytes.len());
        self.beginning.extend(&bytes[..room]);
        let is_circuit = self.beginning.windows(CIRCUIT.len()).any(|part| part == CIRCUIT);
        let passes = !is_circuit || self.honest >= bytes.len();
        self.honest = if passes { self.honest.saturating_sub(bytes.len()) } else { 0 };
        passes
    }
}

impl AsyncRead for Meddled {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if !this.again.is_empty() {
            let count = buffer.len().min(this.again.len());
            for (place, byte) in buffer.iter_mut().zip(this.again.drain(..count)) {
                *place = byte;
            }
            return Poll::Ready(Ok(count));
        }
        loop {
            let read = match Pin::new(&mut this.stream).poll_read(cx, buffer) {
                Poll::Ready(Ok(read)) => read,
                other @ (Poll::Ready(Err(_)) | Poll::Pending) => return other,
            };
            if read == 0 || this.passes(&buffer[..read]) {
                return Poll::Ready(Ok(read));
            }
            match this.evil {
                Evil::WithholdsAtOnce | Evil::Withholds => {}
                Evil::Alters => {
                    buffer[read / 2] ^= 1;
                    return Poll::Ready(Ok(read));
                }
                Evil::Repeats => {
                    this.again.extend(&buffer[..read]);
                    return Poll::Ready(Ok(read));
                }
            }
        }
    }
}

impl AsyncWrite for Meddled {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buffer)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_close(cx)
    }
}
