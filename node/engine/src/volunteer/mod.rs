//! TODO-DOC engine/volunteer

pub mod directory;
pub mod flood;
pub mod mailbox;
