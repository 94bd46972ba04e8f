//! The recipient's side: it claims its place at a volunteer, and takes in what waits there exactly like what arrives on the wire.

use ai2ai_discovery::mailboxes::{Visit, Visited};
use ai2ai_protocol::code::Code;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::limits::BATCH_ENVELOPES;
use ai2ai_protocol::mailbox::{Claim, Collect, Granted, Handover, Request};
use ai2ai_protocol::policy::{self, Arrival};
use ai2ai_protocol::receipt::{self, Outcome, Receipt};
use ai2ai_protocol::refusal::Refusal;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::contacts;

use crate::clock::now;
use crate::courier::inward::{Opened, Waits, open_sealed, take_in_beside};
use crate::courier::reach::{Note, Reach};
use crate::courier::turn::{Step, Turn};
use crate::courier::words::Words;
use crate::exit::Failure;
use crate::network::{NetworkError, Service};

/// Batches that are taken in on one visit: a volunteer that never comes to an end is left until the next one.
const BATCHES_AT_ONCE: usize = 128;

/// Why a visit was broken off.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error("{0}")]
    Refused(#[from] Refusal),
    #[error("{0}")]
    Ours(#[from] Failure),
}

/// Visits a mailbox: claims the place where that is due, then takes in what waits. The courier is told what came of it.
pub(in crate::courier) async fn visit(reach: Reach, visit: Visit) {
    let peer = visit.peer;
    let came = match go(&reach, &visit).await {
        Ok(until) => Visited::Looked(until),
        Err(Broken::Refused(refusal)) if refusal.code == Code::NoMailbox => Visited::NoPlace,
        Err(why) => {
            tracing::debug!(mailbox = %peer, %why, "a mailbox could not be looked into");
            Visited::Failed
        }
    };
    drop(reach.notes.send(Note::Visited(peer, came)).await);
}

async fn go(reach: &Reach, visit: &Visit) -> Result<Option<Timestamp>, Broken> {
    let mut until = None;
    if visit.claims {
        let claim = Claim::sign(&reach.me.sender, &reach.me.peer, &visit.peer.to_string(), now());
        let answer = ask(reach, visit, Request::register(&claim)).await?;
        until = Some(Granted::read(&answer)?.until);
    }
    collect(reach, visit).await?;
    Ok(until)
}

async fn ask(reach: &Reach, visit: &Visit, request: Vec<u8>) -> Result<Vec<u8>, NetworkError> {
    reach.network.ask_service(Service::Mailbox, visit.peer, visit.addresses.clone(), request).await
}

/// Takes in batch after batch, the oldest first. What is to come again is left there, and so is what follows it in its
/// conversation: order is kept within each.
async fn collect(reach: &Reach, visit: &Visit) -> Result<(), Broken> {
    let did = *reach.me.did();
    let (mut request, mut waits) = (Collect { did, done: Vec::new(), after: 0 }, Waits::default());
    for _ in 0..BATCHES_AT_ONCE {
        let handover = Handover::read(&ask(reach, visit, request.write()).await?)?;
        if handover.sealed.is_empty() {
            return Ok(());
        }
        let came: Vec<Digest> = handover.sealed.iter().map(|sealed| sealed.digest()).collect();
        let opened = open_sealed(reach, handover.sealed).await?;
        let taken = reach.turn(move |turn| turn.collected(&opened, &came, waits)).await?;
        request.done = taken.done;
        waits = taken.waits;
        if handover.more == 0 && request.done.is_empty() {
            return Ok(());
        }
        request.after = handover.last.max(request.after);
    }
    // What was taken in last is let go of all the same.
    ask(reach, visit, request.write()).await?;
    Ok(())
}

/// What came of one batch.
struct Taken {
    /// What the mailbox need not keep any longer.
    done: Vec<Digest>,
    waits: Waits,
}

impl Turn<'_, '_> {
    /// Takes in what a mailbox handed over, and answers the contacts among its senders, all in one transaction.
    ///
    /// A seal is done with once nothing under it has to come again; what under it is a repeat then gets its first receipt.
    fn collected(&mut self, opened: &[Vec<Opened>], came: &[Digest], mut waits: Waits) -> Step<Taken> {
        let receipts = self.take_in_and_answer(opened, &mut waits)?;
        let done = receipts.iter().zip(came).filter(|(receipts, _)| !receipts.iter().any(comes_again));
        Ok(Taken { done: done.map(|(_, digest)| *digest).collect(), waits })
    }

    /// Takes in what came without anybody waiting for an answer, seal by seal; the contacts among its senders are answered by
    /// envelopes. Gives what became of each.
    pub(in crate::courier) fn take_in_and_answer(
        &mut self,
        opened: &[Vec<Opened>],
        waits: &mut Waits,
    ) -> Step<Vec<Vec<Receipt>>> {
        let (mut answers, mut all) = (Vec::new(), Vec::with_capacity(opened.len()));
        for seal in opened {
            let receipts = take_in_beside(self, seal, waits)?;
            gather(&mut answers, seal, &receipts);
            all.push(receipts);
        }
        for (sender, list) in &answers {
            for some in list.chunks(BATCH_ENVELOPES) {
                self.answer_by_envelope(sender, some)?;
            }
        }
        Ok(all)
    }

    /// Sends receipts in an envelope of their own. A stranger and a blocked sender get none: they learn nothing by it, and nobody
    /// makes this node send by depositing. Nor is a receipt ever answered, or two nodes would never come to an end.
    fn answer_by_envelope(&mut self, sender: &Did, receipts: &[Receipt]) -> Step<()> {
        let Some(contact) = contacts::get(self.tx, sender)? else { return Ok(()) };
        match policy::arrives(&policy::Standing::of(Some((contact.trust, contact.blocked)))) {
            Arrival::Accept(_) => {
                let conversation: ConversationId = self.new_conversation();
                self.post(&contact, conversation, Words::receipts(receipt::to_payload(receipts)))
            }
            Arrival::Quarantine | Arrival::Drop => Ok(()),
        }
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
        let (sender, receipt) = (envelope.from().did, receipt.clone());
        match answers.iter_mut().find(|(did, _)| *did == sender) {
            Some((_, list)) => list.push(receipt),
            None => answers.push((sender, vec![receipt])),
        }
    }
}

/// Whether an envelope can be taken in when it comes again, without its sender doing anything about it. What is sealed to a key
/// that is gone, or has no room among strangers', is its sender's to bring again.
pub(in crate::courier) fn comes_again(receipt: &Receipt) -> bool {
    match receipt.outcome {
        Outcome::Refused(Code::UnknownPrekey | Code::Quarantined) | Outcome::Accepted | Outcome::Held => false,
        Outcome::Refused(code) => code.is_passing(),
    }
}
