//! Composing of messages to agents of the original: encrypted where they offer a key, signed, stored and queued in one
//! transaction.

use ai2ai_core::content::{Words, headline};
use ai2ai_core::error::DialectError;
use ai2ai_core::txn::{Step, Txn};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::delivery::Delivery;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::name::Intent;
use ai2ai_protocol::original::{Agreement, ORIGINAL_LIFE, OriginalDraft, OriginalIdentity, Version};
use ai2ai_store::contacts::LegacyContactRow;
use ai2ai_store::originals::{self, SaidRow, TalkRow};
use ai2ai_store::outbox::{self, LegacyOutboxRow};
use rand::SeedableRng as _;
use serde_json::{Value, json};

use crate::{OUTGOING, TALKS, items, talk};

/// Keys and randomness that sign and encrypt a message.
pub struct Signer<'a> {
    /// Keys of this node, as agents of the original know them.
    pub identity: &'a OriginalIdentity,
    /// Seed of a generator that nobody can foretell.
    pub seed: [u8; 32],
}

/// Content of a message, in the original's words.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// The act.
    pub kind: Kind,
    /// The topic.
    pub intent: Intent,
    /// The payload, with the original's names.
    pub payload: Object,
    /// Time that our owner accepts with it.
    accepts: Option<String>,
    /// Phase of the talk once they have it.
    then: Option<Phase>,
}

impl Outgoing {
    /// Content of this kind in a talk, which accepts nothing and leaves its phase.
    pub fn new(kind: Kind, talk: &TalkRow, payload: Object) -> Self {
        Self { kind, intent: talk.intent.clone(), payload, accepts: None, then: None }
    }

    /// Takes a time that they propose. They still have to confirm it.
    pub fn accepting(talk: &TalkRow, time: &str, text: Option<&str>) -> Self {
        let mut payload = object(&json!({ "accepted_time": time, "counter_proposal": null }));
        if let Some(text) = text {
            payload.insert("message".to_owned(), text.into());
        }
        Self { accepts: Some(time.to_owned()), ..Self::new(Kind::Response, talk, payload) }
    }

    /// Confirms a time that they took.
    pub fn confirming(talk: &TalkRow, time: &str) -> Self {
        let payload = object(&json!({ "confirmed_time": time }));
        let accepts = Some(time.to_owned());
        let then = Some(Phase::Confirmed);
        Self { accepts, then, ..Self::new(Kind::Confirm, talk, payload) }
    }

    /// Ends a talk.
    pub fn rejecting(talk: &TalkRow, reason: Option<&str>) -> Self {
        let payload = reason.map(|reason| object(&json!({ "reason": reason }))).unwrap_or_default();
        Self { then: Some(Phase::Rejected), ..Self::new(Kind::Reject, talk, payload) }
    }
}

/// Translates content of ours into the original's: its names for what a payload says, and its acts.
pub fn translate(words: Words) -> Outgoing {
    let Words { kind, intent, payload, in_reply_to: _ } = words;
    let terms = payload.get("terms").and_then(Value::as_object);
    let said = |name: &str| payload.get(name).or_else(|| terms.and_then(|terms| terms.get(name))).cloned();
    let text = said("text").unwrap_or_default();
    let (kind, payload) = match (kind, intent.as_str()) {
        // Version 0.1 knows no `message`; 1.0 takes a request of `message.relay`, too.
        (Kind::Message, _) => {
            (Kind::Request, object(&json!({ "message": text, "urgency": "low", "reply_requested": true })))
        }
        (Kind::Request, "info.request") if payload.contains_key("text") => {
            (kind, object(&json!({ "question": text, "context": null })))
        }
        (Kind::Request, "schedule.meeting") if said("subject").is_some() => {
            let times = said("proposed_times").or_else(|| said("time").map(|time| json!([time])));
            let mut payload = object(&json!({ "subject": said("subject"), "proposed_times": times,
                "duration_minutes": said("minutes"), "location_preference": said("place") }));
            if !text.is_null() {
                payload.insert("message".to_owned(), text);
            }
            (kind, payload)
        }
        (kind, _) => (kind, payload),
    };
    Outgoing { kind, intent, payload, accepts: None, then: None }
}

fn object(value: &Value) -> Object {
    value.as_object().cloned().unwrap_or_default()
}

/// Message that was queued.
pub struct Sent {
    /// The message.
    pub id: MessageId,
    /// Its talk.
    pub talk: ConversationId,
    /// Phase of the talk now.
    pub phase: Phase,
}

