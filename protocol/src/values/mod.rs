//! Small types that envelopes are made of: ids, digests, names and moments.

pub mod digest;
pub mod id;
pub mod name;
pub mod time;
