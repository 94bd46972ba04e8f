//! The volunteer's side: requests to the [mailbox] and the [directory] of this node ([service]).

pub mod directory;
pub mod mailbox;
pub mod service;
