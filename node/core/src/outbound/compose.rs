//! Composing: an envelope is signed, stored and queued in one transaction.

use ai2ai_protocol::approval::{Approval, ApprovalOf};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::conversation::{Conversation, Phase, Side};
use ai2ai_protocol::delivery::Delivery;
use ai2ai_protocol::digest::TermsHash;
use ai2ai_protocol::envelope::{Draft, Kind, Recipient, SignedEnvelope};
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::key::OwnerKey;
use ai2ai_protocol::limits::ENVELOPE_LIFE_DEFAULT;
use ai2ai_protocol::mandate::Mandate;
use ai2ai_protocol::name::Intent;
use ai2ai_protocol::terms::{self, act_of};
use ai2ai_store::contacts::ContactRow;
use ai2ai_store::conversations::{self, ConversationRow, LastHeard};
use ai2ai_store::messages::{self, MessageRow};
use ai2ai_store::outbox::{self, Envelope, OutboxRow};
use serde_json::Value;

use crate::content::{Words, headline, is_cancel};
use crate::error::ComposeError;
use crate::inbox::items;
use crate::txn::{Step, Txn};

/// Authority for terms that are said.
#[derive(Debug, Clone, Copy)]
pub enum Authority<'a> {
    /// Nobody: content that commits is not sent.
    Nobody,
    /// The owner, now.
    Owner(&'a OwnerKey),
    /// The owner, ahead of time.
    Mandate(&'a Mandate),
}

impl<'a> From<Option<&'a OwnerKey>> for Authority<'a> {
    fn from(owner: Option<&'a OwnerKey>) -> Self {
        owner.map_or(Self::Nobody, Self::Owner)
    }
}

impl<'a> From<&'a Mandate> for Authority<'a> {
    fn from(mandate: &'a Mandate) -> Self {
        Self::Mandate(mandate)
    }
}

/// Message that was queued.
#[derive(Debug, Clone)]
pub struct Said {
    /// The message.
    pub id: MessageId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// The state that the conversation has for us now.
    pub phase: Phase,
}

/// Sends content in a conversation, or opens one with it. Content that commits the owner needs the owner's key.
///
/// # Errors
/// Refused by a room that it calls; or the database failed.
pub fn say<'k>(
    txn: &mut Txn<'_, '_>,
    with: &ContactRow,
    conversation: ConversationId,
    words: Words,
    by: impl Into<Authority<'k>>,
) -> Step<Said> {
    if with.blocked {
        return Err(ComposeError::Blocked { name: with.name.clone() }.into());
    }
    let row = match conversations::get(txn.tx, &conversation)? {
        Some(row) => row,
        None => opened_by_us(txn, with, conversation, &words),
    };
    let envelope = sign(txn, with, &row, words, by.into())?;
    let act = act_of(&envelope).map_err(ComposeError::Act)?;
    let said = row.machine.say(envelope.id(), act, envelope.expires_at(), txn.now);
    let machine = said.map_err(|why| ComposeError::Conversation { id: row.id, why })?;
    let row = ConversationRow { machine, touched_at: txn.now, messages: row.messages + 1, ..row };
    conversations::put(txn.tx, &row)?;
    enqueue(txn, with, &row.id, &envelope)?;
    txn.deliver(with.did);
    items::settle_item(txn, &row)?;
    Ok(Said { id: envelope.id(), conversation, phase: row.machine.phase(txn.now) })
}

/// Sends content that is no act of a conversation: receipts and pings.
///
/// # Errors
/// [`ComposeError`]; or the database failed.
pub(crate) fn post(txn: &mut Txn<'_, '_>, with: &ContactRow, conversation: ConversationId, words: Words) -> Step<()> {
    post_quietly(txn, with, conversation, words)?;
    txn.deliver(with.did);
    Ok(())
}

/// Queues receipts without starting a delivery: they leave with what leaves next, or when somebody looks at what is due.
///
/// # Errors
/// [`ComposeError`]; or the database failed.
pub(crate) fn post_quietly(
    txn: &mut Txn<'_, '_>,
    with: &ContactRow,
    conversation: ConversationId,
    words: Words,
) -> Step<()> {
    let row = opened_by_us(txn, with, conversation, &words);
    let envelope = sign(txn, with, &row, words, Authority::Nobody)?;
    enqueue(txn, with, &conversation, &envelope)
}

