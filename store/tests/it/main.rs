//! The store through its public face: what it opens, what it keeps, and what a crash leaves.

mod copies;
mod crash;
mod laws;
mod mailbox;
mod mandates;
mod opening;
mod originals;
mod outgoing;
mod rows;
mod schemas;
mod twin;

use ai2ai_store::{Store, Write};

/// Does something in a transaction, which is kept.
fn write<T>(store: &Store, act: impl FnOnce(&Write) -> T) -> T {
    store.write(|tx| Ok(act(tx))).expect("kept")
}
