//! The commands that show what waits, what was said, and where the pages are.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::views::{ConversationLine, OpenView, PendingView, View as _};
use ai2ai_core::inbox::drafts;
use ai2ai_core::inbox::snooze::snoozed;
use ai2ai_core::lookup;
use ai2ai_core::lookup::LISTED;
use ai2ai_core::lookup::conversation::find_any;
use ai2ai_core::lookup::item::find;
use ai2ai_core::read_receipts::opened_item;
use ai2ai_core::txn::Step;
use ai2ai_core::view::conversation;
use ai2ai_legacy::view;
use ai2ai_store::conversations;
use ai2ai_store::inbox::{self, AnyItem};
use ai2ai_store::wire::Wire;

use crate::call::{Call, Handler, Lines};
use crate::commands::follow;
use crate::context;

/// Items of one person that a list shows at once; the rest is counted, so that nobody can tire the owner out.
const SHOWN_OF_ONE: usize = 5;

impl Handler for requests::Pending {
    async fn handle(self, call: &Call) -> Lines {
        let now = now();
        call.look(move |tx| {
            let snoozed = snoozed(tx)?;
            let items = inbox::first(tx, LISTED)?.into_iter().filter(|item| item.expires_at() > now);
            let mut shown: BTreeMap<_, usize> = BTreeMap::new();
            let line = |item: AnyItem| {
                let until = snoozed.until(&item.id());
                let item = match item {
                    Wire::Native(item) => item,
                    Wire::Legacy(item) => return Ok(view::pending_view(tx, item, until)?.line()),
                };
                let of_them = shown.entry(item.with).or_default();
                let view = ai2ai_core::view::item::pending_view(tx, item, until)?;
                let awake = view.snoozed_until.is_none();
                *of_them += usize::from(awake);
                Ok(PendingView { folded: awake && *of_them > SHOWN_OF_ONE, ..view }.line())
            };
            items.map(line).collect()
        })
        .await
    }
}

impl Handler for requests::Show {
    async fn handle(self, call: &Call) -> Lines {
        let Self { id } = self;
        let me = *call.context.me.did();
        let look = call.context.storage.look(move |tx| match find(tx, &id)? {
            Wire::Native(item) => {
                let opened = opened_item(tx, &item)?;
                Ok((ai2ai_core::view::item::item_view(tx, &me, item, now())?.line(), opened))
            }
            Wire::Legacy(item) => Ok((view::item_view(tx, item)?.line(), None)),
        });
        let (line, opened) = look.await?;
        context::note_read(&call.context, opened).await;
        Ok(vec![line])
    }
}

impl Handler for requests::Conversations {
    async fn handle(self, call: &Call) -> Lines {
        let Self { before } = self;
        let now = now();
        call.look(move |tx| {
            let before = before.map(|id| find_any(tx, &id)).transpose()?.map(|found| match found {
                Wire::Native(row) => (row.touched_at, row.id),
                Wire::Legacy(talk) => (talk.touched_at, talk.id),
            });
            let rows = match before {
                Some(place) => conversations::before(tx, place, LISTED)?,
                None => conversations::latest(tx, LISTED)?,
            };
            let native: Step<Vec<_>> = rows.into_iter().map(|row| conversation::line(tx, row, now)).collect();
            let place = |line: &ConversationLine| (line.touched_at, line.id);
            let mut lines = native?;
            lines.extend(view::lines(tx, now)?);
            lines.retain(|line| before.is_none_or(|before| place(line) < before));
            lines.sort_by_key(|line| Reverse(place(line)));
            lines.truncate(LISTED);
            Ok(lines.iter().map(ConversationLine::line).collect())
        })
        .await
    }
}

impl Handler for requests::Conversation {
    async fn handle(self, call: &Call) -> Lines {
        let Self { id } = self;
        Ok(vec![follow::look(&call.context, id, call.role).await?])
    }
}

impl Handler for requests::Export {
    async fn handle(self, call: &Call) -> Lines {
        let Self { id } = self;
        let me = Arc::clone(&call.context.me);
        let own = call.context.own.borrow().clone();
        call.look(move |tx| {
            let row = lookup::conversation::find(tx, &id)?;
            Ok(vec![conversation::agreement(tx, &me, &row, own.card.as_ref())?.line()])
        })
        .await
    }
}

impl Handler for requests::Draft {
    async fn handle(self, call: &Call) -> Lines {
        let Self { item, conversation } = self;
        let now = now();
        call.look(move |tx| {
            let view = match drafts::find(tx, item.as_deref(), conversation.as_deref())? {
                Wire::Native(named) => drafts::view(tx, named, now)?,
                Wire::Legacy(named) => ai2ai_legacy::drafts::view(tx, named, now)?,
            };
            Ok(vec![view.line()])
        })
        .await
    }
}

/// A link that opens the owner's pages, once.
impl Handler for requests::Open {
    async fn handle(self, call: &Call) -> Lines {
        let Some(pages) = &call.context.settings.pages else {
            return Err(Failure::new(Exit::Failed, ErrorCode::NoPages, "this node serves no pages")
                .hint("set `enabled = true` under `[web]` in its config.toml, and start it again"));
        };
        let (url, life) = pages();
        Ok(vec![OpenView { url: url.to_string(), expires_at: now() + life }.line()])
    }
}
