//! TODO-DOC engine/inbound

pub mod batch;
pub mod bundle;
pub mod mailbox_collect;
pub mod penalty;
