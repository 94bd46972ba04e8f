//! Inbound batches: sealed envelopes are opened and verified on any core, decided in one transaction, and their receipts signed
//! as one.

use std::sync::Arc;

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_core::context::Me;
use ai2ai_core::inbound::batch::{Opened, refusal, storage_failed, take_in};
use ai2ai_protocol::batch::{BatchEntry, read_batch};
use ai2ai_protocol::code::Code;
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::verify_with;
use ai2ai_protocol::limits::BATCH_ENVELOPES;
use ai2ai_protocol::receipt::{Outcome, Receipt, Receipts};
use ai2ai_protocol::seal::Sealed;
use ai2ai_protocol::time::Timestamp;
use libp2p::PeerId;

use crate::context::{Context, Own};
use crate::parallel::spread;
use crate::state::penalties::unopened;

/// Bytes of a batch that are read at once, where it came in: that takes a fraction of a millisecond.
const READ_HERE: usize = 64 * 1024;

/// Takes a batch in that a peer brought, and gives the answer to it.
pub async fn receive(context: Context, peer: PeerId, bytes: Vec<u8>) -> Vec<u8> {
    let own = context.own.borrow().clone();
    if let Err(again_in) = context.penalties().allows(&peer, now()) {
        return answer(&unopened(&bytes, again_in, now()), &context.me, &own, now());
    }
    let opened = open_spread(&context.me, &own, bytes).await.unwrap_or_else(|failure| {
        tracing::error!(%failure, "a batch was not opened");
        Vec::new()
    });
    context.penalties().note(peer, &opened, now());
    let fallback: Vec<Receipt> = opened.iter().map(|one| storage_failed(one, now())).collect();
    let receipts = context.transact(move |txn| take_in(txn, &opened)).await;
    let receipts = receipts.unwrap_or_else(|failure| {
        tracing::error!(%failure, "a batch was not taken in");
        fallback
    });
    answer(&receipts, &context.me, &own, now())
}

/// Opens what a mailbox handed over; gives what is under each seal.
///
/// # Errors
/// When the work broke off.
pub(crate) async fn open_sealed(context: &Context, sealed: Vec<Sealed>) -> Result<Vec<Vec<Opened>>, Failure> {
    let me = Arc::clone(&context.me);
    let own = context.own.borrow().clone();
    let one = move |sealed: Sealed| verify_part(open(Ok(sealed), &me, &own, now()), &me, now());
    spread(sealed, move |part| part.into_iter().map(&one).collect()).await
}

/// Opens a batch on as many cores as it is worth.
async fn open_spread(me: &Arc<Me>, own: &Arc<Own>, bytes: Vec<u8>) -> Result<Vec<Opened>, Failure> {
    let read = if bytes.len() <= READ_HERE {
        read(&bytes, now())
    } else {
        tokio::task::spawn_blocking(move || read(&bytes, now())).await.map_err(Failure::internal)?
    };
    let of_me = Arc::clone(me);
    let own = Arc::clone(own);
    match read {
        Ok(entries) => {
            let open =
                move |part: Vec<BatchEntry>| part.into_iter().map(|entry| open(entry, &of_me, &own, now())).collect();
            let texts = bounded(spread(entries, open).await?, now());
            let me = Arc::clone(me);
            spread(texts, move |part| verify_part(part, &me, now())).await
        }
        Err(refused) => Ok(vec![refused]),
    }
}

/// Opens and verifies each envelope of a batch. A batch that cannot be read is refused as one.
pub fn open_all(bytes: &[u8], me: &Me, own: &Own, now: Timestamp) -> Vec<Opened> {
    match read(bytes, now) {
        Ok(entries) => {
            let opened = entries.into_iter().map(|entry| open(entry, me, own, now)).collect();
            verify_part(bounded(opened, now), me, now)
        }
        Err(refused) => vec![refused],
    }
}

fn read(bytes: &[u8], now: Timestamp) -> Result<Vec<BatchEntry>, Opened> {
    read_batch(bytes).map_err(|refused| Opened::Refused(refusal(Digest::of(bytes), refused.code, now)))
}

/// Text that is to be verified, and the digest of the seal that it was under; or the receipt for a seal that could not be
/// opened.
type Text = Result<(Vec<u8>, Digest), Receipt>;

/// The texts under one seal.
fn open(entry: BatchEntry, me: &Me, own: &Own, now: Timestamp) -> Vec<Text> {
    let (digest, opened) = match entry {
        Err((digest, refused)) => (digest, Err(refused.code)),
        Ok(sealed) => (sealed.digest(), open_one(&sealed, me, own)),
    };
    match opened {
        Ok(texts) => texts.into_iter().map(|text| Ok((text, digest))).collect(),
        Err(code) => vec![Err(refusal(digest, code, now))],
    }
}

fn open_one(sealed: &Sealed, me: &Me, own: &Own) -> Result<Vec<Vec<u8>>, Code> {
    if sealed.to() != me.did() {
        return Err(Code::WrongRecipient);
    }
    let prekey = own.prekeys.iter().find(|prekey| prekey.id() == sealed.prekey()).ok_or(Code::UnknownPrekey)?;
    sealed.open(prekey)
}

/// Texts of a batch, seal by seal. Nothing under a seal is taken that would leave no room for a receipt for each seal after it.
fn bounded(seals: Vec<Vec<Text>>, now: Timestamp) -> Vec<Text> {
    let mut texts = Vec::new();
    let mut after = seals.len();
    for mut seal in seals {
        after -= 1;
        match seal.first() {
            Some(Ok((_, digest))) if texts.len() + seal.len() + after > BATCH_ENVELOPES => {
                texts.push(Err(refusal(*digest, Code::TooLarge, now)));
            }
            Some(_) | None => texts.append(&mut seal),
        }
    }
    texts
}

/// Verifies some of the envelopes of a batch. The delegation that one carries is not checked again for the next.
fn verify_part(texts: Vec<Text>, me: &Me, now: Timestamp) -> Vec<Opened> {
    let mut known: Option<Delegation> = None;
    let mut verify_text = |text: Text| match text {
        Err(receipt) => Opened::Refused(receipt),
        Ok((text, seal)) => match verify_with(&text, me.did(), known.as_ref()) {
            Ok(envelope) => {
                known = Some(envelope.delegation().clone());
                Opened::Verified(Box::new(envelope))
            }
            Err(refused) => Opened::Refused(refusal(seal, refused.code, now)),
        },
    };
    texts.into_iter().map(&mut verify_text).collect()
}

/// The answer to a batch; with our card, for whoever sealed to a prekey that is gone.
pub fn answer(receipts: &[Receipt], me: &Me, own: &Own, now: Timestamp) -> Vec<u8> {
    let needs_card = receipts.iter().any(|receipt| receipt.outcome == Outcome::Refused(Code::UnknownPrekey));
    Receipts::sign(receipts, &me.sender, own.card.as_ref().filter(|_| needs_card), now)
}
