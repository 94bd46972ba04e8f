//! TODO-DOC core/people

pub mod cards;
pub mod clocks;
pub mod contacts;
pub mod dry_run;
pub mod invites;
pub mod mailboxes;
pub mod mandates;
pub mod own_card;
pub mod takeover;
pub mod verify;
