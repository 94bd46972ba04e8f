//! From a batch of sealed envelopes to their receipts: opened and verified on any core, decided in one turn, signed as one.

use std::sync::Arc;

use ai2ai_protocol::batch::{Entry, read_batch};
use ai2ai_protocol::code::Code;
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::{VerifiedEnvelope, verify_with};
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::receipt::{Outcome, Receipt, Receipts};
use ai2ai_protocol::seal::Sealed;
use ai2ai_protocol::time::Timestamp;
use libp2p::PeerId;

use super::conduct::unopened;
use super::reach::{Own, Reach};
use super::spread::spread;
use super::turn::{Me, Step, Turn};
use crate::clock::now;
use crate::exit::Failure;

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
    let opened = open_spread(&reach.me, &own, bytes).await.unwrap_or_else(|failure| {
        tracing::error!(%failure, "a batch was not opened");
        Vec::new()
    });
    reach.conduct().note(peer, &opened, now());
    let fallback: Vec<Receipt> = opened.iter().map(without_storage).collect();
    let receipts = reach.turn(move |turn| take_in(turn, &opened)).await;
    let receipts = receipts.unwrap_or_else(|failure| {
        tracing::error!(%failure, "a batch was not taken in");
        fallback
    });
    answer(&receipts, &reach.me, &own, now())
}

/// Opens a batch on as many cores as it is worth.
async fn open_spread(me: &Arc<Me>, own: &Arc<Own>, bytes: Vec<u8>) -> Result<Vec<Opened>, Failure> {
    let read = tokio::task::spawn_blocking(move || read(&bytes, now()));
    let (me, own) = (Arc::clone(me), Arc::clone(own));
    match read.await.map_err(Failure::internal)? {
        Ok(entries) => spread(entries, move |part| open_part(part, &me, &own, now())).await,
        Err(refused) => Ok(vec![refused]),
    }
}

/// Opens and verifies each envelope of a batch. A batch that cannot be read is refused as one.
pub fn open_all(bytes: &[u8], me: &Me, own: &Own, now: Timestamp) -> Vec<Opened> {
    match read(bytes, now) {
        Ok(entries) => open_part(entries, me, own, now),
        Err(refused) => vec![refused],
    }
}

fn read(bytes: &[u8], now: Timestamp) -> Result<Vec<Entry>, Opened> {
    read_batch(bytes).map_err(|refused| Opened::Refused(refusal(Digest::of(bytes), refused.code, now)))
}

/// Opens some of the envelopes of a batch. The delegation that one carries is not checked again for the next.
fn open_part(entries: Vec<Entry>, me: &Me, own: &Own, now: Timestamp) -> Vec<Opened> {
    let mut known = None;
    let mut open_entry = |entry: Entry| match entry {
        Err((digest, refused)) => Opened::Refused(refusal(digest, refused.code, now)),
        Ok(sealed) => match open(&sealed, me, own, known.as_ref()) {
            Ok(envelope) => {
                known = Some(envelope.delegation().clone());
                Opened::Verified(Box::new(envelope))
            }
            Err(code) => Opened::Refused(refusal(sealed.digest(), code, now)),
        },
    };
    entries.into_iter().map(&mut open_entry).collect()
}

fn open(sealed: &Sealed, me: &Me, own: &Own, known: Option<&Delegation>) -> Result<VerifiedEnvelope, Code> {
    if sealed.to() != me.did() {
        return Err(Code::WrongRecipient);
    }
    let prekey = own.prekeys.iter().find(|prekey| prekey.id() == sealed.prekey()).ok_or(Code::UnknownPrekey)?;
    verify_with(&sealed.open(prekey)?, me.did(), known).map_err(|refusal| refusal.code)
}

/// Decides on each envelope of a batch, in order.
///
/// Once one is asked to come again, what follows it in the same conversation is, too: taken in now, it would stand before it.
pub fn take_in(turn: &mut Turn<'_>, opened: &[Opened]) -> Step<Vec<Receipt>> {
    let mut waits: Vec<(Did, ConversationId)> = Vec::new();
    let mut receipts = Vec::with_capacity(opened.len());
    for one in opened {
        receipts.push(match one {
            Opened::Refused(receipt) => receipt.clone(),
            Opened::Verified(envelope) => {
                let talk = (envelope.from().did, envelope.conversation());
                let receipt = if waits.contains(&talk) { turn.not_yet(envelope)? } else { turn.arrive(envelope)? };
                if matches!(receipt.outcome, Outcome::Refused(code) if code.is_passing()) {
                    waits.push(talk);
                }
                receipt
            }
        });
    }
    Ok(receipts)
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
