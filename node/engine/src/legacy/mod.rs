//! Commands that are about an agent of the original, picked out before the native ones are done; and what lists of both have more.

pub mod contacts;
pub mod decide;
pub mod people;
pub mod post;
pub mod receive;
pub mod registries;
pub mod sweep;
pub mod web;

use std::sync::Arc;

use ai2ai_api::clock::now;
use ai2ai_api::command::{Command, Role};
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::pin::Pin;
use ai2ai_api::requests;
use ai2ai_api::views::{SentView, View as _};
use ai2ai_core::content::{Reply, Words, said};
use ai2ai_core::decisions::replies::check_not_overtaken;
use ai2ai_core::outbound::idempotency;
use ai2ai_core::txn::{Step, Txn};
use ai2ai_legacy::compose::{self, Outgoing, Sent, Signer, translate};
use ai2ai_legacy::decide::reply_to;
use ai2ai_legacy::{self, ITEMS, OUTGOING, items, view};
use ai2ai_protocol::directory::Search;
use ai2ai_protocol::id::ConversationId;
use ai2ai_store::originals::{self, OriginalRow};
use serde_json::Value;

use crate::commands::decide::as_shown;
use crate::commands::{Call, Lines, owner};
use crate::context::Context;
use crate::legacy::decide::{no_cancel, snooze};
use crate::legacy::post::post_due;

/// Outcome of looking whether a command is about an agent of the original.
pub(crate) enum Taken {
    /// Done: it was about an agent of the original.
    Done(Lines),
    /// Native, and still to do.
    Native(Command),
}

/// Does a command that is about an agent of the original.
pub(crate) async fn take(call: &Call, command: Command) -> Taken {
    match done(call, &command).await {
        Ok(None) => Taken::Native(command),
        Ok(Some(lines)) => Taken::Done(Ok(lines)),
        Err(failure) => Taken::Done(Err(failure)),
    }
}

pub(crate) type Done = Result<Option<Vec<Value>>, Failure>;

#[expect(clippy::wildcard_enum_match_arm, reason = "what names nobody is a native command")]
async fn done(call: &Call, command: &Command) -> Done {
    match command.clone() {
        Command::Add(requests::Add { who, name }) if who.starts_with("http://") || who.starts_with("https://") => {
            let row = contacts::add(&call.context, &who, name).await?;
            Ok(Some(vec![view::contact_view(row).line()]))
        }
        Command::Find(requests::Find { text, name, intent })
            if !call.context.shared.originals.registries.is_empty() =>
        {
            registries::find(call, Search { name, intent, text }).await.map(Some)
        }
        Command::Send(requests::Send { who, text }) => {
            open(call, &who, || said("text", &text).map(Words::message)).await
        }
        Command::Ask(requests::Ask { who, question }) => {
            open(call, &who, || said("question", &question).map(Words::question)).await
        }
        Command::Meet(requests::Meet { who, subject, times, minutes, place, pin: _ }) => {
            open(call, &who, || Words::meeting(&subject, &times, minutes, place.as_deref())).await
        }
        Command::Propose(requests::Propose { who, intent, payload, pin: _ }) => {
            open(call, &who, || Words::proposal(&intent, payload)).await
        }
        Command::Reply(requests::Reply { conversation, text, terms, times, choose, accept, after, pin }) => {
            let reply = Reply { text, terms, times, choose, accept, after };
            said_in(call, &conversation, reply, pin).await
        }
        Command::Show(requests::Show { id }) => {
            let look = move |tx: &ai2ai_store::Read| match items::item(tx, &id)? {
                Some(item) => Ok(Some(vec![view::item_view(tx, item)?.line()])),
                None => Ok(None),
            };
            call.context.storage.look(look).await
        }
        Command::Approve(requests::Approve { id, digest, choose, terms, reply, pin }) => {
            approve(call, id, &digest, Reply { text: reply, terms, choose, ..Reply::default() }, pin).await
        }
        Command::Reject(requests::Reject { id, digest, reply }) => reject(call, id, digest, reply).await,
        Command::Conversation(requests::Conversation { id }) => conversation(call, id).await,
        Command::Draft(requests::Draft { item, conversation }) => decide::status(call, item, conversation).await,
        Command::Withdraw(requests::Withdraw { id }) => decide::withdraw(call, &id).await,
        Command::Cancel(requests::Cancel { conversation, .. }) => no_cancel(&call.context, &conversation),
        Command::Snooze(requests::Snooze { id, until, digest }) => snooze(&call.context, id, digest, until).await,
        Command::Ping(requests::Ping { who }) => people::ping(call, &who).await,
        Command::Block(requests::Block { who }) => people::block(call, &who, true).await,
        Command::Unblock(requests::Unblock { who }) => people::block(call, &who, false).await,
        Command::Forget(requests::Forget { who, .. }) => people::forget(call, &who).await,
        _ => Ok(None),
    }
}

