//! What waits in sight, of natives and of agents of the original alike; what of it can be told; and how it ended.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::ItemId;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::inbox;
use ai2ai_store::{Read, audit};
use jiff::tz::TimeZone;

use super::rules::Waiting;
use super::words::{Entry, when};
use crate::config::notify::Show;
use crate::courier::{Step, original, show, snoozed};

/// Native items that are watched.
const WATCHED: usize = 1_000;
/// Lines of the audit in which is looked for how an item ended.
const AUDITED: usize = 200;

/// What waits in sight: who put something off is told of it again when it comes back, and not before.
pub(super) fn waiting(tx: &Read, now: Timestamp) -> Step<Vec<Waiting>> {
    let snoozed = snoozed(tx)?;
    let native = inbox::first(tx, WATCHED)?.into_iter().map(|item| (item.id, item.digest, item.expires_at));
    let theirs = original::items(tx)?.into_iter().map(|item| (item.id, item.digest, item.expires_at));
    let is_awake = |id: &ItemId| snoozed.until(id).is_none_or(|until| until <= now);
    let seen = native.chain(theirs).filter(|(id, _, end)| *end > now && is_awake(id));
    Ok(seen.map(|(id, digest, _)| Waiting { id, digest }).collect())
}

/// What is told of an item, if it is still there.
pub(super) fn entry(tx: &Read, me: &Did, id: &ItemId, show: Show, zone: &TimeZone) -> Step<Option<Entry>> {
    if let Some(row) = inbox::get(tx, id)? {
        return Ok(Some(Entry::new(&show::item_view(tx, me, row)?, show, zone)));
    }
    let view = original::item_view_of(tx, id)?;
    Ok(view.map(|view| Entry::of_original(&view, show, zone)))
}

/// By the audit: wherever it was decided, it stands there. What is only out of sight has not ended.
pub(super) fn how_it_ended(tx: &Read, id: &ItemId, show: Show, zone: &TimeZone) -> Step<String> {
    let is_there = inbox::get(tx, id)?.is_some() || original::item_view_of(tx, id)?.is_some();
    if let (Some(until), true) = (snoozed(tx)?.until(id), is_there) {
        return Ok(format!("Snoozed until {}. It comes back by itself.", when(until, zone)));
    }
    if show == Show::Nothing {
        // How it ended would tell of which kind it was.
        return Ok("It waits no more.".to_owned());
    }
    let rows = audit::latest(tx, AUDITED)?;
    let ended = rows.iter().find(|row| row.item == Some(*id) && matches!(row.outcome.as_str(), "done" | "expired"));
    Ok(match ended.map(|row| (row.what.as_str(), row.who)) {
        // Nothing proves who wrote it, so nobody was answered.
        Some(("approve", None) | ("note", _)) => "✔ Noted.",
        Some(("approve", Some(_))) => "✔ Approved.",
        Some(("reject", _)) => "✘ Rejected.",
        Some(("expire", _)) => "Expired, and nobody was answered for you.",
        Some(_) | None => "It waits no more.",
    }
    .to_owned())
}
