//! The commands that say something: in a new conversation, or in one that there is.

use ai2ai_api::clock::now;
use ai2ai_api::command::Command;
use ai2ai_api::exit::Failure;
use ai2ai_api::pin::Pin;
use ai2ai_api::views::View as _;
use ai2ai_core::cancel;
use ai2ai_core::content::{Reply, Words};
use ai2ai_core::decisions::replies;
use ai2ai_core::lookup;
use ai2ai_core::lookup::contact::{contact, with};
use ai2ai_core::outbound::idempotency::{self, Key};
use ai2ai_core::outbound::policy;
use ai2ai_protocol::key::OwnerKey;

use crate::commands::{self, Call, Lines, owner};

/// Cancels what was agreed in a conversation: the owner does, or an agent drafts that.
pub(crate) async fn cancel(call: &Call, conversation: String, reason: Option<String>, pin: Option<Pin>) -> Lines {
    let me = std::sync::Arc::clone(&call.context.me);
    let of_look = conversation.clone();
    let of_txn = reason.clone();
    let look = call.context.storage.look(move |tx| {
        let row = lookup::conversation::find(tx, &of_look)?;
        with(tx, &row.with)?;
        cancel::content(tx, &me, &row, reason.as_deref(), now())
    });
    let owner = owner::owner_for(call, &look.await?, pin).await?;
    let role = call.role;
    let once = call.once.clone();
    let sent = call.context.transact(move |txn| {
        idempotency::draft_once(txn, once, |txn| {
            let row = lookup::conversation::find(txn.view(), &conversation)?;
            let words = cancel::content(txn.view(), txn.me, &row, of_txn.as_deref(), txn.now)?;
            let contact = with(txn.view(), &row.with)?;
            policy::send(txn, role, &contact, row.id, words, owner.as_ref())
        })
    });
    Ok(vec![sent.await?.line()])
}

/// Opens a conversation. What the owner types is approved by the typing; what the agent drafts waits.
pub(crate) async fn open(call: &Call, who: String, words: Result<Words, Failure>, pin: Option<Pin>) -> Lines {
    let words = words?;
    let owner = owner::owner_for(call, &words, pin).await?;
    let role = call.role;
    let once = call.once.clone();
    let sent = call.context.transact(move |txn| {
        idempotency::draft_once(txn, once, |txn| {
            let contact = contact(txn.view(), &who)?;
            let conversation = txn.new_conversation();
            policy::send(txn, role, &contact, conversation, words, owner.as_ref())
        })
    });
    Ok(vec![sent.await?.line()])
}

pub(crate) async fn reply(call: &Call, conversation: String, reply: Reply, pin: Option<Pin>) -> Lines {
    let owner = if reply.commits() { owner_for_reply(call, &conversation, &reply, pin).await? } else { None };
    let role = call.role;
    let once = call.once.clone();
    let sent = call.context.transact(move |txn| {
        idempotency::draft_once(txn, once, |txn| {
            let row = lookup::conversation::find(txn.view(), &conversation)?;
            let words = replies::reply_in(txn.view(), &row, &reply)?;
            let contact = with(txn.view(), &row.with)?;
            policy::send(txn, role, &contact, row.id, words, owner.as_ref())
        })
    });
    Ok(vec![sent.await?.line()])
}

/// Makes a draft, unless that was done under this key; then tells what came of it.
pub(crate) async fn draft_once(call: &Call, key: String, draft: Command) -> Lines {
    let once = Some(Key::of(&key, &draft)?);
    let call = Call { once, ..call.clone() };
    commands::lines(&call, draft).await
}

/// The owner's key for a reply that commits; before it is asked for, the reply is looked at.
async fn owner_for_reply(
    call: &Call,
    conversation: &str,
    reply: &Reply,
    pin: Option<Pin>,
) -> Result<Option<OwnerKey>, Failure> {
    let conversation = conversation.to_owned();
    let reply = reply.clone();
    let words = call.context.storage.look(move |tx| {
        let row = lookup::conversation::find(tx, &conversation)?;
        replies::reply_in(tx, &row, &reply)
    });
    owner::owner_for(call, &words.await?, pin).await
}
