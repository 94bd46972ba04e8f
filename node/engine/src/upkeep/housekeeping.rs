//! Housekeeping: due messages are set going, and expired items, strangers' messages and replay rows are removed.

use ai2ai_api::clock::now;
use ai2ai_core::inbox::snooze::snoozed;
use ai2ai_core::upkeep;
use ai2ai_store::wire::Wire;
use ai2ai_store::{directory, inbox, mailbox, originals, outbox, quarantine, replay};

use crate::context::{self, Context, Note};
use crate::upkeep::renewal::{ask_in_time, renew_in_time};

/// Due rows that one sweep groups by recipient: as many as a peer that is away may leave, and more.
const LOOKED_AT: usize = 16_384;

/// Looks for what is due, and sets it going.
pub(crate) async fn sweep(context: Context) {
    context.storage.settle_when_quiet().await;
    context::report(renew_in_time(&context).await);
    context::report(ask_in_time(&context).await);
    let looked = context.storage.look(|tx| {
        let now = now();
        let to = outbox::due_for(tx, now, LOOKED_AT)?;
        let expired = !inbox::expired(tx, now)?.is_empty();
        let old = quarantine::has_due(tx, now)?
            || replay::has_due(tx, now)?
            || originals::has_due(tx, now)?
            || mailbox::has_due(tx, now)?
            || directory::has_due(tx, now)?
            || snoozed(tx)?.has_due(now);
        Ok((to, expired || old))
    });
    match looked.await {
        Ok((to, expired)) => {
            for to in to {
                let note = match to {
                    Wire::Native(did) => Note::Deliver(did),
                    Wire::Legacy(did) => Note::Post(did),
                };
                drop(context.notes.send(note).await);
            }
            if expired {
                context::report(context.transact(upkeep::remove_expired).await);
            }
        }
        Err(failure) => tracing::error!(%failure, "the sweep could not look"),
    }
}
