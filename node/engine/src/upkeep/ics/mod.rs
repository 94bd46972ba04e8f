//! Meetings for the owner's own calendar: each conversation about one is an event, written to a folder that the owner names, and
//! given as a file to whoever asks at the owner's door.
//!
//! Only what the owner has approved is written. It is tentative until the other side has confirmed it, and cancelled when it comes to
//! nothing, was called off, or has an answer of other terms, on which the owner has yet to decide. What is forgotten leaves the folder too.

pub mod entry;

use std::path::{Path, PathBuf};
use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_api::requests;
use ai2ai_api::views::{MeetingView, View as _};
use ai2ai_core::content::is_cancel;
use ai2ai_core::context::Me;
use ai2ai_core::error::ExportError;
use ai2ai_core::lookup::contact::name_of;
use ai2ai_core::lookup::conversation::{find, standing_terms};
use ai2ai_core::txn::Step;
use ai2ai_home::files::{SMALL_FILE_BYTES, read_small, write_private};
use ai2ai_protocol::conversation::{Act, Phase, Side};
use ai2ai_protocol::envelope::{Content, Kind};
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::conversations::{self, ConversationRow};
use ai2ai_store::{View as Tables, messages};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{MissedTickBehavior, interval};

use self::entry::{Entry, Standing};
use crate::call::{Call, Handler, Lines};
use crate::context::Context;

/// Conversations that are looked at when nothing says which of them has changed: the latest.
const LOOKED_AT: usize = 200;
/// Interval at which they are looked at: an offer that expires says nothing.
const EVERY: Duration = Duration::from_secs(300);
/// Time after its beginning for which a meeting is still written.
const PAST: Duration = Duration::from_secs(24 * 3_600);

/// The event of a conversation, to give to whoever asked.
impl Handler for requests::ExportMeeting {
    async fn handle(self, call: &Call) -> Lines {
        let Self { id } = self;
        let me = std::sync::Arc::clone(&call.context.me);
        call.look(move |tx| {
            let row = find(tx, &id)?;
            let entry = entry(tx, &me, &row, now())?;
            let entry = entry.filter(|entry| entry.standing != Standing::Replaced);
            let found = entry.and_then(|entry| Some((entry.to_ics()?, entry.standing)));
            let (text, standing) = found.ok_or(ExportError::NoMeeting(row.id))?;
            let standing = match standing {
                Standing::Tentative => "tentative",
                Standing::Confirmed => "confirmed",
                Standing::Replaced | Standing::Cancelled => "cancelled",
            };
            Ok(vec![MeetingView { conversation: row.id, standing: standing.to_owned(), text }.line()])
        })
        .await
    }
}

/// Entry of a conversation in the owner's calendar: none, unless it is about a time that the owner has approved.
fn entry(tx: &impl Tables, me: &Me, row: &ConversationRow, now: Timestamp) -> Step<Option<Entry>> {
    if !row.intent.as_str().starts_with("schedule.") {
        return Ok(None);
    }
    let machine = row.machine.at(now);
    let Some(offer) = machine.standing() else { return Ok(None) };
    let confirming = machine.pending().is_some_and(|pending| matches!(pending.act, Act::Confirm { .. }));
    let standing = match machine.phase(now) {
        Phase::Confirmed if machine.cancelled().is_any() => Standing::Cancelled,
        Phase::Confirmed => Standing::Confirmed,
        Phase::Rejected | Phase::Expired => Standing::Cancelled,
        Phase::Proposed | Phase::Negotiating if offer.by == Side::Us || confirming => Standing::Tentative,
        Phase::Proposed | Phase::Negotiating => Standing::Replaced,
    };
    let Some(terms) = standing_terms(tx, me.did(), row)? else { return Ok(None) };
    let (offers, changed_at) = acts(tx, row)?;
    let cancelled = u64::from(standing == Standing::Cancelled);
    let sequence = offers.saturating_sub(1) + cancelled;
    let with = name_of(tx, &row.with)?;
    Ok(Some(Entry { conversation: row.id, sequence, standing, terms, with, changed_at }))
}

/// Number of times that terms were put on the table, and when anything was last done about them.
fn acts(tx: &impl Tables, row: &ConversationRow) -> Step<(u64, Timestamp)> {
    let mut offers = 0;
    let mut changed_at = row.opened_at;
    for message in messages::of(tx, &row.id)? {
        let Ok(content) = Content::of_stored(&message.bytes) else { continue };
        let offers_terms = content.payload().contains_key("terms");
        let cancels = is_cancel(content.kind(), content.intent());
        if offers_terms || cancels || matches!(content.kind(), Kind::Confirm | Kind::Reject) {
            offers += u64::from(offers_terms);
            changed_at = message.at;
        }
    }
    Ok((offers, changed_at))
}

