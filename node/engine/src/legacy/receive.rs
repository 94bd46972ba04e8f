//! Inbound posts: from the bytes to the answer; read, opened, judged, and decided in one transaction.

use std::sync::Arc;

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_legacy::{INTENTS, receive};
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::original::{OpenedOriginal, OriginalAnswer, OriginalEnvelope, OriginalReason, handshake};
use serde_json::Value;

use crate::context::Context;

/// Takes an envelope of the original in that somebody posted.
pub async fn receive(context: &Context, bytes: &[u8]) -> OriginalAnswer {
    let opened = OriginalEnvelope::read(bytes).and_then(|envelope| envelope.open(&context.shared.originals.identity));
    let answer = match opened {
        Err(reason) => return OriginalAnswer::refused(reason),
        Ok(ping) if ping.kind() == Kind::Ping => pinged(context, ping).await,
        Ok(opened) => arrives(context, opened).await,
    };
    answer.unwrap_or_else(|failure| {
        tracing::error!(%failure, "an envelope of the original was not taken in");
        OriginalAnswer::refused(OriginalReason::Internal)
    })
}

async fn arrives(context: &Context, opened: OpenedOriginal) -> Result<OriginalAnswer, Failure> {
    let shared = Arc::clone(&context.shared);
    context.transact(move |txn| receive::arrive(txn, opened, &|did| shared.originals.count_contact(did, now()))).await
}

/// Answers a handshake, to everyone; it is remembered of a contact whose pinned key signed it.
async fn pinged(context: &Context, ping: OpenedOriginal) -> Result<OriginalAnswer, Failure> {
    let agent = context.me.sender.agent.as_str();
    let human = context.me.sender.human.as_str();
    if !ping.is_for(agent) {
        return Ok(OriginalAnswer::refused(OriginalReason::InvalidEnvelope));
    }
    let named = ping.from().agent.clone();
    if context.storage.look(move |tx| receive::is_agent_of_contact(tx, &named)).await? {
        context.transact(move |txn| receive::note_ping(txn, ping)).await?;
    }
    Ok(OriginalAnswer::handshake(&context.shared.originals.identity, agent, human, &INTENTS))
}

/// Members of a handshake of ours.
pub fn handshake_of(context: &Context) -> Value {
    handshake(&context.shared.originals.identity, &INTENTS)
}
