//! Inbox: items that wait for the owner.
//!
//! | file | what is in it |
//! |---|---|
//! | `items` | items are raised, replaced and settled |
//! | `drafts` | an agent asks what became of its draft |
//! | `snooze` | an item is out of sight for a while |
//! | `renewal` | the item that asks for a new agent key |

pub mod drafts;
pub mod items;
pub mod renewal;
pub mod snooze;
