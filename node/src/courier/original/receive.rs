//! From the bytes of a POST to the answer: read, opened and judged; decided in one turn.

use std::sync::Arc;

use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::original::{Answer, Envelope, Opened, Reason, handshake};
use ai2ai_store::originals;
use serde_json::Value;

use super::{CONTACTS, INTENTS};
use crate::clock::now;
use crate::courier::reach::Reach;
use crate::exit::Failure;

/// Takes an envelope of the original in that somebody posted.
pub(crate) async fn receive(reach: &Reach, bytes: &[u8]) -> Answer {
    let opened = Envelope::read(bytes).and_then(|envelope| envelope.open(&reach.originals.identity));
    let answer = match opened {
        Err(reason) => return Answer::refused(reason),
        Ok(ping) if ping.kind() == Kind::Ping => pinged(reach, ping).await,
        Ok(opened) => arrives(reach, opened).await,
    };
    answer.unwrap_or_else(|failure| {
        tracing::error!(%failure, "an envelope of the original was not taken in");
        Answer::refused(Reason::Internal)
    })
}

async fn arrives(reach: &Reach, opened: Opened) -> Result<Answer, Failure> {
    let shared = Arc::clone(&reach.originals);
    reach.turn(move |turn| turn.original_arrives(opened, &|did| shared.count_contact(did, now()))).await
}

/// A handshake is answered to everyone, and is remembered of a contact whose pinned key signed it.
async fn pinged(reach: &Reach, ping: Opened) -> Result<Answer, Failure> {
    let (agent, human) = (reach.me.sender.agent.as_str(), reach.me.sender.human.as_str());
    if !ping.is_for(agent) {
        return Ok(Answer::refused(Reason::InvalidEnvelope));
    }
    let named = ping.from().agent.clone();
    let known =
        move |tx: &ai2ai_store::Read| Ok(originals::contacts(tx, CONTACTS)?.iter().any(|row| row.agent == named));
    if reach.storage.look(known).await? {
        reach.turn(move |turn| turn.original_pinged(ping)).await?;
    }
    Ok(Answer::handshake(&reach.originals.identity, agent, human, &INTENTS))
}

/// What a handshake of ours says.
pub(crate) fn handshake_of(reach: &Reach) -> Value {
    handshake(&reach.originals.identity, &INTENTS)
}
