//! Relay of a volunteer for others, within bounds that fit envelopes.

use std::num::NonZeroU32;
use std::time::Duration;

use libp2p::{PeerId, relay};

use crate::limits::{RELAY_ASKS_PER_IP, RELAY_ASKS_PER_PEER, RELAY_PLACES_PER_PEER, RELAYED_PER_PEER};

/// The window of the rates.
const MINUTE: Duration = Duration::from_secs(60);

/// How much a volunteer relays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relaying {
    /// Nodes that have a place.
    pub guests: usize,
    /// Connections that are relayed at the same time.
    pub connections: usize,
    /// How long each of them lasts; the nodes at its ends make another.
    pub time: Duration,
    /// Bytes of each, in both directions together.
    pub bytes: u64,
}

/// A relay for guests, with every bound of circuit relay v2 set.
pub(crate) fn relay(me: PeerId, relaying: Relaying) -> relay::Behaviour {
    let per_peer = rate(RELAY_ASKS_PER_PEER);
    let per_ip = rate(RELAY_ASKS_PER_IP);
    let config = relay::Config {
        max_reservations: relaying.guests,
        max_reservations_per_peer: RELAY_PLACES_PER_PEER,
        max_circuits: relaying.connections,
        max_circuits_per_peer: RELAYED_PER_PEER,
        max_circuit_duration: relaying.time,
        max_circuit_bytes: relaying.bytes,
        reservation_rate_limiters: Vec::new(),
        circuit_src_rate_limiters: Vec::new(),
        ..relay::Config::default()
    };
    let config = config.reservation_rate_per_peer(per_peer, MINUTE).reservation_rate_per_ip(per_ip, MINUTE);
    relay::Behaviour::new(me, config.circuit_src_per_peer(per_peer, MINUTE).circuit_src_per_ip(per_ip, MINUTE))
}

fn rate(per_minute: u32) -> NonZeroU32 {
    NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN)
}
