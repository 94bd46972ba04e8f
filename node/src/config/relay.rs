//! How much a volunteer relays: what is beyond it is refused, or ends, and goes on through another or over a new connection.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Deserialize;

use crate::network::Relaying;
use crate::network::limits::{RELAY_GUESTS, RELAYED_BYTES, RELAYED_FOR, RELAYED_TOGETHER};

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
    fn default() -> Self {
        Self {
            guests: RELAY_GUESTS as u64,
            connections: RELAYED_TOGETHER as u64,
            seconds: RELAYED_FOR.as_secs(),
            bytes: RELAYED_BYTES,
        }
    }
}

/// What `guests` can be.
const GUESTS: RangeInclusive<u64> = 1..=100_000;
/// What `connections` can be.
const CONNECTIONS: RangeInclusive<u64> = 1..=100_000;
/// What `seconds` can be: up to a week.
const SECONDS: RangeInclusive<u64> = 10..=7 * 24 * 3_600;
/// What `bytes` can be: enough for the largest envelope and the handshakes around it, up to a terabyte.
const BYTES: RangeInclusive<u64> = 256 * 1024..=1 << 40;

impl Relay {
    /// What the network needs to know.
    #[must_use]
    pub fn relaying(&self) -> Relaying {
        let count = |number| usize::try_from(number).unwrap_or(usize::MAX);
        Relaying {
            guests: count(self.guests),
            connections: count(self.connections),
            time: Duration::from_secs(self.seconds),
            bytes: self.bytes,
        }
    }

    /// Whether each bound is within its range.
    ///
    /// # Errors
    /// What is wrong, with its name.
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
