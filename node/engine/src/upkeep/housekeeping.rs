//! Housekeeping: due messages are set going, and expired items, strangers' messages and replay rows are removed.

use ai2ai_api::clock::now;
use ai2ai_core::inbox::snooze::snoozed;
use ai2ai_core::txn::{Step, Txn};
use ai2ai_core::upkeep;
use ai2ai_home::identity::PinGuard;
use ai2ai_store::wire::Wire;
use ai2ai_store::{directory, held, inbox, mailbox, meta, originals, outbox, seen};

use crate::commands::keys::renew_in_time;
use crate::context::{self, Context, Note};
use crate::upkeep::renewal::ask_in_time;

/// Due rows that one sweep groups by recipient: as many as a peer that is away may leave, and more.
const LOOKED_AT: usize = 16_384;
/// Key under which the count of wrong PINs is stored.
const GUARD: &str = "pin_guard";

/// Looks for what is due, and sets it going.
pub(crate) async fn sweep(context: Context) {
    context.storage.settle_when_quiet().await;
    context::report(renew_in_time(&context).await);
    context::report(ask_in_time(&context).await);
    let looked = context.storage.look(|tx| {
        let now = now();
        let to = outbox::due_for(tx, now, LOOKED_AT)?;
        let expired = !inbox::expired(tx, now)?.is_empty();
        let old = held::has_due(tx, now)?
            || seen::has_due(tx, now)?
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

/// Keeps the count of wrong PINs over a restart.
pub(crate) fn keep_guard(txn: &mut Txn<'_, '_>, guard: &PinGuard) -> Step<()> {
    let text = serde_json::to_string(guard).unwrap_or_default();
    Ok(meta::put(txn.tx, GUARD, &text)?)
}

/// The count of wrong PINs, as it was kept.
///
/// # Errors
/// When the database fails.
pub fn guard(tx: &impl ai2ai_store::View) -> Step<PinGuard> {
    let text = meta::get(tx, GUARD)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}
