//! What an agent drafted to an agent of the original: what became of it, and taking it back.

use ai2ai_protocol::id::{ConversationId, ItemId};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::View;
use ai2ai_store::originals::{self, OriginalItemRow};

use super::command::Done;
use super::{items, talk};
use crate::clock::now;
use crate::courier::commands::Asked;
use crate::courier::drafts::decided;
use crate::courier::turn::Step;
use crate::views::{DraftView, View as _};

/// What became of the draft, and how its talk stands; nothing, where neither is one of these.
pub(super) async fn status(asked: &Asked, item: Option<String>, conversation: Option<String>) -> Done {
    let look = move |tx: &ai2ai_store::Read| view(tx, item.as_deref(), conversation.as_deref(), now());
    Ok(asked.reach.storage.look(look).await?.map(|view| vec![view.line()]))
}

fn view(tx: &impl View, item: Option<&str>, conversation: Option<&str>, now: Timestamp) -> Step<Option<DraftView>> {
    let item: Option<ItemId> = item.and_then(|id| id.parse().ok());
    let named: Option<ConversationId> = conversation.and_then(|id| id.parse().ok());
    let row = match (&item, &named) {
        (Some(item), _) => originals::item(tx, item)?,
        (None, Some(talk)) => items::of_talk(tx, talk)?,
        (None, None) => None,
    };
    let waiting = row.filter(|row| is_draft(row) && row.expires_at > now);
    let conversation = named.or_else(|| waiting.as_ref().and_then(|row| row.talk));
    let found = match &conversation {
        Some(id) => originals::talk(tx, id)?,
        None => None,
    };
    let state = match (&waiting, item) {
        (Some(_), _) => "pending_approval",
        (None, _) if found.is_none() => return Ok(None),
        (None, Some(item)) => decided(tx, &item)?,
        (None, None) => "none",
    };
    Ok(Some(DraftView {
        item: waiting.map(|row| row.id).or(item),
        conversation,
        state: state.to_owned(),
        conversation_state: found.map(|talk| talk::phase(&talk, now)),
    }))
}

/// Takes a draft back; nothing, where none of these has this id.
pub(super) async fn withdraw(asked: &Asked, id: &str) -> Done {
    let found = asked.reach.storage.glance(|tx| items::item(tx, id))?.filter(is_draft);
    let Some(OriginalItemRow { id, .. }) = found else { return Ok(None) };
    let withdrawn = asked.reach.turn(move |turn| {
        let item = originals::item(turn.view(), &id)?.filter(is_draft);
        item.map(|item| turn.withdraw_from_original(item)).transpose()
    });
    Ok(withdrawn.await?.map(|view| vec![view.line()]))
}

fn is_draft(item: &OriginalItemRow) -> bool {
    item.draft.is_some()
}
