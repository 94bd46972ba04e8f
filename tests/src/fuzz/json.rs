//! Strict JSON beside the reader that everybody else has; and the texts of which documents are made.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use ai2ai_protocol::canonical::{canonical, read_value};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::{Digest, TermsHash};
use ai2ai_protocol::id::{ConversationId, ItemId, MessageId};
use ai2ai_protocol::key::PublicKey;
use ai2ai_protocol::limits::ENVELOPE_BYTES;
use ai2ai_protocol::name::{AgentName, HumanName, Intent};
use ai2ai_protocol::time::Timestamp;
use serde_json::Value;

/// Checks that strict JSON has the same value to everybody, and that its canonical form is strict, and its own.
pub(super) fn json(bytes: &[u8]) {
    let Ok(strict) = read_value(bytes, ENVELOPE_BYTES) else { return };
    let usual: Value = serde_json::from_slice(bytes).expect("what is strict is JSON");
    let form = canonical(&strict);
    // `90`, `90.0` and `9e1` are one number, which Rust may hold in two ways.
    assert_eq!(canonical(&usual), form, "the same value");
    let again = read_value(&form, usize::MAX).expect("a canonical form is strict");
    assert_eq!(canonical(&again), form, "a canonical form is its own");
}

/// Checks that what reads as a name, a time or a key is written as it reads.
pub(super) fn names(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    reads_back::<MessageId>(text);
    reads_back::<ConversationId>(text);
    reads_back::<ItemId>(text);
    reads_back::<Did>(text);
    reads_back::<PublicKey>(text);
    reads_back::<Digest>(text);
    reads_back::<TermsHash>(text);
    reads_back::<AgentName>(text);
    reads_back::<HumanName>(text);
    reads_back::<Intent>(text);
    reads_back::<Timestamp>(text);
}

fn reads_back<T: FromStr + Display + PartialEq + Debug>(text: &str) {
    let Ok(value) = text.parse::<T>() else { return };
    let written = value.to_string();
    let again = written.parse::<T>().ok().expect("what is written reads");
    assert_eq!(again, value);
}
