//! Home of an AI2AI node: its settings, files and keys, and the lock that one node at a time holds on it.
//!
//! | room | what it knows |
//! |---|---|
//! | [`paths`], [`files`] | where everything is; files that only their owner may touch, written whole or not at all |
//! | [`config`], [`ports`] | settings of `config.toml`; ports that stay |
//! | [`lock`], [`tokens`], [`client`] | one node on one home; what opens its doors; clients of the node that runs there |
//! | [`identity`] | key files and the PIN |
//! | [`backup`], `interrupted` | everything as one sealed file, and a home made of it; what an interrupted one left |
//! | [`checkup`] | what the doctor can say of a home without its node |
//!
//! # What is not in it
//! - No network: addresses are settings here, and nothing listens or dials.
//! - No decision about contacts, messages or items: a backup copies rows and reads none.
//! - No async.

pub mod backup;
pub mod checkup;
pub mod client;
pub mod config;
pub mod files;
pub mod identity;
mod interrupted;
pub mod lock;
pub mod paths;
pub mod ports;
pub mod tokens;
