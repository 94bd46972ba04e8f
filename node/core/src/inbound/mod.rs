//! TODO-DOC core/inbound

pub mod batch;
pub mod collected;
pub mod late_receipts;
pub mod limits;
pub mod quarantine;
pub mod receive;
