//! What waits for agents of the original is posted to them: one at a time, in its order, again and again until its day is over.

use std::collections::BTreeSet;

use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::delivery::{Event, State};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::original::Told;
use ai2ai_protocol::receipt::Outcome;
use ai2ai_store::View;
use ai2ai_store::originals::{self, OriginalOutRow};

use super::endpoint::{Endpoint, NoAnswer};
use super::{OUTGOING, locked};
use crate::clock::now;
use crate::courier::reach::Reach;
use crate::courier::report;
use crate::courier::turn::{Step, Turn};
use crate::exit::Failure;

/// Sets going what is due. Whoever is being posted to already is left alone.
pub(super) async fn post_due(reach: &Reach) {
    let due = reach.storage.look(due).await.unwrap_or_else(|failure| {
        tracing::error!(%failure, "what is due to agents of the original could not be looked for");
        BTreeSet::new()
    });
    for to in due {
        if !locked(&reach.originals.under_way).insert(to) {
            continue;
        }
        let reach = reach.clone();
        tokio::spawn(async move {
            report(post_to(&reach, to).await);
            locked(&reach.originals.under_way).remove(&to);
        });
    }
}

/// For whom something is due, or over.
fn due(tx: &impl View) -> Step<BTreeSet<Did>> {
    let now = now();
    let rows = originals::all_outgoing(tx, OUTGOING)?.into_iter();
    Ok(rows.filter(|row| row.delivery.is_due(now)).map(|row| row.to).collect())
}

async fn post_to(reach: &Reach, to: Did) -> Result<(), Failure> {
    loop {
        let next = reach.turn(move |turn| turn.original_next(&to)).await?;
        let Some((endpoint, row)) = next else { return Ok(()) };
        let told = match Endpoint::read(&endpoint) {
            Ok(endpoint) => reach.asks().post(&endpoint, row.body.clone()).await,
            Err(failure) => Err(NoAnswer { why: failure.message, may_have_left: false }),
        };
        let id = row.id;
        let event = match told.map(|(status, body)| Told::read(status, &body)) {
            Ok(Told::Receipt { outcome, word: _ }) => Event::Receipt { outcome, retry_after_s: None },
            Ok(Told::Nothing { error }) => Event::Failed { error },
            Err(NoAnswer { why, may_have_left: true }) => Event::Failed { error: why },
            Err(NoAnswer { why, may_have_left: false }) => Event::Unreached { error: why },
        };
        reach.turn(move |turn| turn.original_told(&id, &event)).await?;
    }
}

/// The oldest of what is due to someone, save what has to wait for an earlier one of its talk.
fn first_due(rows: Vec<OriginalOutRow>, to: &Did, now: ai2ai_protocol::time::Timestamp) -> Option<OriginalOutRow> {
    let mut before: BTreeSet<ConversationId> = BTreeSet::new();
    let mut mine: Vec<OriginalOutRow> = rows.into_iter().filter(|row| row.to == *to).collect();
    mine.sort_by_key(|row| row.id);
    mine.into_iter().filter(|row| !row.delivery.state().is_over()).find(|row| {
        let is_first = before.insert(row.talk);
        is_first && row.delivery.is_due(now)
    })
}

impl Turn<'_, '_> {
    /// What is to be posted to someone now, and where; it is written down that it is tried before it leaves.
    fn original_next(&mut self, to: &Did) -> Step<Option<(String, OriginalOutRow)>> {
        loop {
            let Some(contact) = originals::contact(self.tx, to)?.filter(|row| !row.blocked) else { return Ok(None) };
            let rows = originals::all_outgoing(self.tx, OUTGOING)?;
            let Some(row) = first_due(rows, to, self.now) else { return Ok(None) };
            let jitter = self.roll();
            let delivery = row.delivery.on(&Event::Attempted, row.expires_at, self.now, jitter);
            let row = OriginalOutRow { delivery, ..row };
            originals::put_outgoing(self.tx, &row)?;
            if !row.delivery.state().is_over() {
                return Ok(Some((contact.endpoint, row)));
            }
            self.original_over(&row)?;
        }
    }

    fn original_told(&mut self, id: &MessageId, event: &Event) -> Step<()> {
        let Some(row) = originals::outgoing(self.tx, id)? else { return Ok(()) };
        let jitter = self.roll();
        let delivery = row.delivery.on(event, row.expires_at, self.now, jitter);
        let row = OriginalOutRow { delivery, ..row };
        originals::put_outgoing(self.tx, &row)?;
        if let Event::Receipt { outcome: Outcome::Accepted | Outcome::Held, .. } = event
            && let Some(contact) = originals::contact(self.tx, &row.to)?
        {
            originals::put_contact(self.tx, &originals::OriginalRow { last_seen: Some(self.now), ..contact })?;
        }
        if row.delivery.state().is_over() { self.original_over(&row) } else { Ok(()) }
    }

    /// A message's delivery is over: its talk shows it, and stands as they know it now. What is dead stays in the list of the dead.
    fn original_over(&mut self, row: &OriginalOutRow) -> Step<()> {
        let state = row.delivery.state();
        let delivered = state == State::Delivered;
        if let Some(mut talk) = originals::talk(self.tx, &row.talk)? {
            if let Some(said) = talk.said.iter_mut().find(|said| said.id == row.id) {
                said.delivery = Some(state.to_string());
            }
            let open = matches!(talk.phase, Phase::Proposed | Phase::Negotiating);
            if let Some(phase) = row.then.filter(|_| delivered && open) {
                talk.phase = phase;
            }
            originals::put_talk(self.tx, &talk)?;
        }
        if delivered {
            originals::remove_outgoing(self.tx, &row.id)?;
        }
        let why = row.delivery.last_error().map(|error| format!(": {error}")).unwrap_or_default();
        self.tell(&state.to_string(), format!("{} is {state}{why}", row.id), Some(row.to), Some(row.talk));
        Ok(())
    }
}
