//! Parsers of values that several commands take.

use ai2ai_protocol::canonical::{Object, read_object};
use ai2ai_protocol::limits::ENVELOPE_BYTES;
use ai2ai_protocol::time::Timestamp;

/// Checks a moment with its offset, and keeps it as it was typed.
pub(super) fn time(text: &str) -> Result<String, String> {
    text.parse::<Timestamp>().map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// Reads a JSON object that every reader understands alike (no repeated names), of at most [`ENVELOPE_BYTES`].
pub(super) fn json_object(text: &str) -> Result<Object, String> {
    read_object(text.as_bytes(), ENVELOPE_BYTES).map_err(|error| error.to_string())
}
