//! Mailbox visits, on the recipient's side: it claims its place at a volunteer, and takes in what waits there exactly like what
//! arrives on the wire.

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_core::inbound::batch::Waits;
use ai2ai_core::inbound::collected;
use ai2ai_discovery::mailboxes::{Visit, Visited};
use ai2ai_network::{NetworkError, VolunteerService};
use ai2ai_protocol::code::Code;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::mailbox::{Collect, GrantedPlace, Handover, MailboxRequest, PlaceClaim};
use ai2ai_protocol::refusal::Refusal;
use ai2ai_protocol::time::Timestamp;

use crate::context::{Context, Note};
use crate::inbound::batch::open_sealed;

/// Batches that are taken in on one visit: a volunteer that never comes to an end is left until the next one.
const BATCHES_AT_ONCE: usize = 128;

/// Reason why a visit was broken off.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error("{0}")]
    Refused(#[from] Refusal),
    #[error("{0}")]
    Ours(#[from] Failure),
}

/// Visits a mailbox: claims the place where that is due, then takes in what waits. The event loop is told what came of it.
pub(crate) async fn visit(context: Context, visit: Visit) {
    let peer = visit.peer;
    let came = match go(&context, &visit).await {
        Ok(until) => Visited::Looked(until),
        Err(Broken::Refused(refusal)) if refusal.code == Code::NoMailbox => Visited::NoPlace,
        Err(why) => {
            tracing::debug!(mailbox = %peer, %why, "a mailbox could not be looked into");
            Visited::Failed
        }
    };
    drop(context.notes.send(Note::Visited(peer, came)).await);
}

async fn go(context: &Context, visit: &Visit) -> Result<Option<Timestamp>, Broken> {
    let mut until = None;
    if visit.claims {
        let claim = PlaceClaim::sign(&context.me.sender, &context.me.peer, &visit.peer.to_string(), now());
        let answer = ask(context, visit, MailboxRequest::register(&claim)).await?;
        until = Some(GrantedPlace::read(&answer)?.until);
    }
    collect(context, visit).await?;
    Ok(until)
}

async fn ask(context: &Context, visit: &Visit, request: Vec<u8>) -> Result<Vec<u8>, NetworkError> {
    context.network.ask_service(VolunteerService::Mailbox, visit.peer, visit.addresses.clone(), request).await
}

/// Takes in batch after batch, the oldest first. What is to come again is left there, and so is what follows it in its
/// conversation: order is kept within each.
async fn collect(context: &Context, visit: &Visit) -> Result<(), Broken> {
    let did = *context.me.did();
    let mut request = Collect { did, done: Vec::new(), after: 0 };
    let mut waits = Waits::default();
    for _ in 0..BATCHES_AT_ONCE {
        let handover = Handover::read(&ask(context, visit, request.write()).await?)?;
        if handover.sealed.is_empty() {
            return Ok(());
        }
        let came: Vec<Digest> = handover.sealed.iter().map(|sealed| sealed.digest()).collect();
        let opened = open_sealed(context, handover.sealed).await?;
        let taken = context.transact(move |txn| collected::take_in(txn, &opened, &came, waits)).await?;
        request.done = taken.done;
        waits = taken.waits;
        if handover.more == 0 && request.done.is_empty() {
            return Ok(());
        }
        request.after = handover.last.max(request.after);
    }
    // What was taken in last is let go of all the same.
    ask(context, visit, request.write()).await?;
    Ok(())
}
