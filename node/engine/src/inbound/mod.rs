//! Inbound: envelopes that others bring, from bytes to signed receipts.
//!
//! | file | what is in it |
//! |---|---|
//! | `batch` | a request of a peer |
//! | `mailbox_collect` | what a volunteer kept for us |
//! | `bundle` | a file that the owner brought |

pub mod batch;
pub mod bundle;
pub mod mailbox_collect;
