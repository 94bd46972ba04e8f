//! TODO-DOC engine

pub mod commands;
pub mod context;
pub mod delivery;
pub mod event_loop;
pub mod inbound;
pub mod legacy;
pub mod lookup;
pub mod owner_key;
pub mod parallel;
pub mod peers;
pub mod storage;
pub mod tasks;
pub mod upkeep;
pub mod volunteer;
