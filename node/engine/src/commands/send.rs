//! The commands that say something: in a new conversation, or in one that there is.

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_api::pin::Pin;
use ai2ai_api::requests;
use ai2ai_api::views::View as _;
use ai2ai_core::cancel;
use ai2ai_core::content::{Reply, Words, said};
use ai2ai_core::decisions::replies;
use ai2ai_core::error::WordsError;
use ai2ai_core::lookup;
use ai2ai_core::lookup::contact::{contact, with};
use ai2ai_core::outbound::idempotency;
use ai2ai_core::outbound::policy;
use ai2ai_protocol::key::OwnerKey;

use crate::call::{Call, Handler, Lines};
use crate::explain::explain;

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
        let look = call.context.storage.look(move |tx| {
            let row = lookup::conversation::find(tx, &of_look)?;
            with(tx, &row.with)?;
            cancel::content(tx, &me, &row, reason.as_deref(), now())
        });
        let owner = call.owner_for(&look.await?, pin).await?;
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
}

/// Opens a conversation. What the owner types is approved by the typing; what the agent drafts waits.
pub(crate) async fn open(call: &Call, who: String, words: Result<Words, WordsError>, pin: Option<Pin>) -> Lines {
    let words = words.map_err(explain)?;
    let owner = call.owner_for(&words, pin).await?;
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

impl Handler for requests::Reply {
    async fn handle(self, call: &Call) -> Lines {
        let Self { conversation, text, terms, times, choose, accept, after, pin } = self;
        let reply = Reply { text, terms, times, choose, accept, after };
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
    call.owner_for(&words.await?, pin).await
}
