//! The transports and the swarm: TCP with Noise and Yamux, and QUIC, over names or numbers.

use ai2ai_discovery::dns::{Servers, settings};
use futures::future::Either;
use futures::{AsyncRead, AsyncWrite};
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::Boxed;
use libp2p::core::transport::timeout::TransportTimeout;
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::{PeerId, Swarm, Transport, dns, noise, quic, relay, swarm, tcp, yamux};

use crate::NetworkConfig;
use crate::behaviour::Behaviour;
use crate::error::StartError;
use crate::limits::{
    CONNECT_WITHIN, IDLE, QUIC_CONNECTION_BYTES, QUIC_IDLE, QUIC_KEEP_ALIVE, QUIC_STREAM_BYTES, STREAMS_IN_ALL,
    STREAMS_NEGOTIATING,
};

/// A swarm that neither listens nor dials yet.
pub(crate) fn build(config: &NetworkConfig) -> Result<Swarm<Behaviour>, StartError> {
    let keypair = &config.keypair;
    let peer = keypair.public().to_peer_id();
    let (relayed, guest) = relay::client::new(peer);
    // A relay may take a connection in and let nothing through.
    let relayed = TransportTimeout::new(secured(relayed, keypair)?, CONNECT_WITHIN);
    let transport = relayed.or_transport(transport(keypair, config.dns)?).map(|either, _| either.into_inner()).boxed();
    let behaviour = Behaviour::new(keypair.public(), guest, config.relaying);
    let settings = swarm::Config::with_tokio_executor()
        .with_idle_connection_timeout(IDLE)
        .with_max_negotiating_inbound_streams(STREAMS_NEGOTIATING)
        .with_smart_dial();
    Ok(Swarm::new(transport, behaviour, peer, settings))
}

/// A machine whose resolver configuration can't be read has no names: numbers still work.
fn transport(keypair: &Keypair, servers: Servers) -> Result<Boxed<(PeerId, StreamMuxerBox)>, StartError> {
    match settings(servers) {
        Ok((config, options)) => Ok(dns::tokio::Transport::custom(direct(keypair)?, config, options).boxed()),
        Err(error) => {
            tracing::warn!(%error, "names can't be looked up on this machine");
            direct(keypair)
        }
    }
}

fn direct(keypair: &Keypair) -> Result<Boxed<(PeerId, StreamMuxerBox)>, StartError> {
    let tcp = secured(tcp::tokio::Transport::new(tcp::Config::default()), keypair)?;
    let quic =
        quic::tokio::Transport::new(quic_config(keypair)).map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    let either = quic.or_transport(tcp).map(|output, _| match output {
        Either::Left(quic) => quic,
        Either::Right(tcp) => tcp,
    });
    Ok(TransportTimeout::new(either, CONNECT_WITHIN).boxed())
}

/// A stream of bytes, with Noise and Yamux on it.
fn secured<T, S>(plain: T, keypair: &Keypair) -> Result<Boxed<(PeerId, StreamMuxerBox)>, StartError>
where
    T: Transport<Output = S> + Send + Unpin + 'static,
    T::Dial: Send,
    T::ListenerUpgrade: Send,
    T::Error: Send + Sync,
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let noise = noise::Config::new(keypair).map_err(|error| StartError::Transport(error.to_string()))?;
    let secured = plain.upgrade(Version::V1Lazy).authenticate(noise).multiplex(yamux_config());
    Ok(secured.map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer))).boxed())
}

fn yamux_config() -> yamux::Config {
    let mut config = yamux::Config::default();
    config.set_max_num_streams(STREAMS_IN_ALL);
    config
}

fn quic_config(keypair: &Keypair) -> quic::Config {
    let mut config = quic::Config::new(keypair);
    config.max_idle_timeout = u32::try_from(QUIC_IDLE.as_millis()).unwrap_or(u32::MAX);
    config.keep_alive_interval = QUIC_KEEP_ALIVE;
    config.max_concurrent_stream_limit = u32::try_from(STREAMS_IN_ALL).unwrap_or(u32::MAX);
    config.max_stream_data = QUIC_STREAM_BYTES;
    config.max_connection_data = QUIC_CONNECTION_BYTES;
    config
}