/// Sends a message in a talk, or opens one with it.
///
/// # Errors
/// [`DialectError`]; or the database failed.
pub fn say(
    txn: &mut Txn<'_, '_>,
    row: &LegacyContactRow,
    in_talk: Option<ConversationId>,
    out: Outgoing,
    signer: &Signer<'_>,
) -> Step<Sent> {
    let named = txn.new_conversation().to_string();
    say_named(txn, row, (in_talk, named), out, signer)
}

/// Sends a message as [`say`] does; where the talk is not there yet, the envelopes name it so.
///
/// # Errors
/// [`DialectError`]; or the database failed.
pub(crate) fn say_named(
    txn: &mut Txn<'_, '_>,
    row: &LegacyContactRow,
    (in_talk, named): (Option<ConversationId>, String),
    out: Outgoing,
    signer: &Signer<'_>,
) -> Step<Sent> {
    if row.blocked {
        return Err(DialectError::Blocked { name: row.name.clone() }.into());
    }
    let id = txn.new_message();
    let mut talk = match in_talk.map(|talk| originals::talk(txn.tx, &talk)).transpose()?.flatten() {
        Some(talk) => talk,
        None => open_talk(txn, row, named, &out)?,
    };
    if !talk::is_open(&talk, txn.now) {
        return Err(DialectError::Closed { conversation: talk.id, phase: talk::phase(&talk, txn.now) }.into());
    }
    if outbox::count_legacy(txn.tx)? >= OUTGOING {
        return Err(DialectError::TooManyOutgoing { most: OUTGOING }.into());
    }
    let said = SaidRow {
        id,
        ours: true,
        kind: out.kind,
        intent: Some(out.intent.clone()),
        timestamp: txn.now,
        at: txn.now,
        payload: out.payload.clone(),
        delivery: None,
    };
    talk::has_room(&talk, &said).map_err(|_| DialectError::ConversationFull)?;
    let body = body_of(txn, row, &talk, id, &out, signer)?;
    talk.accepted = out.accepts.clone().or(talk.accepted);
    if out.kind == Kind::Response {
        talk.phase = Phase::Negotiating;
    }
    talk.said.push(said);
    talk.touched_at = txn.now;
    originals::put_talk(txn.tx, &talk)?;
    queue(txn, row, &talk, id, &out, body)?;
    items::settle(txn, &talk.id)?;
    Ok(Sent { id, talk: talk.id, phase: talk.phase })
}

fn queue(
    txn: &mut Txn<'_, '_>,
    row: &LegacyContactRow,
    talk: &TalkRow,
    id: MessageId,
    out: &Outgoing,
    body: String,
) -> Step<()> {
    let row = LegacyOutboxRow {
        id,
        to: row.did,
        talk: talk.id,
        kind: out.kind,
        about: headline(&out.payload),
        then: out.then,
        queued_at: txn.now,
        expires_at: txn.now + ORIGINAL_LIFE,
        delivery: Delivery::queued(txn.now),
        body,
    };
    outbox::put_legacy(txn.tx, &row)?;
    txn.post(row.to);
    Ok(())
}

fn open_talk(txn: &mut Txn<'_, '_>, row: &LegacyContactRow, named: String, out: &Outgoing) -> Step<TalkRow> {
    if originals::talks(txn.tx, TALKS)?.len() >= TALKS {
        return Err(DialectError::TooManyConversations { most: TALKS }.into());
    }
    Ok(TalkRow {
        id: talk::talk_id(&row.did, &named),
        named,
        with: row.did,
        intent: out.intent.clone(),
        subject: headline(&out.payload),
        phase: Phase::Proposed,
        accepted: None,
        said: Vec::new(),
        opened_at: txn.now,
        touched_at: txn.now,
    })
}

fn body_of(
    txn: &mut Txn<'_, '_>,
    row: &LegacyContactRow,
    talk: &TalkRow,
    id: MessageId,
    out: &Outgoing,
    signer: &Signer<'_>,
) -> Step<String> {
    let agreement = row.agreement.as_deref().map(Agreement::read).transpose();
    let agreement = agreement.map_err(DialectError::BadKey)?;
    let draft = OriginalDraft {
        version: Version::read(&row.version).unwrap_or(Version::V1_0),
        id: id.to_string(),
        timestamp: txn.now,
        agent: txn.me.sender.agent.as_str(),
        human: txn.me.sender.human.as_str(),
        to: &row.agent,
        conversation: &talk.named,
        kind: out.kind,
        intent: Some(&out.intent),
        payload: &out.payload,
    };
    let mut rng = rand::rngs::StdRng::from_seed(signer.seed);
    let bytes = draft.sign(signer.identity, agreement, &mut rng).map_err(DialectError::Unwritable)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
