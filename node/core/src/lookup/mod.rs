//! Lookup: rows of the store, found by what a person or a program calls them.
//!
//! | file | what is in it |
//! |---|---|
//! | `contact` | contacts, by name, agent or `did` |
//! | `conversation` | conversations by their id, and the terms that stand in one |
//! | `item` | items by their id, and the messages that they are about |
//! | `message` | messages of ours and drafts by their id |
//! | `prefix` | beginnings of ids |

pub mod contact;
pub mod conversation;
pub mod item;
pub mod message;
pub mod prefix;

/// Conversations that a listing shows: the latest.
pub const LISTED: usize = 1_000;
