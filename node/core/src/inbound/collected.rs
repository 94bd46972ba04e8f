//! Envelopes that came by a mailbox or a file: nobody waits for their receipts, so these are sent as envelopes.

use ai2ai_protocol::code::Code;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::limits::BATCH_ENVELOPES;
use ai2ai_protocol::policy::{self, Arrival};
use ai2ai_protocol::receipt::{self, Outcome, Receipt};
use ai2ai_store::contacts;

use crate::content::Words;
use crate::inbound::batch::{Opened, Waits, take_in_following};
use crate::outbound::compose;
use crate::txn::{Step, Txn};

/// Outcome of one batch.
pub struct Taken {
    /// Digests of the seals that the mailbox need not keep any longer.
    pub done: Vec<Digest>,
    /// Conversations in which an envelope has to come again.
    pub waits: Waits,
}

/// Takes in what a mailbox handed over, and answers the contacts among its senders, all in one transaction.
///
/// A seal is done with once nothing under it has to come again; what under it is a repeat then gets its first receipt.
///
/// # Errors
/// When the database fails.
pub fn take_in(txn: &mut Txn<'_, '_>, opened: &[Vec<Opened>], came: &[Digest], mut waits: Waits) -> Step<Taken> {
    let receipts = take_in_and_answer(txn, opened, &mut waits)?;
    let done = receipts.iter().zip(came).filter(|(receipts, _)| !receipts.iter().any(comes_again));
    Ok(Taken { done: done.map(|(_, digest)| *digest).collect(), waits })
}

/// Takes in what came without anybody waiting for an answer, seal by seal; the contacts among its senders are answered by
/// envelopes. Gives what became of each.
///
/// # Errors
/// When the database fails.
pub fn take_in_and_answer(txn: &mut Txn<'_, '_>, opened: &[Vec<Opened>], waits: &mut Waits) -> Step<Vec<Vec<Receipt>>> {
    let mut answers = Vec::new();
    let mut all = Vec::with_capacity(opened.len());
    for seal in opened {
        let receipts = take_in_following(txn, seal, waits)?;
        gather(&mut answers, seal, &receipts);
        all.push(receipts);
    }
    for (sender, list) in &answers {
        for some in list.chunks(BATCH_ENVELOPES) {
            answer_by_envelope(txn, sender, some)?;
        }
    }
    Ok(all)
}

/// Sends receipts in an envelope of their own. A stranger and a blocked sender get none: they learn nothing by it, and nobody
/// makes this node send by depositing. Nor is a receipt ever answered, or two nodes would never come to an end.
fn answer_by_envelope(txn: &mut Txn<'_, '_>, sender: &Did, receipts: &[Receipt]) -> Step<()> {
    let Some(contact) = contacts::get(txn.tx, sender)? else { return Ok(()) };
    match policy::arrives(&policy::SenderStanding::of(Some((contact.trust, contact.blocked)))) {
        Arrival::Accept(_) => {
            let conversation: ConversationId = txn.new_conversation();
            compose::post(txn, &contact, conversation, Words::receipts(receipt::to_payload(receipts)))
        }
        Arrival::Quarantine | Arrival::Drop => Ok(()),
    }
}

/// Puts the receipts that are worth telling to those for their senders. What comes again is told when it was taken in, and nobody
/// waits for that of a ping.
fn gather(answers: &mut Vec<(Did, Vec<Receipt>)>, seal: &[Opened], receipts: &[Receipt]) {
    for (one, receipt) in seal.iter().zip(receipts) {
        let Opened::Verified(envelope) = one else { continue };
        if matches!(envelope.kind(), Kind::Receipt | Kind::Ping) || comes_again(receipt) {
            continue;
        }
        let sender = envelope.from().did;
        let receipt = receipt.clone();
        match answers.iter_mut().find(|(did, _)| *did == sender) {
            Some((_, list)) => list.push(receipt),
            None => answers.push((sender, vec![receipt])),
        }
    }
}

/// Returns whether an envelope can be taken in when it comes again, without its sender doing anything about it. What is sealed
/// to a key that is gone, or has no room among strangers', is its sender's to bring again.
pub fn comes_again(receipt: &Receipt) -> bool {
    match receipt.outcome {
        Outcome::Refused(Code::UnknownPrekey | Code::Quarantined) | Outcome::Accepted | Outcome::Held => false,
        Outcome::Refused(code) => code.is_passing(),
    }
}
