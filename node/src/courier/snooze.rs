//! What the owner put out of sight for a while. It waits as before, and can be decided as before.

use std::time::Duration;

use ai2ai_protocol::id::ItemId;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::{View, inbox, meta};

use super::decide::item;
use super::turn::{Step, Turn};
use crate::exit::{Exit, Failure};
use crate::text::when;
use crate::views::SnoozedView;

/// Items that can be out of sight at a time.
const SNOOZED: usize = 256;
/// The shortest time that an item is out of sight.
const SHORTEST: Duration = Duration::from_secs(60);
/// Under which name they are kept.
const KEPT: &str = "snoozed";

/// The items that are out of sight, and until when.
pub(super) struct Snoozed(Vec<(ItemId, Timestamp)>);

impl Snoozed {
    /// Until when this item is out of sight.
    pub(super) fn until(&self, id: &ItemId) -> Option<Timestamp> {
        self.0.iter().find(|(snoozed, _)| snoozed == id).map(|(_, until)| *until)
    }

    /// Whether one of them is to be seen again.
    pub(super) fn has_due(&self, now: Timestamp) -> bool {
        self.0.iter().any(|(_, until)| *until <= now)
    }
}

/// What is out of sight.
///
/// # Errors
/// When the database fails.
pub(super) fn snoozed(tx: &impl View) -> Step<Snoozed> {
    let text = meta::get(tx, KEPT)?;
    Ok(Snoozed(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()))
}

impl Turn<'_> {
    /// Puts an item out of sight until then.
    pub fn snooze(&mut self, id: &str, until: Timestamp) -> Step<SnoozedView> {
        let item = item(self.tx, id)?;
        let refused =
            |code: &str, why: String| Failure::new(Exit::Refused, code, format!("{} was not snoozed: {why}", item.id));
        if until.since(self.now) < SHORTEST {
            return Err(refused("too_soon", "that is less than a minute from now".to_owned()).into());
        }
        if until >= item.expires_at {
            let why = format!("it can only be decided until {}", when(item.expires_at));
            return Err(refused("too_late", why).hint("Choose an earlier time, or decide now.").into());
        }
        let mut all = snoozed(self.tx)?.0;
        let mut kept = Vec::new();
        for (id, until) in all.drain(..) {
            if id != item.id && inbox::get(self.tx, &id)?.is_some() {
                kept.push((id, until));
            }
        }
        if kept.len() >= SNOOZED {
            return Err(refused("over_budget", format!("{SNOOZED} items are out of sight already")).into());
        }
        kept.push((item.id, until));
        self.keep_snoozed(&kept)?;
        self.audit("snooze", Some(item.with), Some(item.id), "typed", "done")?;
        self.tell("snoozed", format!("{} until {until}", item.id), Some(item.with), item.conversation);
        Ok(SnoozedView { id: item.id, until })
    }

    /// Something new came for this item: it is to be seen at once.
    pub(super) fn wake(&mut self, item: &ItemId) -> Step<()> {
        let mut all = snoozed(self.tx)?.0;
        let before = all.len();
        all.retain(|(id, _)| id != item);
        if all.len() == before { Ok(()) } else { self.keep_snoozed(&all) }
    }

    /// What was out of sight long enough waits in sight again, and is told once more.
    pub(super) fn wake_due(&mut self) -> Step<()> {
        let now = self.now;
        let (due, asleep): (Vec<_>, Vec<_>) = snoozed(self.tx)?.0.into_iter().partition(|(_, until)| *until <= now);
        if due.is_empty() {
            return Ok(());
        }
        self.keep_snoozed(&asleep)?;
        for (id, _) in due {
            if let Some(item) = inbox::get(self.tx, &id)? {
                let detail = format!("{} waits for you again: {}", item.id, item.summary);
                self.tell("pending", detail, Some(item.with), item.conversation);
            }
        }
        Ok(())
    }

    fn keep_snoozed(&mut self, all: &[(ItemId, Timestamp)]) -> Step<()> {
        Ok(meta::put(self.tx, KEPT, &serde_json::to_string(all).unwrap_or_default())?)
    }
}
