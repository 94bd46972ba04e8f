//! TODO-DOC core/volunteer

pub mod directory;
pub mod mailbox;
