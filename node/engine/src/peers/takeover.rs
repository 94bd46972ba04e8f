//! Takeover: a node that is shown a newer card of its own identity by another peer stops, and stays stopped until its owner
//! says otherwise. Else the two would take each other's messages.
//!
//! Only who holds the agent's key can sign such a card, and an older one that is played back is no newer.

use ai2ai_core::people::takeover;
use ai2ai_protocol::card::Card;

use crate::context::Context;

/// Ends the node when a peer shows a card of our own identity that is newer than ours.
pub(crate) async fn met(context: Context, card: Card, peer: String) {
    match context.transact(move |txn| takeover::yields_to(txn, &card, peer)).await {
        Ok(true) => context.anew.notify_one(),
        Ok(false) => {}
        Err(failure) => tracing::error!(%failure, "another node of this identity was seen, and that was not kept"),
    }
}
