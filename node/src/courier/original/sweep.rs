//! What time alone brings about: what is due to agents of the original, and items and answers that are over.

use ai2ai_store::originals;

use super::ITEMS;
use super::post::post_due;
use crate::clock::now;
use crate::courier::reach::Reach;
use crate::courier::report;
use crate::courier::turn::{Step, Turn};

/// Posts what is due, and forgets what is over.
pub(in crate::courier) async fn sweep(reach: Reach) {
    post_due(&reach).await;
    let over = reach.storage.look(|tx| {
        let now = now();
        let expired = originals::items(tx, ITEMS)?.iter().any(|item| item.expires_at <= now);
        Ok(expired || originals::has_due(tx, now)?)
    });
    match over.await {
        Ok(true) => report(reach.turn(|turn| turn.forget_originals()).await),
        Ok(false) => {}
        Err(failure) => tracing::error!(%failure, "the sweep of the originals could not look"),
    }
}

impl Turn<'_, '_> {
    fn forget_originals(&mut self) -> Step<()> {
        let now = self.now;
        for item in originals::items(self.tx, ITEMS)?.into_iter().filter(|item| item.expires_at <= now) {
            originals::remove_item(self.tx, &item.id)?;
            self.audit("expire", item.with, Some(item.id), "none", "expired")?;
        }
        originals::forget_seen(self.tx, self.now)?;
        Ok(())
    }
}
