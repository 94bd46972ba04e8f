//! TODO-DOC engine/lookup

pub mod dht;
pub mod directory;
pub mod dns;
pub mod invite;
