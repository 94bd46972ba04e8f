//! Rotation of our agent key: the contacts are told of the new one.

use ai2ai_protocol::envelope::{Content, Draft};
use ai2ai_store::contacts;
use ai2ai_store::outbox::{self, Envelope, OutboxRow};
use ai2ai_store::{kv, messages};

use crate::content::Words;
use crate::inbox::renewal;
use crate::outbound::{compose, receipts};
use crate::txn::{self, Step, Txn};

/// Key under which it is stored of which delegation the contacts were told.
const TOLD: &str = "told_delegation";

/// Tells the contacts of a new key when the node starts: what surely never left is signed anew, and every contact is pinged.
///
/// # Errors
/// When the database fails.
pub fn begin(txn: &mut Txn<'_, '_>) -> Step<()> {
    renewal::drop_outdated(txn)?;
    let ours = txn.me.sender.delegation.sequence();
    let told = kv::get(txn.tx, TOLD)?.and_then(|told| told.parse::<u64>().ok());
    if told.is_some_and(|told| told < ours) {
        sign_anew(txn, ours)?;
        for contact in contacts::all(txn.tx)?.into_iter().filter(|contact| !contact.blocked) {
            let conversation = txn.new_conversation();
            compose::post(txn, &contact, conversation, Words::ping())?;
        }
    }
    if told != Some(ours) {
        txn::keep_text(txn, TOLD, &ours.to_string())?;
    }
    receipts::recover(txn)
}

/// Signs messages anew that surely never left: nobody who has seen the new key takes what is signed with the old one.
fn sign_anew(txn: &mut Txn<'_, '_>, ours: u64) -> Step<()> {
    for row in outbox::waiting(txn.tx, usize::MAX)?.into_iter().filter(|row| row.delivery.is_surely_here()) {
        let Some(message) = messages::get(txn.tx, txn.me.did(), &row.id)? else { continue };
        let Some(content) = Content::of_stored(&message.bytes).ok() else { continue };
        if content.delegation().sequence() >= ours {
            continue;
        }
        let signed = match again(&content).sign(&txn.me.sender) {
            Ok(signed) => signed,
            Err(error) => {
                tracing::warn!(id = %row.id, %error, "a message keeps the old key's signature");
                continue;
            }
        };
        let envelope = Some(Envelope { digest: signed.digest(), kind: signed.kind() });
        messages::set_envelope(txn.tx, txn.me.did(), &row.id, signed.digest(), signed.bytes().to_vec())?;
        outbox::put(txn.tx, &OutboxRow { envelope, ..row })?;
    }
    Ok(())
}

/// Draft with the same content under the same id.
fn again(content: &Content) -> Draft {
    Draft {
        id: content.id(),
        timestamp: content.timestamp(),
        expires_at: content.expires_at(),
        to: content.to().clone(),
        conversation: content.conversation(),
        in_reply_to: content.in_reply_to(),
        kind: content.kind(),
        intent: content.intent().clone(),
        payload: content.payload().clone(),
        approval: content.approval().cloned(),
    }
}
