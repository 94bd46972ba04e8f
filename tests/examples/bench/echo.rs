//! A bare libp2p request-response echo between two processes, over the transport that the nodes take.

use std::io::{self, BufRead as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, StreamExt as _};
use libp2p::request_response::{Behaviour, Codec, Config, Event, Message, ProtocolSupport};
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, StreamProtocol, Swarm, SwarmBuilder, noise, tcp, yamux};

use crate::figures::Percentiles;

/// The word by which this program is told to be the other end.
pub(crate) const SERVER: &str = "--echo-server";
const PROTOCOL: StreamProtocol = StreamProtocol::new("/ai2ai/bench/echo");
const BYTES: usize = 1_024;

/// Bytes there, the same bytes back.
#[derive(Clone, Default)]
struct Echo;

impl Codec for Echo {
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
    io.take(BYTES as u64).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

fn swarm() -> Result<Swarm<Behaviour<Echo>>, String> {
    let swarm = SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
        .map_err(|error| error.to_string())?
        .with_quic()
        .with_behaviour(|_| Behaviour::new([(PROTOCOL, ProtocolSupport::Full)], Config::default()))
        .map_err(|error| error.to_string())?
        .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(60)))
        .build();
    Ok(swarm)
}

/// The other end: says where it listens, and echoes until it is ended.
#[expect(clippy::wildcard_enum_match_arm, reason = "the enum is open, and an echo cares for requests only")]
pub(crate) async fn serve(listen: &str) -> Result<(), String> {
    let mut swarm = swarm()?;
    let listen: Multiaddr = listen.parse().map_err(|_| format!("{listen} is no address"))?;
    swarm.listen_on(listen).map_err(|error| error.to_string())?;
    loop {
        match swarm.select_next_some().await {
            SwarmEvent::NewListenAddr { address, .. } => println!("{address}/p2p/{}", swarm.local_peer_id()),
            SwarmEvent::Behaviour(Event::Message { message: Message::Request { request, channel, .. }, .. }) => {
                drop(swarm.behaviour_mut().send_response(channel, request))
            }
            _ => {}
        }
    }
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.0.kill().and_then(|()| self.0.wait().map(drop)) {
            eprintln!("the echo could not be ended: {error}");
        }
    }
}

/// Round trips, one after the other.
#[expect(clippy::wildcard_enum_match_arm, reason = "the enum is open, and one answer is awaited")]
pub(crate) async fn round_trips(transport: &str, rounds: usize) -> Result<Percentiles, String> {
    let listen = if transport == "quic" { "/ip4/127.0.0.1/udp/0/quic-v1" } else { "/ip4/127.0.0.1/tcp/0" };
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let server = Command::new(program).args([SERVER, listen]).stdout(Stdio::piped()).spawn();
    let mut server = Server(server.map_err(|error| error.to_string())?);
    let mut address = String::new();
    let said = server.0.stdout.take().ok_or("the echo says nothing")?;
    io::BufReader::new(said).read_line(&mut address).map_err(|error| error.to_string())?;
    let address: Multiaddr = address.trim().parse().map_err(|_| format!("{address:?} is no address"))?;

    let mut swarm = swarm()?;
    swarm.dial(address).map_err(|error| error.to_string())?;
    let peer = loop {
        if let SwarmEvent::ConnectionEstablished { peer_id, .. } = swarm.select_next_some().await {
            break peer_id;
        }
    };
    let mut took = Vec::with_capacity(rounds);
    for round in 0..rounds + rounds / 10 {
        let begun = Instant::now();
        swarm.behaviour_mut().send_request(&peer, vec![7; BYTES]);
        loop {
            match swarm.select_next_some().await {
                SwarmEvent::Behaviour(Event::Message { message: Message::Response { .. }, .. }) => break,
                SwarmEvent::Behaviour(Event::OutboundFailure { error, .. }) => return Err(error.to_string()),
                _ => {}
            }
        }
        if round >= rounds / 10 {
            took.push(begun.elapsed());
        }
    }
    Ok(Percentiles::of(took))
}
