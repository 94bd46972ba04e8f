//! Bounds of what a volunteer relays. Beyond them a connection is refused or ends, and goes on through another relay or anew.

use std::ops::RangeInclusive;

use serde::Deserialize;

/// The bounds of `[relay]` in `config.toml`. Each has a range: see [`Relay::check`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Relay {
    /// Nodes that have a place here.
    pub guests: u64,
    /// Connections that are relayed at the same time.
    pub connections: u64,
    /// Seconds after which a relayed connection ends.
    pub seconds: u64,
    /// Bytes of one relayed connection, in both directions together.
    pub bytes: u64,
}

impl Default for Relay {
    /// Thirty minutes and 16 MiB, some thousands of envelopes, for each connection: the nodes at its ends make another.
    fn default() -> Self {
        Self { guests: 512, connections: 256, seconds: 30 * 60, bytes: 16 * 1024 * 1024 }
    }
}

/// Range of `guests`.
const GUESTS: RangeInclusive<u64> = 1..=100_000;
/// Range of `connections`.
const CONNECTIONS: RangeInclusive<u64> = 1..=100_000;
/// Range of `seconds`: up to a week.
const SECONDS: RangeInclusive<u64> = 10..=7 * 24 * 3_600;
/// Range of `bytes`: enough for the largest envelope and the handshakes around it, up to a terabyte.
const BYTES: RangeInclusive<u64> = 256 * 1024..=1 << 40;

impl Relay {
    /// Checks that each bound is within its range.
    ///
    /// # Errors
    /// A sentence that names the setting and its range.
    pub fn check(&self) -> Result<(), String> {
        let all = [
            ("guests", self.guests, GUESTS),
            ("connections", self.connections, CONNECTIONS),
            ("seconds", self.seconds, SECONDS),
            ("bytes", self.bytes, BYTES),
        ];
        match all.into_iter().find(|(_, is, range)| !range.contains(is)) {
            None => Ok(()),
            Some((name, is, range)) => {
                Err(format!("`relay.{name}` is {is}; it can be {} to {}", range.start(), range.end()))
            }
        }
    }
}
