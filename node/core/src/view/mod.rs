//! TODO-DOC core/view

pub mod conversation;
pub mod disclosures;
pub mod item;
pub mod rows;
