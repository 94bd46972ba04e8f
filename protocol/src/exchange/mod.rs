//! What two nodes exchange: batches of sealed envelopes and files of them, the receipts for them, and notices of what became of one later.

pub mod batch;
pub mod bundle;
pub mod notice;
pub mod receipt;
