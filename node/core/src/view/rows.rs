//! Views of contacts, messages, the audit and the outbox.

use ai2ai_api::views::{AuditView, ContactView, MessageView, OutboxView};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::conversation::Side;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::Content;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::audit::{AuditEntry, AuditRow};
use ai2ai_store::contacts::ContactRow;
use ai2ai_store::outbox::OutboxRow;
use ai2ai_store::{View, cards, messages};

use crate::content::headline;
use crate::lookup::contact::name_of;
use crate::txn::Step;

/// A contact, and how they are connected.
pub fn contact_view(row: ContactRow, path: Option<String>) -> ContactView {
    ContactView {
        did: row.did,
        name: row.name,
        agent: row.agent.to_string(),
        human: row.human.to_string(),
        trust: row.trust,
        blocked: row.blocked,
        last_seen: row.last_seen,
        path,
        met: row.met,
        clock_ahead_s: row.clock_ahead_s,
        compared_at: row.compared_at,
        dnssec: None,
        fingerprint: None,
        endpoint: None,
    }
}

/// View of a message.
pub(crate) fn view_of(
    content: &Content,
    side: Side,
    who: String,
    at: Timestamp,
    delivery: Option<String>,
) -> MessageView {
    MessageView {
        id: content.id(),
        side: side_name(side).to_owned(),
        who,
        kind: content.kind(),
        intent: content.intent().to_string(),
        timestamp: content.timestamp(),
        at,
        payload: content.payload().clone(),
        delivery,
    }
}

/// Word for a side of a conversation.
pub(crate) fn side_name(side: Side) -> &'static str {
    match side {
        Side::Us => "us",
        Side::Them => "them",
    }
}

/// A line of the audit; the last one with the head of the chain.
pub fn audit_view(entry: AuditEntry, head: Option<String>) -> AuditView {
    let AuditEntry { number, row } = entry;
    let AuditRow { at, what, who, item, factor, outcome, message } = row;
    AuditView {
        number,
        at,
        what: what.as_str().into(),
        who,
        item,
        factor: factor.as_str().into(),
        outcome: outcome.as_str().into(),
        message,
        head,
    }
}

/// A message of ours, and how far it is.
///
/// # Errors
/// When the database fails.
pub fn outbox_view(tx: &impl View, me: &Did, row: OutboxRow) -> Step<OutboxView> {
    let message = messages::get(tx, me, &row.id)?;
    let content = message.and_then(|message| Content::of_stored(&message.bytes).ok());
    Ok(OutboxView {
        id: row.id,
        to: name_of(tx, &row.to)?,
        conversation: row.conversation,
        state: row.delivery.state().to_string(),
        custody: custody(tx, &row)?,
        attempts: row.delivery.attempts(),
        next_attempt_at: row.delivery.next_attempt_at(),
        last_error: row.delivery.last_error().map(str::to_owned),
        kind: content.as_ref().map(|content| content.kind()),
        about: content.as_ref().and_then(|content| headline(content.payload())),
        held: row.delivery.is_held(),
        expires_at: row.expires_at,
    })
}

/// The mailboxes that say that they keep a message, by the names in the recipient's card.
fn custody(tx: &impl View, row: &OutboxRow) -> Step<Vec<String>> {
    if row.delivery.keepers().is_empty() {
        return Ok(Vec::new());
    }
    let card = cards::get(tx, &row.to)?.and_then(|row| Card::read(&row.bytes).ok());
    let named = card.as_ref().map(Card::mailboxes).unwrap_or_default();
    let host =
        |peer: &str| named.iter().find(|address| address.ends_with(peer)).and_then(|address| address.split('/').nth(2));
    let keepers = row.delivery.keepers().iter().map(|keeper| keeper.mailbox.as_str());
    Ok(keepers.map(|peer| host(peer).map_or_else(|| peer.to_owned(), |host| format!("{host}/{peer}"))).collect())
}
