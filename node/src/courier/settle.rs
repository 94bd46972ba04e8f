//! What became of what we sent: receipts, failures, and what is due next.

use ai2ai_protocol::delivery::{Delivery, Event, State};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::{Content, VerifiedEnvelope};
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::receipt::{self, Outcome, Receipt};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::conversations::{self, ConversationRow};
use ai2ai_store::outbox::{self, OutboxRow};
use ai2ai_store::{View, messages};

use super::turn::{Step, Turn};

/// Waiting messages that are looked at for one recipient at once.
const LANE_ROWS: usize = 1_024;

/// A message that is due, to be sealed.
#[derive(Debug, Clone)]
pub struct Due {
    /// The message.
    pub id: MessageId,
    /// The signed envelope.
    pub content: Content,
}

/// What is due for one recipient: the oldest of each conversation, so that order is kept within each and nothing waits across.
///
/// # Errors
/// When the database fails.
pub fn due(tx: &impl View, me: &Did, to: &Did, now: Timestamp, limit: usize) -> Step<Vec<Due>> {
    let mut begun: Vec<ConversationId> = Vec::new();
    let mut batch = Vec::new();
    for row in outbox::first_to(tx, to, LANE_ROWS)? {
        if begun.contains(&row.conversation) || batch.len() == limit {
            continue;
        }
        begun.push(row.conversation);
        if row.delivery.is_due(now)
            && let Some(message) = messages::get(tx, me, &row.id)?
            && let Ok(content) = Content::of_stored(&message.bytes)
        {
            batch.push(Due { id: row.id, content });
        }
    }
    Ok(batch)
}

impl Turn<'_> {
    /// Notes that these messages could not be brought, or that nothing is known of them.
    pub fn failed(&mut self, ids: &[MessageId], error: &str) -> Step<()> {
        for id in ids {
            self.progress(id, &Event::Failed { error: error.to_owned() })?;
        }
        Ok(())
    }

    /// Takes in receipts that came as an envelope: what was held has been decided.
    pub(super) fn late_receipts(&mut self, envelope: &VerifiedEnvelope) -> Step<()> {
        for receipt in receipt::of_payload(envelope).unwrap_or_default() {
            if let Some(id) = receipt.id {
                self.receipt(&envelope.from().did, &id, &receipt)?;
            }
        }
        Ok(())
    }

    /// Takes in the receipt for a message of ours, from whom it was sent to. One that is bound to another envelope, or comes
    /// from somebody else, is ignored; one that names only the seal can refuse, never accept.
    ///
    /// Answers whether it was taken.
    pub fn receipt(&mut self, from: &Did, id: &MessageId, receipt: &Receipt) -> Step<bool> {
        let Some(message) = messages::get(self.tx, self.me.did(), id)? else { return Ok(false) };
        let conversation = conversations::get(self.tx, &message.conversation)?;
        let waiting = outbox::get(self.tx, id)?;
        let to_them = match (&conversation, &waiting) {
            (Some(row), _) => row.with == *from,
            (None, Some(row)) => row.to == *from,
            (None, None) => false,
        };
        let bound = message.digest == receipt.digest
            || (receipt.id.is_none() && matches!(receipt.outcome, Outcome::Refused(_)));
        if !to_them || !bound {
            tracing::warn!(%id, %from, "a receipt for something else was ignored");
            return Ok(false);
        }
        self.progress(id, &Event::Receipt { outcome: receipt.outcome, retry_after_s: receipt.retry_after_s })?;
        if let Some(row) = conversation {
            self.settle_conversation(row, id, receipt)?;
        }
        Ok(true)
    }

    fn settle_conversation(&mut self, row: ConversationRow, id: &MessageId, receipt: &Receipt) -> Step<()> {
        let machine = row.machine.settle(*id, &receipt.outcome, receipt.state);
        if machine == row.machine {
            return Ok(());
        }
        let (before, after) = (row.machine.phase(self.now), machine.phase(self.now));
        let row = ConversationRow { machine, touched_at: self.now, ..row };
        conversations::put(self.tx, &row)?;
        if before != after {
            if after.is_closed() {
                self.settle_item(&row)?;
            }
            self.tell("conversation", format!("{} is {after}", row.id), Some(row.with), Some(row.id));
        }
        Ok(())
    }

    /// Moves a message of ours on.
    fn progress(&mut self, id: &MessageId, event: &Event) -> Step<()> {
        let Some(row) = outbox::get(self.tx, id)? else { return Ok(()) };
        let delivery = row.delivery.on(event, row.expires_at, self.now, self.roll());
        if delivery == row.delivery {
            return Ok(());
        }
        let (before, after) = (row.delivery.state(), delivery.state());
        if before != after {
            self.tell_progress(&row, &delivery);
        }
        if after.is_over() || matches!(event, Event::Receipt { .. }) {
            self.deliver(row.to);
        }
        Ok(outbox::put(self.tx, &OutboxRow { delivery, ..row })?)
    }

    fn tell_progress(&mut self, row: &OutboxRow, delivery: &Delivery) {
        let (id, to, conversation) = (row.id, Some(row.to), Some(row.conversation));
        match delivery.state() {
            State::Queued | State::Sent | State::Read | State::Answered => {}
            State::Delivered => self.tell("delivered", format!("{id} is there"), to, conversation),
            State::Expired | State::Dead => {
                let why = delivery.last_error().unwrap_or("its time ran out");
                self.tell("dead", format!("{id} was not delivered: {why}"), to, conversation);
            }
        }
    }

    /// Everything that waits for someone is due now: they were seen.
    pub(super) fn hurry(&mut self, to: &Did) -> Step<()> {
        for row in outbox::first_to(self.tx, to, LANE_ROWS)? {
            let delivery = row.delivery.on(&Event::PeerSeen, row.expires_at, self.now, 0);
            if delivery != row.delivery {
                outbox::put(self.tx, &OutboxRow { delivery, ..row })?;
            }
        }
        self.deliver(*to);
        Ok(())
    }

    /// They answered a message of ours. One that still waits for its receipt goes on waiting: an answer is no receipt.
    pub(super) fn answered(&mut self, from: &Did, id: &MessageId) -> Step<()> {
        let ours = outbox::get(self.tx, id)?.filter(|row| row.to == *from && row.delivery.state().is_over());
        if ours.is_some() {
            self.progress(id, &Event::Answered)?;
        }
        Ok(())
    }
}
