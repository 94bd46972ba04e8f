//! The volunteer's side: requests to the [mailbox] and the [directory] of this node ([service]), and how many a peer may make ([flood]).

pub mod directory;
pub mod flood;
pub mod mailbox;
pub mod service;
