//! The commands that say something: in a new conversation, or in one that there is.

use ai2ai_api::audit::AuditAction;
use ai2ai_api::clock::now;
use ai2ai_api::command::Role;
use ai2ai_api::exit::Failure;
use ai2ai_api::pin::Pin;
use ai2ai_api::requests;
use ai2ai_api::views::View as _;
use ai2ai_core::cancel;
use ai2ai_core::content::{Reply, Words, said};
use ai2ai_core::decisions::replies;
use ai2ai_core::error::WordsError;
use ai2ai_core::lookup::contact;
use ai2ai_core::lookup::conversation::{find, find_any};
use ai2ai_core::outbound::idempotency;
use ai2ai_core::outbound::policy;
use ai2ai_legacy::send;
use ai2ai_protocol::key::OwnerKey;
use ai2ai_store::wire::Wire;

use crate::call::{Call, Handler, Lines};
use crate::explain::explain;
use crate::legacy;

impl Handler for requests::Send {
    async fn handle(self, call: &Call) -> Lines {
        let Self { who, text } = self;
        open(call, who, said("text", &text).map(Words::message), None).await
    }
}

impl Handler for requests::Ask {
    async fn handle(self, call: &Call) -> Lines {
        let Self { who, question } = self;
        open(call, who, said("question", &question).map(Words::question), None).await
    }
}

impl Handler for requests::Meet {
    async fn handle(self, call: &Call) -> Lines {
        let Self { who, subject, times, minutes, place, pin } = self;
        open(call, who, Words::meeting(&subject, &times, minutes, place.as_deref()), pin).await
    }
}

impl Handler for requests::Propose {
    async fn handle(self, call: &Call) -> Lines {
        let Self { who, intent, payload, pin } = self;
        open(call, who, Words::proposal(&intent, payload), pin).await
    }
}

/// Cancels what was agreed in a conversation: the owner does, or an agent drafts that.
impl Handler for requests::Cancel {
    async fn handle(self, call: &Call) -> Lines {
        let Self { conversation, reason, pin } = self;
        let me = std::sync::Arc::clone(&call.context.me);
        let of_look = conversation.clone();
        let of_txn = reason.clone();
        let look = call.context.storage.look(move |tx| match find_any(tx, &of_look)? {
            Wire::Native(row) => {
                contact::with(tx, &row.with)?;
                cancel::content(tx, &me, &row, reason.as_deref(), now())
            }
            Wire::Legacy(talk) => Err(send::no_cancel(&talk).into()),
        });
        let owner = call.owner_for(&look.await?, pin).await?;
        let role = call.role;
        let once = call.once.clone();
        let sent = call.context.transact(move |txn| {
            idempotency::draft_once(txn, once, |txn| {
                let row = find(txn.view(), &conversation)?;
                let words = cancel::content(txn.view(), txn.me, &row, of_txn.as_deref(), txn.now)?;
                let contact = contact::with(txn.view(), &row.with)?;
                policy::send(txn, role, &contact, row.id, words, owner.as_ref())
            })
        });
        Ok(vec![sent.await?.line()])
    }
}

/// Opens a conversation. What the owner types is approved by the typing; what the agent drafts waits.
pub(crate) async fn open(call: &Call, who: String, words: Result<Words, WordsError>, pin: Option<Pin>) -> Lines {
    let words = words.map_err(explain)?;
    let owner = owner_to_open(call, &who, &words, pin).await?;
    let role = call.role;
    let once = call.once.clone();
    let sent = legacy::transact(&call.context, move |txn, signer| {
        idempotency::draft_once(txn, once, |txn| match contact::find(txn.view(), &who)? {
            Wire::Native(contact) => {
                let conversation = txn.new_conversation();
                policy::send(txn, role, &contact, conversation, words, owner.as_ref())
            }
            Wire::Legacy(contact) => send::open(txn, role, &contact, words, signer),
        })
    });
    Ok(vec![sent.await?.line()])
}

/// The owner's key for words that commit: before it is asked for, it is looked whom they are for. Nothing that is said to an agent
/// of the original carries an approval.
async fn owner_to_open(call: &Call, who: &str, words: &Words, pin: Option<Pin>) -> Result<Option<OwnerKey>, Failure> {
    if call.role == Role::Agent || !words.commits() {
        return Ok(None);
    }
    let who = who.to_owned();
    match call.context.storage.look(move |tx| contact::find(tx, &who)).await? {
        Wire::Native(_) => call.owner_for(words, pin).await,
        Wire::Legacy(_) => Ok(None),
    }
}

impl Handler for requests::Reply {
    async fn handle(self, call: &Call) -> Lines {
        let Self { conversation, text, terms, times, choose, accept, after, pin } = self;
        let reply = Reply { text, terms, times, choose, accept, after };
        let owner = if reply.commits() { owner_for_reply(call, &conversation, &reply, pin).await? } else { None };
        let role = call.role;
        let once = call.once.clone();
        let sent = legacy::transact(&call.context, move |txn, signer| {
            idempotency::draft_once(txn, once, |txn| match find_any(txn.view(), &conversation)? {
                Wire::Native(row) => {
                    let words = replies::reply_in(txn.view(), &row, &reply)?;
                    let contact = contact::with(txn.view(), &row.with)?;
                    policy::send(txn, role, &contact, row.id, words, owner.as_ref())
                }
                Wire::Legacy(talk) => send::reply(txn, role, &talk, &reply, signer),
            })
        });
        Ok(vec![sent.await?.line()])
    }
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
    let words = call.context.storage.look(move |tx| match find_any(tx, &conversation)? {
        Wire::Native(row) => replies::reply_in(tx, &row, &reply).map(Wire::Native),
        Wire::Legacy(talk) => send::answer(tx, &talk, &reply).map(Wire::Legacy),
    });
    match words.await? {
        Wire::Native(words) => call.owner_for(&words, pin).await,
        // The key opens, and signs nothing: the original has no approvals.
        Wire::Legacy(_) if call.role == Role::Owner => call.unlock(&AuditAction::Terms, pin).await.map(|_| None),
        Wire::Legacy(_) => Ok(None),
    }
}
