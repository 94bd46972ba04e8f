//! The volunteer's side: the [mailbox] and the [directory] that this node keeps for others.

pub mod directory;
pub mod mailbox;
