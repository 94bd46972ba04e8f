//! From a batch of sealed envelopes to their receipts: opened and verified on any core, decided in one turn, signed as one.

use std::sync::Arc;

use ai2ai_protocol::batch::read_batch;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::{VerifiedEnvelope, verify};
use ai2ai_protocol::receipt::{Outcome, Receipt, Receipts};
use ai2ai_protocol::seal::Sealed;
use ai2ai_protocol::time::Timestamp;
use libp2p::PeerId;

use super::conduct::unopened;
use super::reach::{Own, Reach};
use super::turn::{Me, Step, Turn};
use crate::clock::now;

/// An envelope that can be decided on, or the receipt for one that cannot.
#[derive(Debug, Clone)]
pub enum Opened {
    /// It is from whom it says, to us.
    Verified(Box<VerifiedEnvelope>),
    /// It is not worth a decision.
    Refused(Receipt),
}

/// Takes a batch in that a peer brought, and gives the answer to it.
pub async fn receive(reach: Reach, peer: PeerId, bytes: Vec<u8>) -> Vec<u8> {
    let own = reach.own.borrow().clone();
    if let Err(again_in) = reach.conduct().allows(&peer, now()) {
        return answer(&unopened(&bytes, again_in, now()), &reach.me, &own, now());
    }
    let (me, keys) = (Arc::clone(&reach.me), Arc::clone(&own));
    let opened = tokio::task::spawn_blocking(move || open_all(&bytes, &me, &keys, now())).await.unwrap_or_default();
    reach.conduct().note(peer, &opened, now());
    let fallback: Vec<Receipt> = opened.iter().map(without_storage).collect();
    let receipts = reach.turn(move |turn| take_in(turn, &opened)).await;
    let receipts = receipts.unwrap_or_else(|failure| {
        tracing::error!(%failure, "a batch was not taken in");
        fallback
    });
    answer(&receipts, &reach.me, &own, now())
}

/// Opens and verifies each envelope of a batch. A batch that cannot be read is refused as one.
pub fn open_all(bytes: &[u8], me: &Me, own: &Own, now: Timestamp) -> Vec<Opened> {
    let refused = |digest, code| Opened::Refused(refusal(digest, code, now));
    match read_batch(bytes) {
        Err(refusal) => vec![refused(Digest::of(bytes), refusal.code)],
        Ok(batch) => batch
            .into_iter()
            .map(|sealed| match sealed {
                Err((digest, refusal)) => refused(digest, refusal.code),
                Ok(sealed) => match open(&sealed, me, own) {
                    Ok(envelope) => Opened::Verified(Box::new(envelope)),
                    Err(code) => refused(sealed.digest(), code),
                },
            })
            .collect(),
    }
}

fn open(sealed: &Sealed, me: &Me, own: &Own) -> Result<VerifiedEnvelope, Code> {
    if sealed.to() != me.did() {
        return Err(Code::WrongRecipient);
    }
    let prekey = own.prekeys.iter().find(|prekey| prekey.id() == sealed.prekey()).ok_or(Code::UnknownPrekey)?;
    verify(&sealed.open(prekey)?, me.did()).map_err(|refusal| refusal.code)
}

/// Decides on each envelope of a batch, in order.
pub fn take_in(turn: &mut Turn<'_>, opened: &[Opened]) -> Step<Vec<Receipt>> {
    opened
        .iter()
        .map(|one| match one {
            Opened::Verified(envelope) => turn.arrive(envelope),
            Opened::Refused(receipt) => Ok(receipt.clone()),
        })
        .collect()
}

/// The answer to a batch; with our card, for whoever sealed to a prekey that is gone.
pub fn answer(receipts: &[Receipt], me: &Me, own: &Own, now: Timestamp) -> Vec<u8> {
    let needs_card = receipts.iter().any(|receipt| receipt.outcome == Outcome::Refused(Code::UnknownPrekey));
    Receipts::sign(receipts, &me.sender, own.card.as_ref().filter(|_| needs_card), now)
}

fn refusal(digest: Digest, code: Code, at: Timestamp) -> Receipt {
    Receipt { id: None, digest, outcome: Outcome::Refused(code), retry_after_s: None, state: None, at }
}

/// What is told when the database fails: come again.
fn without_storage(one: &Opened) -> Receipt {
    match one {
        Opened::Refused(receipt) => receipt.clone(),
        Opened::Verified(envelope) => {
            Receipt { id: Some(envelope.id()), ..refusal(envelope.digest(), Code::Internal, now()) }
        }
    }
}
