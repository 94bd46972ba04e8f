//! Read receipts: what the owner opens is kept as read, and its writer is told, if the settings allow.

use ai2ai_api::command::Role;
use ai2ai_protocol::conversation::Side;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::limits::BATCH_ENVELOPES;
use ai2ai_protocol::notice::{self, News, Notice};
use ai2ai_protocol::policy::{self, AgentMay, Arrival};
use ai2ai_store::View;
use ai2ai_store::contacts::{self, ContactRow};
use ai2ai_store::conversations::ConversationRow;
use ai2ai_store::inbox::ItemRow;
use ai2ai_store::messages::{self, MessageRow};

use crate::content::Words;
use crate::outbound::compose;
use crate::txn::{Step, Txn};

/// Messages of theirs that somebody opens now for the first time.
#[derive(Debug, Clone)]
pub struct Opened {
    conversation: ConversationId,
    messages: Vec<MessageId>,
}

/// Messages of a conversation that are opened now for the first time; none when all were read before, or this reader does not
/// count.
///
/// The owner counts. Their agent counts where the owner lets it act by itself: with a trusted contact.
///
/// # Errors
/// When the database fails.
pub fn opened(tx: &impl View, row: &ConversationRow, reader: Role) -> Step<Option<Opened>> {
    let contact = contacts::get(tx, &row.with)?;
    if !counts(contact.as_ref(), reader) {
        return Ok(None);
    }
    let unread = messages::of(tx, &row.id)?.into_iter().filter(|message| is_unread(message, reader));
    Ok(some(row.id, unread.map(|message| message.id).collect()))
}

/// Message of an item, if the owner opens it now for the first time.
///
/// # Errors
/// When the database fails.
pub fn opened_item(tx: &impl View, item: &ItemRow) -> Step<Option<Opened>> {
    let Some(conversation) = item.conversation else { return Ok(None) };
    let Some(id) = item.message else { return Ok(None) };
    let message = messages::get(tx, &item.with, &id)?.filter(|message| is_unread(message, Role::Owner));
    Ok(some(conversation, message.map(|message| message.id).into_iter().collect()))
}

fn some(conversation: ConversationId, messages: Vec<MessageId>) -> Option<Opened> {
    (!messages.is_empty()).then_some(Opened { conversation, messages })
}

fn is_unread(message: &MessageRow, reader: Role) -> bool {
    message.side == Side::Them && message.read_at.is_none() && (reader == Role::Owner || message.cleared)
}

/// Returns whether this reader of a contact's messages counts: the owner does; their agent where it may act by itself.
pub(crate) fn counts(contact: Option<&ContactRow>, reader: Role) -> bool {
    let standing = policy::SenderStanding::of(contact.map(|row| (row.trust, row.blocked)));
    match (policy::arrives(&standing), reader) {
        (Arrival::Accept(_), Role::Owner) => true,
        (Arrival::Accept(clearance), Role::Agent) => clearance.agent_may() == AgentMay::Act,
        (Arrival::Quarantine | Arrival::Drop, _) => false,
    }
}

/// Keeps that messages were read, and tells whoever wrote them: contacts only, never a stranger or a blocked sender. It goes out
/// with the next thing that does, and is itself never answered by another such notice.
///
/// # Errors
/// When the database fails.
pub fn note_read(txn: &mut Txn<'_, '_>, opened: &Opened) -> Step<()> {
    let mut told: Vec<Notice> = Vec::new();
    let mut writer = None;
    for message in messages::of(txn.tx, &opened.conversation)? {
        let is_new = message.side == Side::Them && message.read_at.is_none();
        if is_new && opened.messages.contains(&message.id) {
            messages::set_read(txn.tx, &message.sender, &message.id, txn.now)?;
            writer = Some(message.sender);
            told.push(Notice { id: message.id, digest: message.digest, at: txn.now });
        }
    }
    let contact = writer.map(|did| contacts::get(txn.tx, &did)).transpose()?.flatten();
    let contact = contact.filter(|row| counts(Some(row), Role::Owner) && txn.me.privacy.tell_when_read);
    let Some(contact) = contact else { return Ok(()) };
    for some in told.chunks(BATCH_ENVELOPES) {
        let conversation = txn.new_conversation();
        compose::post_quietly(txn, &contact, conversation, Words::receipts(notice::to_payload(News::Read, some)))?;
    }
    Ok(())
}
