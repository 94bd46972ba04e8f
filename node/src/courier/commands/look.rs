//! The commands that show what waits, what was said, and where the pages are.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::inbox::ItemRow;
use ai2ai_store::{conversations, inbox};

use super::{Asked, Lines};
use crate::clock::now;
use crate::courier::decide::item;
use crate::courier::drafts::draft_view;
use crate::courier::follow;
use crate::courier::original;
use crate::courier::reading::opened_item;
use crate::courier::show::{self, LISTED};
use crate::courier::snooze::snoozed;
use crate::courier::turn::Step;
use crate::exit::{Exit, Failure};
use crate::views::{ConversationLine, OpenView, PendingView, View as _};

/// Items of one person that a list shows at once; the rest is counted, so that nobody can tire the owner out.
const SHOWN_OF_ONE: usize = 5;

/// Where a conversation stands in the list of all, whichever protocol it is in.
fn place(tx: &ai2ai_store::Read, id: &str) -> Step<(Timestamp, ConversationId)> {
    if let Some(place) = original::place(tx, id)? {
        return Ok(place);
    }
    let row = show::conversation(tx, id)?;
    Ok((row.touched_at, row.id))
}

impl Asked {
    pub(super) async fn pending(&self) -> Lines {
        let now = now();
        self.look_at(move |tx| {
            let snoozed = snoozed(tx)?;
            let items = inbox::first(tx, LISTED)?.into_iter().filter(|item| item.expires_at > now);
            let mut shown: BTreeMap<_, usize> = BTreeMap::new();
            let line = |item: ItemRow| {
                let until = snoozed.until(&item.id);
                let of_them = shown.entry(item.with).or_default();
                let view = show::pending_view(tx, item, until)?;
                let awake = view.snoozed_until.is_none();
                *of_them += usize::from(awake);
                Ok(PendingView { folded: awake && *of_them > SHOWN_OF_ONE, ..view }.line())
            };
            items.map(line).collect()
        })
        .await
    }

    pub(super) async fn show(&self, id: String) -> Lines {
        let me = *self.reach.me.did();
        let look = self.reach.storage.look(move |tx| {
            let item = item(tx, &id)?;
            let opened = opened_item(tx, &item)?;
            Ok((show::item_view(tx, &me, item, now())?.line(), opened))
        });
        let (line, opened) = look.await?;
        self.reach.note_read(opened).await;
        Ok(vec![line])
    }

    pub(super) async fn conversations(&self, before: Option<String>) -> Lines {
        let now = now();
        self.look_at(move |tx| {
            let before = before.map(|id| place(tx, &id)).transpose()?;
            let rows = match before {
                Some(place) => conversations::before(tx, place, LISTED)?,
                None => conversations::latest(tx, LISTED)?,
            };
            let native: Step<Vec<_>> = rows.into_iter().map(|row| show::line(tx, row, now)).collect();
            let place = |line: &ConversationLine| (line.touched_at, line.id);
            let mut lines = native?;
            lines.extend(original::lines(tx, now)?);
            lines.retain(|line| before.is_none_or(|before| place(line) < before));
            lines.sort_by_key(|line| Reverse(place(line)));
            lines.truncate(LISTED);
            Ok(lines.iter().map(ConversationLine::line).collect())
        })
        .await
    }

    pub(super) async fn conversation(&self, id: String) -> Lines {
        Ok(vec![follow::look(&self.reach, id, self.role).await?])
    }

    pub(super) async fn export(&self, id: String) -> Lines {
        let (me, own) = (Arc::clone(&self.reach.me), self.reach.own.borrow().clone());
        self.look_at(move |tx| {
            let row = show::conversation(tx, &id)?;
            Ok(vec![show::agreement(tx, &me, &row, own.card.as_ref())?.line()])
        })
        .await
    }

    pub(super) async fn draft(&self, item: Option<String>, conversation: Option<String>) -> Lines {
        let now = now();
        self.look_at(move |tx| Ok(vec![draft_view(tx, item.as_deref(), conversation.as_deref(), now)?.line()])).await
    }

    /// A link that opens the owner's pages, once.
    pub(super) fn open_pages(&self) -> Lines {
        let Some(pages) = &self.reach.pages else {
            return Err(Failure::new(Exit::Failed, "no_pages", "this node serves no pages")
                .hint("set `enabled = true` under `[web]` in its config.toml, and start it again"));
        };
        let (url, life) = pages.link();
        Ok(vec![OpenView { url: url.to_string(), expires_at: now() + life }.line()])
    }
}
