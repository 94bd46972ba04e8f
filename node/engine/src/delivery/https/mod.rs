//! Delivery by HTTPS: sealed batches to people whose card names a web server: what is brought where libp2p does not get
//! through.
//!
//! The bytes are those that would have gone over libp2p, and their receipts are believed for their signature alone. What the web server
//! itself says, a status or a redirection, is believed for nothing.
//!
//! | file | what is in it |
//! |---|---|
//! | `door` | a web server, and what may have left when it does not answer |
//! | `shown` | our card, shown by HTTPS |

pub mod door;
pub mod shown;

/// The content type of a batch.
pub const BATCH: &str = "application/ai2ai-batch+json";
/// The content type of the receipts that answer it.
pub const RECEIPTS: &str = "application/ai2ai-receipts+json";
/// Path at which batches are posted.
pub const PATH: &str = "/ai2ai";
