//! TODO-DOC core/outbound

pub mod bundle;
pub mod compose;
pub mod deposits;
pub mod due;
pub mod idempotency;
pub mod policy;
pub mod receipts;
pub mod resend;
pub mod withdraw;
