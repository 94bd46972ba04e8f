//! Outbound: messages of ours, from what is to be said to the receipt.
//!
//! | file | what is in it |
//! |---|---|
//! | `policy` | what leaves by itself, and what waits for the owner |
//! | `compose` | an envelope is signed, stored and queued |
//! | `idempotency` | a draft under a key is made once |
//! | `due` | the messages that may go to a recipient now |
//! | `deposits`, `bundle` | the messages that go into a mailbox, or into a file |
//! | `receipts` | how far a message is: failed, delivered, read, answered |
//! | `resend`, `withdraw` | a message is sent again, or taken back |

pub mod bundle;
pub mod compose;
pub mod deposits;
pub mod due;
pub mod idempotency;
pub mod policy;
pub mod receipts;
pub mod resend;
pub mod withdraw;
