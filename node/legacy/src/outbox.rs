//! Outbox to agents of the original: messages are posted one at a time, in their order, again and again until their day is
//! over.

use std::collections::BTreeSet;

use ai2ai_api::event_name::EventName;
use ai2ai_core::txn::{Step, Txn};
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::delivery::{DeliveryEvent, State};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::receipt::Outcome;
use ai2ai_store::contacts::{self, LegacyContactRow};
use ai2ai_store::originals;
use ai2ai_store::outbox::{self, LegacyOutboxRow};

/// The oldest of what is due to someone, save what has to wait for an earlier one of its talk.
fn first_due(rows: Vec<LegacyOutboxRow>, to: &Did, now: ai2ai_protocol::time::Timestamp) -> Option<LegacyOutboxRow> {
    let mut before: BTreeSet<ConversationId> = BTreeSet::new();
    let mut mine: Vec<LegacyOutboxRow> = rows.into_iter().filter(|row| row.to == *to).collect();
    mine.sort_by_key(|row| row.id);
    mine.into_iter().filter(|row| !row.delivery.state().is_over()).find(|row| {
        let is_first = before.insert(row.talk);
        is_first && row.delivery.is_due(now)
    })
}

/// Message to post to someone now, and the endpoint; it is noted as tried before it leaves.
///
/// # Errors
/// When the database fails.
pub fn next(txn: &mut Txn<'_, '_>, to: &Did) -> Step<Option<(String, LegacyOutboxRow)>> {
    loop {
        let Some(contact) = contacts::get_legacy(txn.tx, to)?.filter(|row| !row.blocked) else { return Ok(None) };
        let rows = outbox::all_legacy(txn.tx)?;
        let Some(row) = first_due(rows, to, txn.now) else { return Ok(None) };
        let jitter = txn.roll();
        let delivery = row.delivery.on(&DeliveryEvent::Attempted, row.expires_at, txn.now, jitter);
        let row = LegacyOutboxRow { delivery, ..row };
        outbox::put_legacy(txn.tx, &row)?;
        if !row.delivery.state().is_over() {
            return Ok(Some((contact.endpoint, row)));
        }
        finish(txn, &row)?;
    }
}

/// Moves a message of ours on.
///
/// # Errors
/// When the database fails.
pub fn progress(txn: &mut Txn<'_, '_>, id: &MessageId, event: &DeliveryEvent) -> Step<()> {
    let Some(row) = outbox::get_legacy(txn.tx, id)? else { return Ok(()) };
    let jitter = txn.roll();
    let delivery = row.delivery.on(event, row.expires_at, txn.now, jitter);
    let row = LegacyOutboxRow { delivery, ..row };
    outbox::put_legacy(txn.tx, &row)?;
    if let DeliveryEvent::Receipt { outcome: Outcome::Accepted | Outcome::Held, .. } = event
        && let Some(contact) = contacts::get_legacy(txn.tx, &row.to)?
    {
        contacts::put_legacy(txn.tx, &LegacyContactRow { last_seen: Some(txn.now), ..contact })?;
    }
    if row.delivery.state().is_over() { finish(txn, &row) } else { Ok(()) }
}

/// Ends the delivery of a message: its talk shows it, and stands as they know it now. What is dead stays in the list of the
/// dead.
fn finish(txn: &mut Txn<'_, '_>, row: &LegacyOutboxRow) -> Step<()> {
    let state = row.delivery.state();
    let delivered = state == State::Delivered;
    if let Some(mut talk) = originals::talk(txn.tx, &row.talk)? {
        if let Some(said) = talk.said.iter_mut().find(|said| said.id == row.id) {
            said.delivery = Some(state.to_string());
        }
        let open = matches!(talk.phase, Phase::Proposed | Phase::Negotiating);
        if let Some(phase) = row.then.filter(|_| delivered && open) {
            talk.phase = phase;
        }
        originals::put_talk(txn.tx, &talk)?;
    }
    if delivered {
        outbox::remove(txn.tx, &row.id)?;
    }
    let why = row.delivery.last_error().map(|error| format!(": {error}")).unwrap_or_default();
    // The event is called as the state is.
    let event = EventName::from(state.to_string().as_str());
    txn.tell(event, format!("{} is {state}{why}", row.id), Some(row.to), Some(row.talk));
    Ok(())
}