/// List that a command's answer has at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Also {
    Contacts,
    Pending,
    Outbox,
    Dead,
}

/// The list that belongs to a command, if it is one of those that list.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others list nothing")]
pub(crate) fn also(command: &Command) -> Option<Also> {
    match command {
        Command::Contacts(_) => Some(Also::Contacts),
        Command::Pending(_) => Some(Also::Pending),
        Command::Outbox(_) => Some(Also::Outbox),
        Command::Dead(_) => Some(Also::Dead),
        _ => None,
    }
}

/// Lines of that list.
pub(crate) async fn listed(context: &Context, which: Also) -> Lines {
    let look = move |tx: &ai2ai_store::Read| -> Step<Vec<Value>> {
        let now = now();
        match which {
            Also::Contacts => Ok(originals::contacts(tx, ai2ai_legacy::CONTACTS)?
                .into_iter()
                .map(|row| view::contact_view(row).line())
                .collect()),
            Also::Pending => {
                let items = originals::items(tx, ITEMS)?.into_iter().filter(|item| item.expires_at > now);
                items.map(|item| Ok(view::pending_view(tx, item)?.line())).collect()
            }
            Also::Outbox | Also::Dead => {
                let rows = originals::all_outgoing(tx, OUTGOING)?.into_iter();
                let rows = rows.filter(|row| row.delivery.state().is_over() == (which == Also::Dead));
                rows.map(|row| Ok(view::outbox_view(tx, row)?.line())).collect()
            }
        }
    };
    context.storage.look(look).await
}

fn found(call: &Call, who: &str) -> Result<Option<OriginalRow>, Failure> {
    call.context.storage.glance(|tx| ai2ai_legacy::contacts::find(tx, who))
}

/// Opens a talk, if it is with an agent of the original. What the owner types is sent; what the agent drafts waits.
async fn open(call: &Call, who: &str, words: impl FnOnce() -> Result<Words, Failure>) -> Done {
    let Some(row) = found(call, who)? else { return Ok(None) };
    let words = words()?;
    say(call, row, None, words).await.map(Some)
}

async fn say(call: &Call, row: OriginalRow, talk: Option<ConversationId>, words: Words) -> Result<Vec<Value>, Failure> {
    let role = call.role;
    let once = call.once.clone();
    let sent = transact(&call.context, move |txn, signer| match role {
        Role::Owner => Ok(sent_view(&compose::say(txn, &row, talk, translate(words), signer)?)),
        Role::Agent => idempotency::draft_once(txn, once, |txn| drafted(txn, &row, talk, &words)),
    });
    let sent = sent.await?;
    post_due(&call.context).await;
    Ok(vec![sent.line()])
}

fn drafted(txn: &mut Txn<'_, '_>, row: &OriginalRow, talk: Option<ConversationId>, words: &Words) -> Step<SentView> {
    let item = items::raise_draft(txn, row, talk, words)?;
    let conversation = match item.talk {
        Some(talk) => talk,
        None => txn.new_conversation(),
    };
    let why = "agents of the original are told nothing without the owner";
    Ok(SentView::drafted(item.id, conversation, why.to_owned()))
}

fn sent_view(sent: &Sent) -> SentView {
    SentView::queued(sent.id, sent.talk, sent.phase.to_string())
}

