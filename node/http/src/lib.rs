//! Posts to web servers that the owner named: a notification channel, a webhook of the agent's.
//!
//! | file | what is in it |
//! |---|---|
//! | [`client`] | one POST of JSON, with bounds on time and size, led nowhere else |
//! | [`retry`] | why something could not be told, and when it is tried again |
//! | [`webhook`] | a webhook, signed as Standard Webhooks has it |
//!
//! # What is not in it
//! - No server that somebody else names: those are asked by `ai2ai_discovery::web`, at public addresses only.
//! - No word of what is told.

pub mod client;
pub mod retry;
pub mod webhook;
