//! Inbound: envelopes of others, from a verified envelope to its receipt.
//!
//! | file | what is in it |
//! |---|---|
//! | `batch` | the envelopes of one request, in order |
//! | `receive` | one envelope: repeated, held, refused, or accepted with its effect |
//! | `replay` | receipts, stored for repeats |
//! | `quarantine` | strangers and blocked senders |
//! | `limits` | rates of contacts and of strangers |
//! | `collected` | envelopes out of a mailbox or a file, whose receipts travel in envelopes |
//! | `late_receipts` | receipts and notices about messages of ours |

pub mod batch;
pub mod collected;
pub mod late_receipts;
pub mod limits;
pub mod quarantine;
pub mod receive;
pub mod replay;
