//! Memory of an AI2AI node, in one redb file. It knows no network, no async and no clock: `now` is an argument.
//!
//! A [`Store`] is opened once. [`Store::read`] gives a [`Read`], one unchanging view of it; [`Store::write`] lends a
//! [`Write`], the only one at its time, to what it is given: all that this changes is kept when it succeeds, and none of
//! it when it fails. What is done in a transaction stands in a room of its own, as functions: those that read take any
//! [`View`], those that change take a [`Write`].
//!
//! | room | what it keeps |
//! |---|---|
//! | [`contacts`] | whom the owner knows, each under one name |
//! | [`cards`] | the newest card of everyone heard of |
//! | [`prekeys`] | the secrets that open what is sealed to this node |
//! | [`conversations`] | the state of each conversation, and which was touched last |
//! | [`messages`] | every envelope said or heard, byte for byte, in the order of its conversation |
//! | [`replay`] | what was answered to each envelope, so that a repeat gets the same answer |
//! | [`outbox`] | what is to be delivered, and what became of it |
//! | [`inbox`] | what waits for the owner |
//! | [`quarantine`] | strangers' envelopes that nobody may read yet |
//! | [`mandates`] | what the owner lets the agent do by itself, and when it did |
//! | [`peers`] | nodes that serve others, and where they were reached |
//! | [`mailbox`] | what a volunteer keeps for others who are away |
//! | [`directory`] | the cards that a volunteer lists |
//! | [`originals`] | what is said with agents of the protocol's original, and what they were answered |
//! | [`wire`] | native or of the original: rows of both stand in one table of contacts, of items, of messages on their way |
//! | [`audit`] | who decided what, and by which means |
//! | [`kv`] | numbers and texts that belong to the node as a whole |
//!
//! [`copy`] gives all rows of all rooms, and makes a new store of them: for backups.
//!
//! `tables` has every table with its key and value, `rows` the form of a value; `file` opens the file, and has the way from an older
//! schema to this one.
//!
//! # Always true
//! - What [`Store::write`] has returned for is on the disk. A transaction in which something failed has changed nothing.
//! - An index agrees with its rows: both change in one transaction, in the one file that knows them.
//! - A file that is damaged, of a newer schema or in use is refused and left as it is; it is never begun anew.
//! - Nothing here grows slower with the number of messages stored: every question asked per message is a lookup or a
//!   bounded range.
//! - Bytes that were verified are given back as they were put in.

pub mod audit;
pub mod cards;
pub mod contacts;
pub mod conversations;
pub mod inbox;
pub mod kv;
pub mod mandates;
pub mod messages;
pub mod originals;
pub mod outbox;
pub mod peers;
pub mod prekeys;
pub mod quarantine;
pub mod replay;

mod error;
mod file;
mod limits;
mod rows;
mod tables;
mod transaction;
mod volunteer;

pub use error::StoreError;
pub use file::copy;
pub use file::open::OpenError;
pub use file::store::Store;
pub use limits::{AUDIT_KEPT, ERASED_AT_ONCE, QUIET_LOOKS, RESERVE_BYTES, ROW_BYTES};
pub use rows::wire;
pub use transaction::{Keep, Read, View, Write};
pub use volunteer::{directory, mailbox};