/// Keeps the folder as the conversations are, until the node stops.
pub async fn keep(context: Context, folder: PathBuf) {
    if let Err(error) = std::fs::create_dir_all(&folder) {
        tracing::error!(folder = %folder.display(), %error, "meetings can't be written there");
        return;
    }
    let mut events = context.watchers.subscribe();
    let mut again = interval(EVERY);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let changed = tokio::select! {
            _ = again.tick() => None,
            event = events.recv() => match event {
                Ok(event) if event.conversation.is_none() => continue,
                Ok(event) => event.conversation,
                Err(RecvError::Lagged(_)) => None,
                Err(RecvError::Closed) => return,
            },
        };
        if let Err(failure) = write(&context, changed, folder.clone()).await {
            tracing::error!(%failure, folder = %folder.display(), "a meeting was not written");
        }
    }
}

/// Writes the event of one conversation, or of the latest.
async fn write(context: &Context, changed: Option<ConversationId>, folder: PathBuf) -> Result<(), Failure> {
    let me = std::sync::Arc::clone(&context.me);
    let look = context.storage.look(move |tx| {
        let rows = match changed {
            None => conversations::latest(tx, LOOKED_AT)?,
            Some(id) => match conversations::get(tx, &id)? {
                Some(row) => vec![row],
                None => return Ok(remove(&file(&folder, &id))),
            },
        };
        let now = now();
        for row in rows {
            if let Some(entry) = entry(tx, &me, &row, now)?
                && let Err(failure) = put(&folder, &entry, now)
            {
                return Ok(Err(failure));
            }
        }
        Ok(Ok(()))
    });
    look.await?
}

/// Writes an event where it is not there as it is. One that was never written is not cancelled either.
fn put(folder: &Path, entry: &Entry, now: Timestamp) -> Result<(), Failure> {
    let file = file(folder, &entry.conversation);
    let there = read_small(&file, SMALL_FILE_BYTES).ok();
    let begins = entry.terms.get("time").and_then(|time| time.as_str()?.parse::<Timestamp>().ok());
    let is_past = begins.is_none_or(|begins| begins + PAST < now);
    let Some(text) = entry.to_ics().filter(|_| !is_past) else { return Ok(()) };
    let is_new = there.is_none() && !entry.standing.is_off();
    let has_changed = there.is_some_and(|there| there != text.as_bytes());
    if is_new || has_changed { write_private(&file, text.as_bytes()) } else { Ok(()) }
}

fn file(folder: &Path, conversation: &ConversationId) -> PathBuf {
    folder.join(format!("{conversation}.ics"))
}

fn remove(file: &Path) -> Result<(), Failure> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Failure::file("remove", file, &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_written_once_changed_in_its_place_and_cancelled_only_where_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let now: Timestamp = "2026-02-07T03:55:00Z".parse().expect("a time");
        let of = |time: &str, sequence, standing| Entry {
            conversation: ConversationId::from_bytes([7; 16]),
            sequence,
            standing,
            terms: json!({ "subject": "Dinner", "time": time }).as_object().cloned().expect("terms"),
            with: "Sam".to_owned(),
            changed_at: now,
        };
        let file = file(folder.path(), &ConversationId::from_bytes([7; 16]));
        let text = || std::fs::read_to_string(&file).unwrap_or_default();
        let soon = "2026-02-10T19:00Z";
        put(folder.path(), &of(soon, 0, Standing::Cancelled), now).expect("nothing to write");
        assert_eq!(text(), "", "what was never written is not cancelled");
        put(folder.path(), &of("2026-02-01T19:00Z", 0, Standing::Confirmed), now).expect("nothing to write");
        assert_eq!(text(), "", "what is over is not written any more");
        put(folder.path(), &of(soon, 0, Standing::Tentative), now).expect("written");
        assert!(text().contains("STATUS:TENTATIVE") && text().contains("SEQUENCE:0"), "{}", text());
        put(folder.path(), &of("2026-02-11T19:00Z", 1, Standing::Confirmed), now).expect("written");
        assert!(text().contains("STATUS:CONFIRMED") && text().contains("DTSTART:20260211T190000Z"), "{}", text());
        put(folder.path(), &of("2026-02-11T19:00Z", 2, Standing::Cancelled), now).expect("written");
        assert!(text().contains("METHOD:CANCEL") && text().contains("SEQUENCE:2"), "{}", text());
        remove(&file).expect("removed");
        remove(&file).expect("it is gone already");
    }
}
