//! Expiry of items: an item that nobody decided in time is removed, and its sender is told that nobody answered.

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::command::Role;
use ai2ai_protocol::notice::{self, News, Notice};
use ai2ai_store::contacts;
use ai2ai_store::inbox::{self, ItemKind, ItemRow};
use ai2ai_store::wire::Wire;

use crate::audit;
use crate::content::Words;
use crate::lookup::item::{is_notice, received, request_in};
use crate::outbound::compose;
use crate::read_receipts::counts;
use crate::txn::{Step, Txn};

/// Takes away what can't be decided any more.
///
/// # Errors
/// When the database fails.
pub fn expire_items(txn: &mut Txn<'_, '_>) -> Step<()> {
    for item in inbox::expired(txn.tx, txn.now)? {
        inbox::remove(txn.tx, &item.id())?;
        audit::record(
            txn,
            &AuditAction::Expire,
            item.with(),
            Some(item.id()),
            &AuditFactor::None,
            &AuditOutcome::Expired,
        )?;
        // The original has no word for it.
        if let Wire::Native(item) = item {
            tell_unanswered(txn, &item)?;
        }
    }
    Ok(())
}

/// Tells a contact, if the settings allow, that what they sent got no answer: never a stranger or a blocked sender, and not what
/// became of a request to forget, or that they have called something off: there was nothing to answer.
fn tell_unanswered(txn: &mut Txn<'_, '_>, item: &ItemRow) -> Step<()> {
    if is_notice(txn.tx, item)? {
        return Ok(());
    }
    let contact = contacts::get(txn.tx, &item.with)?.filter(|contact| counts(Some(contact), Role::Owner));
    let came_in = received(txn.tx, item)?.filter(|content| request_in(content).is_none());
    let Some(content) = came_in else { return Ok(()) };
    let Some(contact) = contact else { return Ok(()) };
    if item.kind != ItemKind::Incoming || !txn.me.privacy.tell_when_unanswered {
        return Ok(());
    }
    let told = [Notice { id: content.id(), digest: content.digest(), at: item.expires_at }];
    let conversation = txn.new_conversation();
    compose::post_quietly(txn, &contact, conversation, Words::receipts(notice::to_payload(News::Unanswered, &told)))
}
