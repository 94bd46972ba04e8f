//! The file: opened, brought to the schema of today, copied for backups.

pub mod copy;
pub(crate) mod migrations;
pub(crate) mod open;
pub(crate) mod store;
