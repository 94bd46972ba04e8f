//! Delivery: brings what is due to its recipients, and takes their receipts in.
//!
//! | file | what is in it |
//! |---|---|
//! | `worker` | one recipient: batches until nothing is due |
//! | `attempt` | one batch, by libp2p or HTTPS |
//! | `batch` | envelopes sealed to a recipient, and the receipts for them |
//! | `https` | web servers that take batches |
//! | `mailbox_deposit` | the recipient's mailboxes |

pub mod attempt;
pub mod batch;
pub mod https;
pub mod mailbox_deposit;
pub mod worker;
