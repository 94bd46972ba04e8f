//! The figures, as a table and as JSON.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bare::Parts;

/// How long something took, over many times.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Percentiles {
    /// Half of them took no longer, in seconds.
    pub(crate) p50: f64,
    /// 99 of 100 took no longer, in seconds.
    pub(crate) p99: f64,
}

impl Percentiles {
    /// Of these times.
    pub(crate) fn of(mut took: Vec<Duration>) -> Self {
        took.sort_unstable();
        let at = |part: usize| took.get(took.len() * part / 100).map_or(0.0, Duration::as_secs_f64);
        Self { p50: at(50), p99: at(99) }
    }

    fn json(&self) -> Value {
        json!({ "p50_ms": milli(self.p50), "p99_ms": milli(self.p99) })
    }
}

/// What 64 messages in flight came to.
pub(crate) struct Sustained {
    pub(crate) messages: u64,
    pub(crate) seconds: f64,
    pub(crate) took: Percentiles,
    /// Seconds of CPU for each message.
    pub(crate) sender_cpu: f64,
    pub(crate) recipient_cpu: f64,
    pub(crate) driver_cpu: f64,
}

impl Sustained {
    fn rate(&self) -> f64 {
        self.messages as f64 / self.seconds
    }

    fn json(&self) -> Value {
        json!({
            "messages": self.messages, "seconds": self.seconds, "messages_per_s": self.rate().round(),
            "latency": self.took.json(),
            "cpu_us_per_message": {
                "sender": micro(self.sender_cpu), "recipient": micro(self.recipient_cpu),
                "driver": micro(self.driver_cpu),
            },
        })
    }
}

/// What the door itself takes.
pub(crate) struct Door {
    pub(crate) took: Percentiles,
    /// Seconds of the node's CPU for each command.
    pub(crate) cpu: f64,
}

/// Everything that was measured.
pub(crate) struct Figures {
    pub(crate) transport: String,
    pub(crate) parts: Parts,
    pub(crate) round_trip: Percentiles,
    pub(crate) door: Door,
    pub(crate) one_at_a_time: Percentiles,
    pub(crate) in_flight: Sustained,
    pub(crate) for_memory: Option<Sustained>,
    pub(crate) delivered: u64,
    /// Bytes, of the sender and of the recipient.
    pub(crate) memory_before: [u64; 2],
    pub(crate) memory_after: [u64; 2],
}

const MIB: f64 = 1_048_576.0;

fn milli(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e3
}

fn micro(seconds: f64) -> f64 {
    (seconds * 1e7).round() / 10.0
}

impl Figures {
    /// What one message at a time may take: a bare round trip, two bare commits, and a millisecond.
    fn bound(&self) -> f64 {
        self.round_trip.p50 + 2.0 * self.parts.fsync.p50 + 1e-3
    }

    fn growth(&self) -> [f64; 2] {
        [0, 1].map(|side| (self.memory_after[side] as f64 - self.memory_before[side] as f64) / MIB)
    }

    /// The table, on standard output.
    pub(crate) fn print(&self) {
        let parts = &self.parts;
        let load = &self.in_flight;
        let one = &self.one_at_a_time;
        let row = |what: &str, figure: String| println!("| {what:<62} | {figure:<44} |");
        row(&format!("two nodes over {}, 1 KiB messages", self.transport), "figure".to_owned());
        println!("|{}|{}|", "-".repeat(64), "-".repeat(46));
        row("one at a time, command to `delivered`", format!("p50 {} ms, p99 {} ms", milli(one.p50), milli(one.p99)));
        row("  bare round trip + 2 bare fsyncs + 1 ms", format!("{} ms", milli(self.bound())));
        row("64 in flight, delivered", format!("{:.0} messages/s over {:.0} s", load.rate(), load.seconds));
        row("  command to `delivered`", format!("p50 {} ms, p99 {} ms", milli(load.took.p50), milli(load.took.p99)));
        row("  of what bare cryptography allows", format!("{:.0} %", 100.0 * load.rate() / parts.both_cores));
        row(
            "  CPU per message: sender, recipient, driver",
            format!(
                "{:.0} us, {:.0} us, {:.0} us",
                micro(load.sender_cpu),
                micro(load.recipient_cpu),
                micro(load.driver_cpu)
            ),
        );
        let [sender, recipient] = self.growth();
        let [from, to] = self.memory_after;
        row(
            &format!("memory (RSS) gained by {} messages: sender, recipient", self.delivered),
            format!("{sender:+.1} MiB to {:.1}, {recipient:+.1} MiB to {:.1}", from as f64 / MIB, to as f64 / MIB),
        );
        if let Some(more) = &self.for_memory {
            row(
                "  the rest of them, 64 in flight",
                format!("{:.0} messages/s over {:.0} s", more.rate(), more.seconds),
            );
        }
        row(
            "the owner's door, a command that does nothing",
            format!("p50 {} ms, {:.0} us of CPU", milli(self.door.took.p50), micro(self.door.cpu)),
        );
        row(
            "bare libp2p request-response, 1 KiB echo, one at a time",
            format!("p50 {} ms, p99 {} ms", milli(self.round_trip.p50), milli(self.round_trip.p99)),
        );
        row(
            "bare append of 1 KiB and fsync",
            format!("p50 {} ms, p99 {} ms", milli(parts.fsync.p50), milli(parts.fsync.p99)),
        );
        row(
            "bare sign, seal, open, verify",
            format!(
                "{:.0} + {:.0} + {:.0} + {:.0} us",
                micro(parts.sign),
                micro(parts.seal),
                micro(parts.open),
                micro(parts.verify)
            ),
        );
        row("  all four, on one core", format!("{:.0} messages/s", parts.one_core));
        row("  all four, on both cores", format!("{:.0} messages/s", parts.both_cores));
    }

    /// The same as JSON.
    pub(crate) fn json(&self) -> String {
        let parts = &self.parts;
        let value = json!({
            "schema": "bench/1",
            "transport": self.transport,
            "one_at_a_time": self.one_at_a_time.json(),
            "one_at_a_time_bound_ms": milli(self.bound()),
            "in_flight_64": self.in_flight.json(),
            "part_of_bare_cryptography": self.in_flight.rate() / parts.both_cores,
            "for_memory": self.for_memory.as_ref().map(Sustained::json),
            "memory": {
                "messages": self.delivered, "before_bytes": self.memory_before, "after_bytes": self.memory_after,
                "gained_mib": self.growth(),
            },
            "door": { "latency": self.door.took.json(), "cpu_us": micro(self.door.cpu) },
            "bare": {
                "round_trip": self.round_trip.json(),
                "fsync": parts.fsync.json(),
                "sign_us": micro(parts.sign), "seal_us": micro(parts.seal),
                "open_us": micro(parts.open), "verify_us": micro(parts.verify),
                "one_core_messages_per_s": parts.one_core.round(),
                "both_cores_messages_per_s": parts.both_cores.round(),
            },
        });
        format!("{value:#}\n")
    }
}
