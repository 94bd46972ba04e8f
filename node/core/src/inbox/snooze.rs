//! Snoozing: an item is out of sight for a while. It waits as before, and can be decided as before.

use std::time::Duration;

use ai2ai_api::audit::{AuditAction, AuditFactor, AuditOutcome};
use ai2ai_api::event_name::EventName;
use ai2ai_api::views::SnoozedView;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::id::ItemId;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::inbox::{self, AnyItem};
use ai2ai_store::{View, kv};

use crate::audit;
use crate::error::SnoozeError;
use crate::lookup::item::{find, item_as_shown};
use crate::txn::{Step, Txn};

/// Items that can be out of sight at a time.
const SNOOZED: usize = 256;
/// The shortest time that an item is out of sight.
const SHORTEST: Duration = Duration::from_secs(60);
/// Key under which they are stored.
const KEPT: &str = "snoozed";

/// Items that are out of sight, each with its end.
pub struct Snoozed(Vec<(ItemId, Timestamp)>);

impl Snoozed {
    /// Moment until which this item is out of sight.
    pub fn until(&self, id: &ItemId) -> Option<Timestamp> {
        self.0.iter().find(|(snoozed, _)| snoozed == id).map(|(_, until)| *until)
    }

    /// Returns whether one of them is to be seen again.
    pub fn has_due(&self, now: Timestamp) -> bool {
        self.0.iter().any(|(_, until)| *until <= now)
    }
}

/// Reads the items that are out of sight.
///
/// # Errors
/// When the database fails.
pub fn snoozed(tx: &impl View) -> Step<Snoozed> {
    let text = kv::get(tx, KEPT)?;
    Ok(Snoozed(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()))
}

/// Puts an item out of sight until then; with `shown`, only as it was shown.
///
/// # Errors
/// `over_budget`, `too_late`, `too_soon` or `unknown_item`; or the database failed.
pub fn snooze(
    txn: &mut Txn<'_, '_>,
    id: &str,
    shown: Option<&Digest>,
    until: Timestamp,
    factor: &AuditFactor,
) -> Step<SnoozedView> {
    let item = match shown {
        Some(_) => item_as_shown(txn.tx, id, shown, txn.now)?,
        None => find(txn.tx, id)?,
    };
    put_away(txn, &item, until, factor)
}

fn put_away(txn: &mut Txn<'_, '_>, item: &AnyItem, until: Timestamp, factor: &AuditFactor) -> Step<SnoozedView> {
    if until.since(txn.now) < SHORTEST {
        return Err(SnoozeError::TooSoon(item.id()).into());
    }
    if until >= item.expires_at() {
        return Err(SnoozeError::TooLate { item: item.id(), end: item.expires_at() }.into());
    }
    let mut all = Vec::new();
    for (id, until) in snoozed(txn.tx)?.0 {
        if id != item.id() && inbox::find(txn.tx, &id)?.is_some() {
            all.push((id, until));
        }
    }
    if all.len() >= SNOOZED {
        return Err(SnoozeError::Full { item: item.id(), most: SNOOZED }.into());
    }
    all.push((item.id(), until));
    keep_snoozed(txn, &all)?;
    audit::record(txn, &AuditAction::Snooze, item.with(), Some(item.id()), factor, &AuditOutcome::Done)?;
    txn.tell(EventName::Snoozed, format!("{} until {until}", item.id()), item.with(), item.conversation());
    Ok(SnoozedView { id: item.id(), until })
}

/// Puts an item back in sight, because something new came for it.
///
/// # Errors
/// When the database fails.
pub fn wake(txn: &mut Txn<'_, '_>, item: &ItemId) -> Step<()> {
    let mut all = snoozed(txn.tx)?.0;
    let before = all.len();
    all.retain(|(id, _)| id != item);
    if all.len() == before { Ok(()) } else { keep_snoozed(txn, &all) }
}

/// Puts back in sight what was out of it long enough, and tells it once more.
///
/// # Errors
/// When the database fails.
pub(crate) fn wake_due(txn: &mut Txn<'_, '_>) -> Step<()> {
    let now = txn.now;
    let (due, asleep): (Vec<_>, Vec<_>) = snoozed(txn.tx)?.0.into_iter().partition(|(_, until)| *until <= now);
    if due.is_empty() {
        return Ok(());
    }
    keep_snoozed(txn, &asleep)?;
    for (id, _) in due {
        if let Some(item) = inbox::find(txn.tx, &id)? {
            let detail = format!("{} waits for you again: {}", item.id(), item.summary());
            txn.tell(EventName::Pending, detail, item.with(), item.conversation());
        }
    }
    Ok(())
}

fn keep_snoozed(txn: &mut Txn<'_, '_>, all: &[(ItemId, Timestamp)]) -> Step<()> {
    Ok(kv::put(txn.tx, KEPT, &serde_json::to_string(all).unwrap_or_default())?)
}
