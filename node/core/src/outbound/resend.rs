//! Resending of what was not delivered, so that nothing happens twice.

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::command::Role;
use ai2ai_api::views::SentView;
use ai2ai_protocol::delivery::Remedy;
use ai2ai_protocol::envelope::{Content, Kind};
use ai2ai_protocol::key::OwnerKey;
use ai2ai_store::outbox::{self, OutboxRow};
use ai2ai_store::{View, contacts, conversations, messages};

use crate::audit;
use crate::content::Words;
use crate::error::ResendError;
use crate::outbound::policy;
use crate::txn::{Step, Txn};

/// Content to send anew for a dead message; none where it is only asked after.
///
/// # Errors
/// When it is not dead, or was refused for good.
pub fn content(tx: &impl View, me: &ai2ai_protocol::did::Did, row: &OutboxRow) -> Step<Option<Words>> {
    match row.delivery.remedy() {
        None => Err(ResendError::NotDead { id: row.id, state: row.delivery.state() }.into()),
        Some(Remedy::Nothing) => {
            let why = row.delivery.last_error().map(str::to_owned);
            Err(ResendError::RefusedForGood { id: row.id, conversation: row.conversation, why }.into())
        }
        Some(Remedy::AskAgain) => Ok(None),
        Some(Remedy::SayAnew) => {
            let message = messages::get(tx, me, &row.id)?;
            let content = message.and_then(|message| Content::of_stored(&message.bytes).ok());
            let words = content.filter(|content| content.kind() != Kind::Receipt).map(|content| Words {
                kind: content.kind(),
                intent: content.intent().clone(),
                payload: content.payload().clone(),
                in_reply_to: content.in_reply_to(),
            });
            Ok(Some(words.ok_or(ResendError::Gone(row.id))?))
        }
    }
}

/// Resends a dead message. What they may have is asked after under its own id, which has no second effect. What they surely
/// don't have is said anew, in a new message: in its conversation while that is open, else in a new one.
///
/// # Errors
/// Refused by a room that it calls; or the database failed.
pub fn resend(txn: &mut Txn<'_, '_>, row: &OutboxRow, owner: Option<&OwnerKey>) -> Step<SentView> {
    let Some(words) = content(txn.tx, txn.me.did(), row)? else { return ask_after(txn, row) };
    let contact = contacts::get(txn.tx, &row.to)?.ok_or(ResendError::NoContact)?;
    let machine = conversations::get(txn.tx, &row.conversation)?.map(|row| row.machine.at(txn.now));
    let is_open = words.cancels() || machine.is_some_and(|machine| !machine.phase(txn.now).is_closed());
    let opens = matches!(words.kind, Kind::Request | Kind::Message | Kind::Inform) && words.in_reply_to.is_none();
    let conversation = match (is_open, opens) {
        (true, _) => row.conversation,
        (false, true) => txn.new_conversation(),
        (false, false) => return Err(ResendError::Closed(row.id).into()),
    };
    let sent = policy::send(txn, Role::Owner, &contact, conversation, words, owner)?;
    outbox::remove(txn.tx, &row.id)?;
    audit::record(txn, &AuditAction::DeadRetry, Some(row.to), None, &AuditFactor::Typed, &AuditOutcome::Done)?;
    Ok(sent)
}

fn ask_after(txn: &mut Txn<'_, '_>, row: &OutboxRow) -> Step<SentView> {
    let delivery = row.delivery.asked_again(txn.now).unwrap_or_else(|| row.delivery.clone());
    let state = delivery.state().to_string();
    outbox::put(txn.tx, &OutboxRow { delivery, ..row.clone() })?;
    txn.deliver(row.to);
    audit::record(txn, &AuditAction::DeadRetry, Some(row.to), None, &AuditFactor::Typed, &AuditOutcome::Asked)?;
    let phase = conversations::get(txn.tx, &row.conversation)?.map(|row| row.machine.phase(txn.now).to_string());
    let phase = phase.unwrap_or_else(|| "unknown".to_owned());
    Ok(SentView { delivery: Some(state), ..SentView::queued(row.id, row.conversation, phase) })
}
