//! Commands about one agent of the original: tried, blocked and forgotten.

use ai2ai_api::views::{ForgottenView, PingView, View as _};
use ai2ai_legacy::view;

use crate::call::Call;
use crate::legacy::{Done, contacts, found};

/// Tries whether they answer, and how fast; nothing, where nobody of them goes by this name.
pub(crate) async fn ping(call: &Call, who: &str) -> Done {
    let Some(row) = found(call, who)? else { return Ok(None) };
    let rtt_ms = contacts::ping_one(&call.context, &row).await?;
    let path = row.endpoint.split(':').next().unwrap_or_default().to_owned();
    Ok(Some(vec![PingView { did: row.did, name: row.name, rtt_ms, path, intents: Vec::new() }.line()]))
}

/// Blocks or unblocks them; nothing, where nobody of them goes by this name.
pub(crate) async fn block(call: &Call, who: &str, blocked: bool) -> Done {
    let Some(row) = found(call, who)? else { return Ok(None) };
    let row = call.context.transact(move |txn| ai2ai_legacy::contacts::block(txn, &row.did, blocked)).await?;
    Ok(row.map(|row| vec![view::contact_view(row).line()]))
}

/// Forgets them, with all that was said; nothing, where nobody of them goes by this name.
pub(crate) async fn forget(call: &Call, who: &str) -> Done {
    let Some(row) = found(call, who)? else { return Ok(None) };
    let did = row.did;
    let with = row.name;
    let (conversations, messages) = call.context.transact(move |txn| ai2ai_legacy::contacts::forget(txn, &did)).await?;
    let view = ForgottenView { did, with, conversation: None, conversations, messages, asked: None };
    Ok(Some(vec![view.line()]))
}
