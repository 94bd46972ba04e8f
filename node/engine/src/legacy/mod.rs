//! Agents of the protocol's original, over HTTP: who they are, what is posted to them and what they post, and registries of them.
//!
//! What a command does with one of them is a branch of its handler in [`commands`](crate::commands).

pub mod contacts;
pub mod post;
pub mod receive;
pub mod registries;
pub mod web;

use std::sync::Arc;

use ai2ai_api::exit::Failure;
use ai2ai_core::txn::{Step, Txn};
use ai2ai_legacy::compose::Signer;

use crate::context::Context;

/// Runs a transaction in which something can be signed for an agent of the original.
///
/// # Errors
/// [`Failure`]: nothing of the transaction was written.
pub(crate) async fn transact<T: Send + 'static>(
    context: &Context,
    act: impl FnOnce(&mut Txn<'_, '_>, &Signer<'_>) -> Step<T> + Send + 'static,
) -> Result<T, Failure> {
    let shared = Arc::clone(&context.shared);
    context.transact(move |txn| act(txn, &Signer { identity: &shared.originals.identity, seed: rand::random() })).await
}
