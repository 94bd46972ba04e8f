//! TODO-DOC core/inbox

pub mod decide;
pub mod drafts;
pub mod expiry;
pub mod items;
pub mod renewal;
pub mod snooze;
