//! Sweep: what is due to agents of the original is posted, and items and answers that are over are removed.

use ai2ai_api::clock::now;
use ai2ai_legacy::{ITEMS, outbox};
use ai2ai_store::originals;

use crate::context::{Context, report};
use crate::legacy::post::post_due;

/// Posts what is due, and forgets what is over.
pub(crate) async fn sweep(context: Context) {
    post_due(&context).await;
    let over = context.storage.look(|tx| {
        let now = now();
        let expired = originals::items(tx, ITEMS)?.iter().any(|item| item.expires_at <= now);
        Ok(expired || originals::has_due(tx, now)?)
    });
    match over.await {
        Ok(true) => report(context.transact(outbox::remove_expired).await),
        Ok(false) => {}
        Err(failure) => tracing::error!(%failure, "the sweep of the originals could not look"),
    }
}
