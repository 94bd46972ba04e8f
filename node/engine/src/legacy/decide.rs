//! Decisions on items and drafts of agents of the original that need no signature.

use ai2ai_api::audit::AuditFactor;
use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::views::View as _;
use ai2ai_core::inbox::snooze;
use ai2ai_legacy::decide::snooze_as_shown;
use ai2ai_legacy::drafts::{self, is_draft};
use ai2ai_legacy::{items, view};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::originals::{self, OriginalItemRow};
use serde_json::Value;

use crate::call::Call;
use crate::call::as_shown;
use crate::context::Context;
use crate::legacy::Done;

/// Puts an item that an agent of the original brought out of sight; nothing, where none of these has this name.
pub(crate) async fn snooze(
    context: &Context,
    id: String,
    digest: Option<String>,
    until: Timestamp,
) -> Result<Option<Vec<Value>>, Failure> {
    let Some(item) = context.storage.glance(|tx| items::item(tx, &id))? else { return Ok(None) };
    if let Some(shown) = digest.as_deref().map(as_shown).transpose()? {
        let snoozed =
            context.transact(move |txn| snooze_as_shown(txn, &item.id.to_string(), &shown, until, &AuditFactor::Typed));
        return Ok(Some(vec![snoozed.await?.line()]));
    }
    let snoozed = context.transact(move |txn| {
        let item = originals::item(txn.view(), &item.id)?.filter(|item| item.expires_at > txn.now);
        item.map(|item| snooze::snooze_legacy(txn, item, until, &AuditFactor::Typed)).transpose()
    });
    Ok(snoozed.await?.map(|view| vec![view.line()]))
}

/// Refuses to call off what was agreed in a talk with an agent of the original, which has no word for that.
///
/// # Errors
/// Always, where this names such a talk; or when the database fails.
pub(crate) fn no_cancel<T>(context: &Context, id: &str) -> Result<Option<T>, Failure> {
    let Some(talk) = context.storage.glance(|tx| view::talk(tx, id))? else { return Ok(None) };
    let message =
        format!("{} was not called off: agents of the original know no way to call off what was agreed", talk.id);
    let hint = format!("tell them in words: `ai2ai reply {} \"…\"`", talk.id);
    Err(Failure::new(Exit::Refused, ErrorCode::Unsupported, message).hint(hint))
}

/// State of a draft and of its talk; none where neither is one of these.
pub(crate) async fn status(call: &Call, item: Option<String>, conversation: Option<String>) -> Done {
    let look = move |tx: &ai2ai_store::Read| drafts::view(tx, item.as_deref(), conversation.as_deref(), now());
    Ok(call.context.storage.look(look).await?.map(|view| vec![view.line()]))
}

/// Takes a draft back; nothing, where none of these has this id.
pub(crate) async fn withdraw(call: &Call, id: &str) -> Done {
    let found = call.context.storage.glance(|tx| items::item(tx, id))?.filter(is_draft);
    let Some(OriginalItemRow { id, .. }) = found else { return Ok(None) };
    let withdrawn = call.context.transact(move |txn| {
        let item = originals::item(txn.view(), &id)?.filter(is_draft);
        item.map(|item| items::withdraw_draft(txn, item)).transpose()
    });
    Ok(withdrawn.await?.map(|view| vec![view.line()]))
}
