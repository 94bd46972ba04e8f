//! What waits in sight, of natives and of agents of the original alike; what of it can be told; and how it ended.

use ai2ai_core::view::item;
use ai2ai_home::config::notify::Show;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::ItemId;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::inbox;
use ai2ai_store::{Read, audit};
use jiff::tz::TimeZone;

use super::rules::Waiting;
use super::words::{Entry, when};
use ai2ai_core::inbox::snooze::snoozed;
use ai2ai_core::txn::Step;

/// Native items that are watched.
const WATCHED: usize = 1_000;
/// Lines of the audit in which is looked for how an item ended.
const AUDITED: usize = 200;

/// What is said of what was not decided in time.
const EXPIRED: &str = "Expired, and nobody was answered for you.";

/// What waits in sight: who put something off is told of it again when it comes back, and not before.
pub(super) fn waiting(tx: &Read, now: Timestamp) -> Step<Vec<Waiting>> {
    let snoozed = snoozed(tx)?;
    let native = inbox::first(tx, WATCHED)?.into_iter().map(|item| (item.id, item.digest, item.expires_at));
    let theirs = ai2ai_legacy::items(tx)?.into_iter().map(|item| (item.id, item.digest, item.expires_at));
    let is_awake = |id: &ItemId| snoozed.until(id).is_none_or(|until| until <= now);
    let seen = native.chain(theirs).filter(|(id, _, end)| *end > now && is_awake(id));
    Ok(seen.map(|(id, digest, _)| Waiting { id, digest }).collect())
}

/// What is told of an item, if it is still there.
pub(super) fn entry(
    tx: &Read,
    me: &Did,
    id: &ItemId,
    (show, zone): (Show, &TimeZone),
    now: Timestamp,
) -> Step<Option<Entry>> {
    if let Some(row) = inbox::get(tx, id)? {
        return Ok(Some(Entry::new(&item::item_view(tx, me, row, now)?, show, zone)));
    }
    let view = ai2ai_legacy::item_view_of(tx, id)?;
    Ok(view.map(|view| Entry::of_original(&view, show, zone)))
}

/// By the audit: wherever it was decided, it stands there. What is only out of sight has not ended.
pub(super) fn how_it_ended(tx: &Read, id: &ItemId, show: Show, zone: &TimeZone, now: Timestamp) -> Step<String> {
    let is_there = inbox::get(tx, id)?.is_some() || ai2ai_legacy::item_view_of(tx, id)?.is_some();
    let asleep = snoozed(tx)?.until(id).filter(|until| is_there && *until > now);
    if let Some(until) = asleep {
        return Ok(format!("Snoozed until {}. It comes back by itself.", when(until, zone)));
    }
    if show == Show::Nothing {
        // How it ended would tell of which kind it was.
        return Ok("It waits no more.".to_owned());
    }
    if is_there {
        // Its time is over, and nobody has noted that yet.
        return Ok(EXPIRED.to_owned());
    }
    let rows = audit::latest(tx, AUDITED)?;
    let ended = rows.iter().find(|row| row.item == Some(*id) && matches!(row.outcome.as_str(), "done" | "expired"));
    Ok(match ended.map(|row| (row.what.as_str(), row.who)) {
        // Nothing proves who wrote it, so nobody was answered.
        Some(("approve", None) | ("note", _)) => "✔ Noted.",
        Some(("approve", Some(_))) => "✔ Approved.",
        Some(("reject", _)) => "✘ Rejected.",
        Some(("expire", _)) => EXPIRED,
        Some(_) | None => "It waits no more.",
    }
    .to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ai2ai_store::inbox::{ItemKind, ItemRow};
    use ai2ai_store::{Store, meta};

    use super::*;
    use ai2ai_core::txn::Stop;

    #[test]
    fn what_was_put_off_until_shortly_before_its_end_has_expired_at_its_end() {
        let made_at = Timestamp::from_millis(1_770_000_000_000);
        let [back_at, end] = [1, 2].map(|minutes| made_at + Duration::from_secs(60 * minutes));
        let id = ItemId::new(made_at, [7; 10]);
        let (store, with) = (Store::in_memory(), Did::from_bytes([7; 32]));
        let item = ItemRow {
            id,
            with,
            conversation: None,
            kind: ItemKind::ContactRequest,
            intent: None,
            message: None,
            draft: None,
            summary: String::new(),
            digest: ai2ai_protocol::digest::Digest::of(b""),
            made_at,
            expires_at: end,
        };
        let snoozed = serde_json::to_string(&[(id, back_at)]).expect("JSON");
        store.write(|tx| inbox::put(tx, &item).and_then(|()| meta::put(tx, "snoozed", &snoozed))).expect("kept");
        let tx = store.read().expect("a look");
        let seen = |now| waiting(&tx, now).map_err(Stop::into_failure).expect("a look").len();
        let ended =
            |now| how_it_ended(&tx, &id, Show::Who, &TimeZone::UTC, now).map_err(Stop::into_failure).expect("words");
        assert!(seen(made_at) == 0 && ended(made_at).starts_with("Snoozed until"));
        assert_eq!((seen(back_at), seen(end), ended(end).as_str()), (1, 0, EXPIRED));
    }
}
