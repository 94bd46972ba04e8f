//! What a volunteer does for others: it relays, within bounds that fit envelopes.

use std::num::NonZeroU32;
use std::time::Duration;

use libp2p::{PeerId, relay};

use super::limits::{
    RELAY_ASKS_PER_IP, RELAY_ASKS_PER_PEER, RELAY_GUESTS, RELAY_PLACES_PER_PEER, RELAYED_BYTES, RELAYED_FOR,
    RELAYED_PER_PEER, RELAYED_TOGETHER,
};

/// The window of the rates.
const MINUTE: Duration = Duration::from_secs(60);

/// A relay for guests, with every bound of circuit relay v2 set.
pub(super) fn relay(me: PeerId) -> relay::Behaviour {
    let (per_peer, per_ip) = (rate(RELAY_ASKS_PER_PEER), rate(RELAY_ASKS_PER_IP));
    let config = relay::Config {
        max_reservations: RELAY_GUESTS,
        max_reservations_per_peer: RELAY_PLACES_PER_PEER,
        max_circuits: RELAYED_TOGETHER,
        max_circuits_per_peer: RELAYED_PER_PEER,
        max_circuit_duration: RELAYED_FOR,
        max_circuit_bytes: RELAYED_BYTES,
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
