//! TODO-DOC engine/delivery

pub mod attempt;
pub mod batch;
pub mod https;
pub mod mailbox_deposit;
pub mod scheduler;
pub mod worker;