/// Checks that an envelope can carry this content, whoever approves it.
///
/// # Errors
/// [`ComposeError`]: none can; or the database failed.
pub(crate) fn check(txn: &mut Txn<'_, '_>, with: &ContactRow, conversation: ConversationId, words: &Words) -> Step<()> {
    committed_to((words.kind, &words.intent), &words.payload)?;
    let mut payload = words.payload.clone();
    if payload.contains_key("terms") {
        payload.insert("replaces".to_owned(), Value::Null);
    }
    let draft = draft(txn, with, conversation, Words { payload, ..words.clone() });
    let signed = draft.sign(&txn.me.sender).map_err(ComposeError::Draft)?;
    Ok(act_of(&signed).map(drop).map_err(ComposeError::Act)?)
}

fn opened_by_us(txn: &Txn<'_, '_>, with: &ContactRow, id: ConversationId, words: &Words) -> ConversationRow {
    ConversationRow {
        id,
        with: with.did,
        intent: words.intent.clone(),
        subject: headline(&words.payload),
        machine: Conversation::open(Side::Us, txn.now),
        opened_at: txn.now,
        touched_at: txn.now,
        messages: 0,
        heard: LastHeard::Nothing,
    }
}

fn sign(
    txn: &mut Txn<'_, '_>,
    with: &ContactRow,
    row: &ConversationRow,
    words: Words,
    by: Authority<'_>,
) -> Step<SignedEnvelope> {
    let mut words = words;
    if words.payload.contains_key("terms") {
        let standing = row.machine.standing().map(|standing| standing.message.to_string());
        words.payload.insert("replaces".to_owned(), standing.into());
    }
    let committed = committed_to((words.kind, &words.intent), &words.payload)?;
    let draft = draft(txn, with, row.id, words);
    let approval = match committed {
        None => None,
        Some(terms) => {
            let act = draft.kind;
            let at = draft.timestamp;
            let of = ApprovalOf { act, with: with.did, conversation: row.id, terms, at };
            match by {
                Authority::Nobody => return Err(ComposeError::NotApproved.into()),
                Authority::Owner(owner) => Some(Approval::sign(owner, &of)),
                Authority::Mandate(mandate) => Some(Approval::by_mandate(mandate)),
            }
        }
    };
    Ok(Draft { approval, ..draft }.sign(&txn.me.sender).map_err(ComposeError::Draft)?)
}

fn draft(txn: &mut Txn<'_, '_>, with: &ContactRow, conversation: ConversationId, words: Words) -> Draft {
    let timestamp = txn.now.whole_second();
    Draft {
        id: txn.new_message(),
        timestamp,
        expires_at: timestamp + ENVELOPE_LIFE_DEFAULT,
        to: Recipient { did: with.did, agent: Some(with.agent.clone()) },
        conversation,
        in_reply_to: words.in_reply_to,
        kind: words.kind,
        intent: words.intent,
        payload: words.payload,
        approval: None,
    }
}

fn enqueue(
    txn: &mut Txn<'_, '_>,
    with: &ContactRow,
    conversation: &ConversationId,
    envelope: &SignedEnvelope,
) -> Step<()> {
    let delivery = if closes(envelope) { Delivery::closing(txn.now) } else { Delivery::queued(txn.now) };
    messages::append(
        txn.tx,
        &MessageRow {
            conversation: *conversation,
            sender: *txn.me.did(),
            id: envelope.id(),
            side: Side::Us,
            digest: envelope.digest(),
            at: txn.now,
            cleared: true,
            read_at: None,
            bytes: envelope.bytes().to_vec(),
        },
    )?;
    outbox::put(
        txn.tx,
        &OutboxRow {
            id: envelope.id(),
            to: with.did,
            conversation: *conversation,
            queued_at: txn.now,
            expires_at: envelope.expires_at(),
            delivery,
            envelope: Some(Envelope { digest: envelope.digest(), kind: envelope.kind() }),
        },
    )?;
    Ok(())
}

/// Terms that content commits its owner to, or frees them from.
fn committed_to((kind, intent): (Kind, &Intent), payload: &Object) -> Result<Option<TermsHash>, ComposeError> {
    if let Some(terms) = payload.get("terms") {
        let Value::Object(terms) = terms else { return Err(ComposeError::Terms) };
        return Ok(Some(terms::hash(terms)));
    }
    match payload.get("terms_hash").and_then(Value::as_str) {
        Some(hash) if kind == Kind::Confirm || is_cancel(kind, intent) => {
            Ok(Some(hash.parse().map_err(ComposeError::TermsHash)?))
        }
        Some(_) | None => Ok(None),
    }
}

/// Returns whether an envelope closes its conversation, or cancels what it came to.
fn closes(envelope: &SignedEnvelope) -> bool {
    matches!(envelope.kind(), Kind::Confirm | Kind::Reject) || is_cancel(envelope.kind(), envelope.intent())
}
