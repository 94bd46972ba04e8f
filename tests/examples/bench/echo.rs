//! A bare libp2p request-response echo between two processes, over the transport that the nodes take.

use std::io::{self, BufRead as _};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use ai2ai_tests::peer::{self, Bytes};
use futures::StreamExt as _;
use libp2p::request_response::{Behaviour, Event, Message};
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, Swarm};

use crate::figures::Percentiles;

/// The word by which this program is told to be the other end.
pub(crate) const SERVER: &str = "--echo-server";
const PROTOCOL: &str = "/ai2ai/bench/echo";
const BYTES: usize = 1_024;

fn swarm() -> Swarm<Behaviour<Bytes>> {
    // No more is read than was sent: nobody waits for the end of a stream.
    peer::swarm(|_| peer::requests(PROTOCOL, Bytes::up_to(BYTES as u64)))
}

/// The other end: says where it listens, and echoes until it is ended.
#[expect(clippy::wildcard_enum_match_arm, reason = "the enum is open, and an echo cares for requests only")]
pub(crate) async fn serve(listen: &str) -> Result<(), String> {
    let mut swarm = swarm();
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

    let mut swarm = swarm();
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
