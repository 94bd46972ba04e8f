//! Inbox: items that wait for the owner.
//!
//! | file | what is in it |
//! |---|---|
//! | `items` | items are raised, replaced and settled |
//! | `decide` | the owner approves or rejects one, as it was shown |
//! | `replies` | the content that a decision or a reply sends |
//! | `drafts` | an agent asks what became of its draft |
//! | `snooze` | an item is out of sight for a while |
//! | `expiry` | an item ends undecided |
//! | `renewal` | the item that asks for a new agent key |

pub mod decide;
pub mod drafts;
pub mod expiry;
pub mod items;
pub mod renewal;
pub mod replies;
pub mod snooze;
