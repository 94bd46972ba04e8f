//! Drafts, for the agent that made them: what became of one, and nothing else that waits for the owner.

use std::time::Duration;

use ai2ai_api::audit::{AuditAction, AuditOutcome};
use ai2ai_api::views::DraftView;
use ai2ai_protocol::id::{ConversationId, ItemId};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::inbox::{self, ItemKind, ItemRow, LegacyItemRow};
use ai2ai_store::wire::Wire;
use ai2ai_store::{View, audit, conversations, originals};

use crate::error::DraftStateError;
use crate::txn::Step;

/// Lines of the audit that are looked through for what became of a draft.
const LOOKED_AT: usize = 20_000;
/// By how much a clock may have been set back since a draft was made.
const A_WHILE: Duration = Duration::from_secs(3_600);

/// A draft that is asked for: what was named, and the item, if it still waits.
pub struct Named<R> {
    /// The item that was named.
    pub item: Option<ItemId>,
    /// The conversation that was named.
    pub conversation: Option<ConversationId>,
    /// The item.
    pub row: Option<R>,
}

/// Finds the draft with this item's id, or the one in this conversation, on whichever wire.
///
/// # Errors
/// `unknown_item` where neither is named; or the database failed.
pub fn find(
    tx: &impl View,
    item: Option<&str>,
    conversation: Option<&str>,
) -> Step<Wire<Named<ItemRow>, Named<LegacyItemRow>>> {
    let item: Option<ItemId> = item.map(str::parse).transpose().map_err(DraftStateError::BadId)?;
    let conversation: Option<ConversationId> =
        conversation.map(str::parse).transpose().map_err(DraftStateError::BadId)?;
    let row = match (&item, &conversation) {
        (Some(item), _) => inbox::find(tx, item)?,
        (None, Some(id)) => match inbox::of_talk(tx, id)? {
            Some(row) => Some(Wire::Legacy(row)),
            None => inbox::of_conversation(tx, id)?.map(Wire::Native),
        },
        (None, None) => return Err(DraftStateError::Unnamed.into()),
    };
    let talk = conversation.map(|id| originals::talk(tx, &id)).transpose()?.flatten();
    Ok(match row {
        Some(Wire::Legacy(row)) => Wire::Legacy(Named { item, conversation, row: Some(row) }),
        Some(Wire::Native(row)) => Wire::Native(Named { item, conversation, row: Some(row) }),
        None if talk.is_some() => Wire::Legacy(Named { item, conversation, row: None }),
        None => Wire::Native(Named { item, conversation, row: None }),
    })
}

/// State of a native draft, and how the conversation stands.
///
/// # Errors
/// `unknown_item` where there is no such conversation, and no draft in it; or the database failed.
pub fn view(tx: &impl View, named: Named<ItemRow>, now: Timestamp) -> Step<DraftView> {
    let Named { item, conversation, row } = named;
    let waiting = row.filter(|row| is_draft(row) && row.expires_at > now);
    let conversation = conversation.or_else(|| waiting.as_ref().and_then(|row| row.conversation));
    let found = match &conversation {
        Some(id) => conversations::get(tx, id)?,
        None => None,
    };
    let state = match (&waiting, item) {
        (Some(_), _) => "pending_approval",
        (None, Some(item)) => outcome(tx, &item)?,
        (None, None) if found.is_some() => "none",
        (None, None) => return Err(DraftStateError::Absent.into()),
    };
    Ok(DraftView {
        item: waiting.map(|row| row.id).or(item),
        conversation,
        state: state.to_owned(),
        conversation_state: found.map(|row| row.machine.phase(now)),
    })
}

/// Returns whether an item holds a draft of the agent's.
pub fn is_draft(row: &ItemRow) -> bool {
    match row.kind {
        ItemKind::Draft => true,
        ItemKind::Incoming => row.draft.is_some(),
        ItemKind::ContactRequest | ItemKind::Renewal => false,
    }
}

/// Outcome of an item that waits no more, as the audit has it. An item of which it says nothing was overtaken by a later
/// message.
///
/// # Errors
/// When the database fails.
pub fn outcome(tx: &impl View, item: &ItemId) -> Step<&'static str> {
    // An item is not decided before it is made; clocks are set back at times.
    let since = item.made_at() - A_WHILE;
    let mut what = None;
    audit::look_back(tx, LOOKED_AT, |row| {
        let is_it = row.item == Some(*item) && AuditOutcome::from(row.outcome.as_str()).is_end();
        if is_it {
            what = Some(AuditAction::from(row.what.as_str()));
        }
        !is_it && row.at >= since
    })?;
    Ok(match what {
        Some(AuditAction::Approve) => "approved",
        Some(AuditAction::Reject) => "rejected",
        Some(AuditAction::Withdraw) => "withdrawn",
        Some(AuditAction::Expire) => "expired",
        Some(_) | None => "gone",
    })
}

#[cfg(test)]
mod tests {
    use ai2ai_store::Store;
    use ai2ai_store::audit::AuditRow;

    use super::*;

    #[test]
    fn what_became_of_a_draft_is_known_however_much_happened_since() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("ai2ai.redb")).expect("a store");
        let made = Timestamp::from_millis(1_770_000_000_000);
        let item = |n: u8| ItemId::new(made, [n; 10]);
        let row = |what: &str, item: Option<ItemId>, at: Timestamp| AuditRow {
            at,
            what: what.to_owned(),
            who: None,
            item,
            factor: "typed".to_owned(),
            outcome: "done".to_owned(),
            message: None,
        };
        let written = store.write(|tx| {
            audit::append(tx, &row("approve", Some(item(1)), made))?;
            (0..3_000).try_for_each(|n| audit::append(tx, &row("say", None, made + Duration::from_secs(n))).map(drop))
        });
        written.expect("written");
        let tx = store.read().expect("a transaction");
        assert_eq!(outcome(&tx, &item(1)).expect("looked up"), "approved");
        assert_eq!(outcome(&tx, &item(2)).expect("looked up"), "gone");
    }
}
