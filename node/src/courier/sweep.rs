//! What time alone brings about: messages that are due, items and strangers' words that have expired, old replay rows.

use ai2ai_store::{directory, held, inbox, mailbox, meta, outbox, seen};

use super::keys::renew_in_time;
use super::reach::{Note, Reach};
use super::renewal::ask_in_time;
use super::snooze::snoozed;
use super::turn::{Step, Turn};
use crate::clock::now;
use crate::identity::PinGuard;

/// Rows that are due of which one sweep finds out for whom they are: as many as a peer that is away may leave, and more.
const LOOKED_AT: usize = 16_384;
/// Under which name the count of wrong PINs is kept.
const GUARD: &str = "pin_guard";

/// Looks for what is due, and sets it going.
pub(super) async fn sweep(reach: Reach) {
    reach.storage.settle_when_quiet().await;
    super::report(renew_in_time(&reach).await);
    super::report(ask_in_time(&reach).await);
    let looked = reach.storage.look(|tx| {
        let now = now();
        let to = outbox::due_for(tx, now, LOOKED_AT)?;
        let expired = !inbox::expired(tx, now)?.is_empty();
        let old = held::has_due(tx, now)?
            || seen::has_due(tx, now)?
            || mailbox::has_due(tx, now)?
            || directory::has_due(tx, now)?
            || snoozed(tx)?.has_due(now);
        Ok((to, expired || old))
    });
    match looked.await {
        Ok((to, expired)) => {
            for did in to {
                drop(reach.notes.send(Note::Deliver(did)).await);
            }
            if expired {
                super::report(reach.turn(|turn| turn.forget_expired()).await);
            }
        }
        Err(failure) => tracing::error!(%failure, "the sweep could not look"),
    }
}

impl Turn<'_, '_> {
    fn forget_expired(&mut self) -> Step<()> {
        self.expire_items()?;
        self.wake_due()?;
        held::erase_due(self.tx, self.now)?;
        seen::erase_due(self.tx, self.now)?;
        mailbox::erase_due(self.tx, self.now)?;
        directory::erase_due(self.tx, self.now)?;
        Ok(())
    }

    /// Keeps the count of wrong PINs over a restart.
    pub(super) fn keep_guard(&mut self, guard: &PinGuard) -> Step<()> {
        let text = serde_json::to_string(guard).unwrap_or_default();
        Ok(meta::put(self.tx, GUARD, &text)?)
    }
}

/// The count of wrong PINs, as it was kept.
///
/// # Errors
/// When the database fails.
pub fn guard(tx: &impl ai2ai_store::View) -> Step<PinGuard> {
    let text = meta::get(tx, GUARD)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}
