//! Inbound: envelopes of others, from a verified envelope to its receipt.
//!
//! | file | what is in it |
//! |---|---|
//! | `batch` | the envelopes of one request, in order |
//! | `receive` | one envelope: repeated, held, refused for its age or its rate, or passed on |
//! | `accept` | a contact's envelope gets its effect, or its conversation's refusal |
//! | `replay` | receipts, stored for repeats |
//! | `quarantine` | strangers and blocked senders |
//! | `admission` | a stranger becomes a contact, and what they sent is let in |
//! | `cards` | cards that arrive |
//! | `limits` | rates of contacts and of strangers |
//! | `collected` | envelopes out of a mailbox or a file, whose receipts travel in envelopes |
//! | `late_receipts` | receipts and notices about messages of ours |

pub mod accept;
pub mod admission;
pub mod batch;
pub mod cards;
pub mod collected;
pub mod late_receipts;
pub mod limits;
pub mod quarantine;
pub mod receive;
pub mod replay;
