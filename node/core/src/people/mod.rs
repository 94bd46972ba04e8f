//! People: contacts, how they were met, and what they are trusted with.
//!
//! | file | what is in it |
//! |---|---|
//! | `contacts` | contacts are found by name, added, trusted, blocked and forgotten |
//! | `invites` | invites are made and redeemed |
//! | `mandates` | what the agent may do by itself, and stopping it |
//! | `dry_run` | a mandate tried on what was said so far |
//! | `verify` | the words that two people compare |
//! | `cards` | cards of others, and the ping that brings ours |
//! | `own_card` | our own card and its prekeys |
//! | `mailboxes` | our places at volunteers |
//! | `takeover` | one node per identity |
//! | `clocks` | how far contacts' clocks are from ours |

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
