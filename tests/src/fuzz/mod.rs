//! Bytes of a stranger, a file or a typing hand, given to the functions that read them: whatever the bytes are, they end
//! in a value or in a refusal, and what was accepted keeps its promises.
//!
//! The bodies are here, so that the kept corpus is replayed by `cargo test`; `tests/fuzz` hands each of them to libFuzzer.

mod discovery;
mod documents;
mod files;
mod json;
mod original;
pub mod seeds;
mod volunteers;

/// Something that reads bytes, under its name.
pub type Target = (&'static str, fn(&[u8]));

/// Everything that reads bytes from outside.
pub const TARGETS: [Target; 19] = [
    ("json", json::json),
    ("names", json::names),
    ("envelope", documents::envelope),
    ("sealed", documents::sealed),
    ("batch", documents::batch),
    ("carried", documents::carried),
    ("card", documents::card),
    ("receipts", documents::receipts),
    ("terms", documents::terms),
    ("agreement", documents::agreement),
    ("mailbox", volunteers::mailbox),
    ("directory", volunteers::directory),
    ("original", original::original),
    ("address", discovery::address),
    ("config", files::config),
    ("keys", files::keys),
    ("calendar", files::calendar),
    ("door", files::door),
    ("store", files::store),
];

/// Runs the target of this name.
///
/// # Panics
/// When there is none; or when the bytes break a promise.
pub fn run(name: &str, bytes: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(other, _)| *other == name).expect("a target of this name");
    target(bytes);
}
