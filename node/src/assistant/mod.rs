//! The agent for people who have none: by rules, or by a model of theirs.

mod rules;

pub use rules::{Draft, Silence, draft, free_evenings};