/// Runs a transaction in which something can be signed.
async fn transact<T: Send + 'static>(
    context: &Context,
    act: impl FnOnce(&mut Txn<'_, '_>, &Signer<'_>) -> Step<T> + Send + 'static,
) -> Result<T, Failure> {
    let shared = Arc::clone(&context.shared);
    context.transact(move |txn| act(txn, &Signer { identity: &shared.originals.identity, seed: rand::random() })).await
}

/// Says something in a talk, if it is with an agent of the original. What accepts needs the owner, as an approval does.
async fn said_in(call: &Call, id: &str, reply: Reply, pin: Option<Pin>) -> Done {
    let look = |tx: &ai2ai_store::Read| {
        let Some(talk) = view::talk(tx, id)? else { return Ok(None) };
        Ok(Some((originals::contact(tx, &talk.with)?, talk)))
    };
    let Some((row, talk)) = call.context.storage.glance(look)? else { return Ok(None) };
    let row =
        row.ok_or_else(|| Failure::new(Exit::Unknown, ErrorCode::UnknownContact, "they are no contact any more"))?;
    let heard = talk.said.iter().rev().find(|said| !said.ours);
    check_not_overtaken(&reply, heard.map(|came| came.id))?;
    let out = match heard {
        Some(came) => reply_to(&talk, came, &reply)?,
        None => reply.text.as_deref().map(|text| {
            let payload = [("message".to_owned(), text.into())].into_iter().collect();
            Outgoing::new(ai2ai_protocol::envelope::Kind::Response, &talk, payload)
        }),
    };
    let out = out.ok_or_else(|| {
        Failure::new(Exit::Usage, ErrorCode::Usage, "a reply needs a text, --terms, --choose or --accept")
    })?;
    if call.role == Role::Agent {
        let words = Words { kind: out.kind, intent: out.intent, payload: out.payload, in_reply_to: None };
        return say(call, row, Some(talk.id), words).await.map(Some);
    }
    if reply.commits() {
        owner::unlock(call, "terms", pin).await?;
    }
    let id = talk.id;
    let sent = transact(&call.context, move |txn, signer| compose::say(txn, &row, Some(id), out, signer)).await?;
    post_due(&call.context).await;
    Ok(Some(vec![sent_view(&sent).line()]))
}

async fn is_item(call: &Call, id: &str) -> Result<bool, Failure> {
    let id = id.to_owned();
    call.context.storage.look(move |tx| Ok(items::item(tx, &id)?.is_some())).await
}

async fn approve(call: &Call, id: String, digest: &str, reply: Reply, pin: Option<Pin>) -> Done {
    if !is_item(call, &id).await? {
        return Ok(None);
    }
    let shown = as_shown(digest)?;
    owner::unlock(call, "approve", pin).await?;
    let factor = call.context.vault.factor();
    let decided = transact(&call.context, move |txn, signer| {
        ai2ai_legacy::decide::approve(txn, &id, &shown, &reply, factor, signer)
    })
    .await?;
    post_due(&call.context).await;
    Ok(Some(vec![decided.line()]))
}

async fn reject(call: &Call, id: String, digest: Option<String>, reason: Option<String>) -> Done {
    if !is_item(call, &id).await? {
        return Ok(None);
    }
    let shown = digest.as_deref().map(as_shown).transpose()?;
    let decided = transact(&call.context, move |txn, signer| {
        ai2ai_legacy::decide::reject(txn, &id, shown.as_ref(), reason.as_deref(), signer)
    });
    let decided = decided.await?;
    post_due(&call.context).await;
    Ok(Some(vec![decided.line()]))
}

async fn conversation(call: &Call, id: String) -> Done {
    let us = call.context.me.sender.human.to_string();
    let look = move |tx: &ai2ai_store::Read| match view::talk(tx, &id)? {
        Some(talk) => Ok(Some(vec![view::conversation_view(tx, &us, &talk, now())?.line()])),
        None => Ok(None),
    };
    call.context.storage.look(look).await
}
